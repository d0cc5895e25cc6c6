#pragma once

#include <cstdint>
#include <string>

namespace nonzero::train {

// One GEMM layer as a training step's file describes it. A linear layer is a 1x1 convolution on
// `tokens` x 1 positions an image.
struct LayerShape {
  std::string name, type;  // conv, linear, attention
  int64_t cin = 0, cout = 0, kh = 1, kw = 1, stride = 1, pad = 0;
  int64_t h = 1, w = 1, oh = 1, ow = 1;
  int64_t tokens = 0, heads = 0, head_dim = 0;
  bool sparse = false, first = false;

  // Multiply-adds of the forward pass of one image.
  [[nodiscard]] double macs() const {
    const auto d = [](int64_t value) { return static_cast<double>(value); };
    if (type == "attention") return 2 * d(heads) * d(tokens) * d(tokens) * d(head_dim);
    return d(oh) * d(ow) * d(cin) * d(cout) * d(kh) * d(kw);
  }
};

}  // namespace nonzero::train
