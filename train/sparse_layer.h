#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "train/layer_shape.h"
#include "train/options.h"

namespace nonzero::train {

using torch::Tensor;

// What a value becomes where the hardware stores FP16: rounded, kept in fp32 (sat.md, "Mixed precision").
Tensor half_rounded(const Tensor& value);
// The same with a gradient that is rounded too.
Tensor half_stored(const Tensor& value);

// The mask of `weight` [cout, cin, kh, kw] or [cout, cin] for the forward pass (groups along cin) or
// the backward pass (groups along cout).
Tensor mask_forward(const Tensor& weight, int64_t n, int64_t m);
Tensor mask_backward(const Tensor& weight, int64_t n, int64_t m);
Tensor mask_transposable(const Tensor& weight, int64_t n, int64_t m);

// `dy` [b, cout, …] or [positions, cout] with at most n of every m channels kept. With `rescale` each
// map keeps its sum of magnitudes (author code of SDGP).
Tensor pruned_gradient(const Tensor& dy, int64_t n, int64_t m, bool rescale);

struct SparseRule {
  Method method = Method::kDense;
  int64_t n = 2, m = 8;
  bool mixed = false, rescale = false;
};

// What the forward and the backward pass of one layer share, and what the dumped step keeps of them.
struct LayerState : torch::CustomClassHolder {
  LayerShape shape;
  SparseRule rule;
  Tensor mask_ff, mask_bp;  // undefined where the pass is dense
  bool capture = false;
  Tensor x, weight, y, dy, dx, dw;    // as the array sees them
  Tensor used_mask_ff, used_mask_bp;  // of that step; the masks themselves move on
};

// One GEMM of the array, forward and backward: y = x * (w o mask_ff), dx = dy * (w o mask_bp), dw = dy * x,
// the last always dense and given to the dense master weights (straight through).
Tensor nm_gemm(const Tensor& x, const Tensor& weight, const c10::intrusive_ptr<LayerState>& state);

// A convolution or linear layer on the array. `shape.sparse` says whether it is pruned at all.
class GemmLayer : public torch::nn::Module {
 public:
  GemmLayer(const LayerShape& shape, const SparseRule& rule, bool with_bias);

  // [b, cin, h, w], or [..., cin] for a linear layer.
  Tensor forward(const Tensor& x);
  // Cuts the masks anew from the present weights; transposable ones only where `search` is set.
  void refresh_masks(bool search);

  [[nodiscard]] LayerState& state() { return *state_; }
  [[nodiscard]] const LayerShape& shape() const { return state_->shape; }
  Tensor weight, bias;  // bias may be undefined

 private:
  c10::intrusive_ptr<LayerState> state_;
};

}  // namespace nonzero::train
