#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "train/network.h"

namespace nonzero::train {

// What the vector engine does with a step's gradients: SGD with momentum, or AdamW, on fp32 masters
// (sat.md, "One training step"). Masked weights decay by lambda on top.
class Optimiser {
 public:
  struct Parameter {
    std::string name;
    Tensor value;
    LayerState* layer = nullptr;  // of a GEMM's weight
    Tensor momentum, square;      // the second for AdamW only
  };

  Optimiser(Network& network, const Options& options);

  void clear_gradients();
  // The first parameter whose gradient is not finite, or "".
  [[nodiscard]] std::string overflowing() const;
  // One update with gradients that are `loss_scale` times too large; `step` counts updates from 1.
  void step(double learning_rate, double loss_scale, uint64_t step);

  std::vector<Parameter> parameters;

 private:
  void step_sgd(Parameter& parameter, const Tensor& gradient, const Tensor& kept, double learning_rate) const;
  void step_adamw(Parameter& parameter, const Tensor& gradient, const Tensor& kept, double learning_rate,
                  uint64_t step) const;

  const Options& options_;
};

// Cosine from the full rate at step 0 down to 0 at `total`, or constant.
double learning_rate_at(const Options& options, uint64_t step, uint64_t total);

}  // namespace nonzero::train
