#pragma once

#include <algorithm>
#include <functional>
#include <string>

#include "nonzero/base/random.h"
#include "nonzero/workload/integer_network.h"

// Layers with int8 weights for tests.
namespace nonzero::test {

// Kernel `side` x `side`, padded so that stride 1 keeps the size; h x w in.
inline IntegerLayer conv_layer(uint64_t k, uint64_t c, uint64_t side, uint64_t h, uint64_t w,
                               uint64_t stride = 1) {
  IntegerLayer layer;
  layer.name = "conv";
  IntegerLayerShape& s = layer.shape;
  s.k = k;
  s.c = c;
  s.fy = s.fx = side;
  s.stride_y = s.stride_x = stride;
  s.pad_top = s.pad_left = (side - 1) / 2;
  s.h = h;
  s.w = w;
  s.oy = (h + stride - 1) / stride;
  s.ox = (w + stride - 1) / stride;
  layer.weights.resize(s.weights());
  return layer;
}

inline IntegerLayer linear_layer(uint64_t k, uint64_t c, uint64_t tokens) {
  IntegerLayer layer = conv_layer(k, c, 1, 1, tokens);
  layer.name = "linear";
  layer.shape.kind = LayerKind::kLinear;
  return layer;
}

inline IntegerLayer depthwise_layer(uint64_t channels, uint64_t multiplier, uint64_t side, uint64_t h,
                                    uint64_t w, uint64_t stride = 1) {
  IntegerLayer layer = conv_layer(channels * multiplier, 1, side, h, w, stride);
  layer.name = "depthwise";
  layer.shape.kind = LayerKind::kDepthwise;
  layer.shape.multiplier = multiplier;
  return layer;
}

// weight(k, c, fy, fx) everywhere.
inline IntegerLayer filled(IntegerLayer layer,
                           const std::function<int(uint64_t, uint64_t, uint64_t, uint64_t)>& weight) {
  const IntegerLayerShape& s = layer.shape;
  size_t at = 0;
  for (uint64_t k = 0; k < s.k; ++k)
    for (uint64_t c = 0; c < s.c; ++c)
      for (uint64_t fy = 0; fy < s.fy; ++fy)
        for (uint64_t fx = 0; fx < s.fx; ++fx)
          layer.weights[at++] = static_cast<int8_t>(weight(k, c, fy, fx));
  return layer;
}

// Evenly from -largest … largest.
inline IntegerLayer drawn(IntegerLayer layer, uint64_t seed, int largest = 127) {
  Random random(seed);
  for (int8_t& weight : layer.weights)
    weight =
        static_cast<int8_t>(static_cast<int>(random.below(static_cast<uint64_t>(2 * largest + 1))) - largest);
  return layer;
}

inline Operation operation_of(IntegerLayer layer, uint64_t seed = 1) {
  return convolution_operation(std::move(layer), seed);
}

}  // namespace nonzero::test
