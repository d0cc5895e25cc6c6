#include "train/sparse_layer.h"

#include <array>

#include "train/nm_mask.h"

namespace nonzero::train {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

class HalfStored : public Function<HalfStored> {
 public:
  static Tensor forward(AutogradContext*, const Tensor& value) { return half_rounded(value); }
  static variable_list backward(AutogradContext*, const variable_list& gradients) {
    return {half_rounded(gradients[0])};
  }
};

bool is_convolution(const LayerState& state) { return state.shape.type == "conv"; }

Tensor stored(const LayerState& state, const Tensor& value) {
  return state.rule.mixed ? half_rounded(value) : value;
}

Tensor masked(const Tensor& weight, const Tensor& mask) { return mask.defined() ? weight * mask : weight; }

Tensor keep(const Tensor& value) { return value.detach().clone(); }

Tensor multiply(const LayerState& state, const Tensor& x, const Tensor& weight) {
  if (!is_convolution(state)) return at::linear(x, weight);
  const LayerShape& s = state.shape;
  return at::conv2d(x, weight, {}, {s.stride, s.stride}, {s.pad, s.pad});
}

Tensor convolution_gradient(const LayerState& state, const Tensor& dy, const Tensor& x, const Tensor& weight,
                            bool of_input) {
  const LayerShape& s = state.shape;
  const std::array<bool, 3> wanted = {of_input, !of_input, false};
  const auto gradients = at::convolution_backward(dy, x, weight, c10::nullopt, {s.stride, s.stride},
                                                  {s.pad, s.pad}, {1, 1}, false, {0, 0}, 1, wanted);
  return of_input ? std::get<0>(gradients) : std::get<1>(gradients);
}

Tensor input_gradient(const LayerState& state, const Tensor& dy, const Tensor& x, const Tensor& weight) {
  const SparseRule& rule = state.rule;
  const bool prunes = state.shape.sparse && rule.method == Method::kSdgp;
  const Tensor sent = prunes ? stored(state, pruned_gradient(dy, rule.n, rule.m, rule.rescale)) : dy;
  const Tensor used = masked(weight, state.mask_bp);
  return stored(state,
                is_convolution(state) ? convolution_gradient(state, sent, x, used, true) : sent.mm(used));
}

Tensor weight_gradient(const LayerState& state, const Tensor& dy, const Tensor& x, const Tensor& weight) {
  return stored(state,
                is_convolution(state) ? convolution_gradient(state, dy, x, weight, false) : dy.t().mm(x));
}

class NmGemm : public Function<NmGemm> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& master,
                        const c10::intrusive_ptr<LayerState>& state) {
    const Tensor x = stored(*state, input), weight = stored(*state, master);
    const Tensor y = stored(*state, multiply(*state, x, masked(weight, state->mask_ff)));
    context->save_for_backward({x, weight});
    context->saved_data["state"] = c10::IValue::make_capsule(state);
    context->saved_data["needs_dx"] = input.requires_grad();
    if (state->capture) {
      state->x = keep(x);
      state->weight = keep(weight);
      state->y = keep(y);
      state->used_mask_ff = state->mask_ff;
      state->used_mask_bp = state->mask_bp;
    }
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto capsule = context->saved_data["state"].toCapsule();
    auto& state = static_cast<LayerState&>(*capsule);
    const Tensor dy = stored(state, gradients[0].contiguous());
    Tensor dx;
    if (context->saved_data["needs_dx"].toBool()) dx = input_gradient(state, dy, saved[0], saved[1]);
    const Tensor dw = weight_gradient(state, dy, saved[0], saved[1]);
    if (state.capture) {
      state.dy = keep(dy);
      state.dx = dx.defined() ? keep(dx) : Tensor();
      state.dw = keep(dw);
    }
    return {dx, dw, Tensor()};
  }
};

// [outer, channels, inner] with the channels at dimension `at`.
Grouping grouping_of(const Tensor& value, int64_t at) {
  Grouping grouping;
  for (int64_t d = 0; d < value.dim(); ++d)
    (d < at ? grouping.outer : d == at ? grouping.channels : grouping.inner) *= value.size(d);
  return grouping;
}

Tensor top_n(const Tensor& value, int64_t at, int64_t n, int64_t m) {
  const Tensor plain = value.detach().contiguous();
  Tensor mask = torch::empty_like(plain);
  top_n_mask(plain.data_ptr<float>(), grouping_of(plain, at), n, m, mask.data_ptr<float>());
  return mask;
}

}  // namespace

Tensor half_rounded(const Tensor& value) { return value.to(torch::kHalf).to(torch::kFloat); }

Tensor half_stored(const Tensor& value) { return HalfStored::apply(value); }

Tensor mask_forward(const Tensor& weight, int64_t n, int64_t m) { return top_n(weight, 1, n, m); }

Tensor mask_backward(const Tensor& weight, int64_t n, int64_t m) { return top_n(weight, 0, n, m); }

Tensor mask_transposable(const Tensor& weight, int64_t n, int64_t m) {
  const Tensor plain = weight.detach().contiguous();
  Tensor mask = torch::empty_like(plain);
  const int64_t taps = plain.numel() / (plain.size(0) * plain.size(1));
  transposable_mask(plain.data_ptr<float>(), plain.size(0), plain.size(1), taps, n, m,
                    mask.data_ptr<float>());
  return mask;
}

Tensor pruned_gradient(const Tensor& dy, int64_t n, int64_t m, bool rescale) {
  const Tensor pruned = dy * top_n(dy, 1, n, m);
  if (!rescale || dy.dim() < 3) return pruned;
  std::vector<int64_t> map(static_cast<size_t>(dy.dim() - 2));
  for (size_t d = 0; d < map.size(); ++d) map[d] = static_cast<int64_t>(d) + 2;
  const Tensor before = dy.abs().sum(map, true), after = pruned.abs().sum(map, true);
  return pruned * torch::where(after > 0, before / after, torch::ones_like(after));
}

Tensor nm_gemm(const Tensor& x, const Tensor& weight, const c10::intrusive_ptr<LayerState>& state) {
  return NmGemm::apply(x, weight, state);
}

GemmLayer::GemmLayer(const LayerShape& shape, const SparseRule& rule, bool with_bias)
    : state_(c10::make_intrusive<LayerState>()) {
  state_->shape = shape;
  state_->rule = rule;
  std::vector<int64_t> sides = {shape.cout, shape.cin};
  if (shape.type == "conv") sides.insert(sides.end(), {shape.kh, shape.kw});
  weight = register_parameter("weight", torch::empty(sides));
  if (with_bias) bias = register_parameter("bias", torch::empty({shape.cout}));
}

Tensor GemmLayer::forward(const Tensor& x) {
  if (shape().type == "conv") return nm_gemm(x, weight, state_);
  std::vector<int64_t> sides = x.sizes().vec();
  const Tensor y = nm_gemm(x.reshape({-1, sides.back()}), weight, state_);
  sides.back() = shape().cout;
  return (bias.defined() ? y + bias : y).reshape(sides);
}

void GemmLayer::refresh_masks(bool search) {
  const SparseRule& rule = state_->rule;
  if (!shape().sparse) return;
  const Tensor values = stored(*state_, weight.detach());
  switch (rule.method) {
    case Method::kDense:
    case Method::kSdgp:
      return;
    case Method::kTransposable:
      if (search) state_->mask_ff = state_->mask_bp = mask_transposable(values, rule.n, rule.m);
      return;
    case Method::kSrste:
      state_->mask_ff = mask_forward(values, rule.n, rule.m);
      return;
    case Method::kBponly:
      state_->mask_bp = mask_backward(values, rule.n, rule.m);
      return;
    case Method::kBdwp:
      state_->mask_ff = mask_forward(values, rule.n, rule.m);
      state_->mask_bp = mask_backward(values, rule.n, rule.m);
      return;
  }
}

}  // namespace nonzero::train
