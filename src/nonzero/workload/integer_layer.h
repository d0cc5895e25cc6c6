#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace nonzero {

enum class LayerKind { kConv, kDepthwise, kLinear };

// The loop bounds of a layer. Weights are [K, C, FY, FX]; depthwise: K channels out, C = 1, `multiplier`
// channels out for each channel in. Linear: FY = FX = 1, tokens in W and OX, H = OY = 1.
struct IntegerLayerShape {
  LayerKind kind = LayerKind::kConv;
  uint64_t k = 1, c = 1, fy = 1, fx = 1;
  uint64_t stride_y = 1, stride_x = 1, dilation_y = 1, dilation_x = 1;
  uint64_t pad_top = 0, pad_left = 0;  // what is missing below and to the right follows from the output
  uint64_t h = 1, w = 1, oy = 1, ox = 1;
  uint64_t multiplier = 1;

  [[nodiscard]] uint64_t channels_in() const { return kind == LayerKind::kDepthwise ? k / multiplier : c; }
  [[nodiscard]] uint64_t weights() const { return k * c * fy * fx; }
  [[nodiscard]] uint64_t inputs() const { return channels_in() * h * w; }
  [[nodiscard]] uint64_t outputs() const { return k * oy * ox; }
  [[nodiscard]] uint64_t multiplications() const { return weights() * oy * ox; }
  bool operator==(const IntegerLayerShape&) const = default;
};

// real = scale * (code - zero_point)
struct Quantisation {
  double scale = 1;
  int32_t zero_point = 0;
};

// A layer of an int8 network. uint8 codes are held as int8, 128 less, their zero point with them.
struct IntegerLayer {
  std::string name, network, source;  // source: file, and tensor where the file names it
  IntegerLayerShape shape;
  std::vector<int8_t> weights;    // [K, C, FY, FX], symmetric, never -128
  std::vector<double> scales{1};  // of the weights: one, or K
  std::vector<int32_t> bias;      // none, or K
  Quantisation input, output;
  uint64_t clamped = 0;    // weights of -128 that were taken as -127
  std::string activation;  // "", relu, relu6
  uint64_t repeat = 1;

  [[nodiscard]] double scale_of(uint64_t channel) const {
    return scales.size() == 1 ? scales[0] : scales[channel];
  }
};

// The codes of one input: [C, H, W]; linear layers: [tokens, C].
struct IntegerActivations {
  std::vector<int8_t> codes;
  std::string source;
};

}  // namespace nonzero
