#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nonzero {

// Post-training quantisation (BitWave spec, "Post-training quantisation of float weights" [choice]); all in
// double, rounding half to even.

struct QuantisedWeights {
  std::vector<int8_t> values;  // -127 … 127, in the order of the weights
  std::vector<double> scales;  // one per output channel; real = scale * value
};

// Symmetric, per output channel, the first dimension: value = clamp(round(w * 127 / max|w|), -127, 127),
// scale = max|w| / 127; an all-zero channel gets scale 1. Throws InputError where `channels` is 0 or does not
// divide the number of weights, and at a NaN or an infinity, naming its channel and place.
QuantisedWeights quantise_weights(std::span<const float> weights, uint64_t channels);
QuantisedWeights quantise_weights(std::span<const double> weights, uint64_t channels);

// real = scale * (code - zero_point), codes -128 … 127.
struct AffineCode {
  double scale = 1;
  int32_t zero_point = 0;

  [[nodiscard]] int8_t code(double real) const;
};

// The code of a tensor that covers [low, high] and 0 [choice]. Throws InputError unless both are finite and
// low <= high.
AffineCode affine_code(double low, double high);
// The code that covers the given share of the calibration data: 1 covers all, 0.999 leaves out the farther
// half per mille at each end. Throws InputError on no data, NaN, infinity or a share outside (0, 1].
AffineCode calibrate(std::span<const float> data, double share = 1);

// round(bias / (weight scale * input scale)). Throws InputError where that does not fit 32 bits.
int32_t quantise_bias(double bias, double weight_scale, double input_scale);

// clamp(round(accumulator * multiplier) + zero_point, low, high).
int8_t requantise(int64_t accumulator, double multiplier, int32_t zero_point, int32_t low = -128,
                  int32_t high = 127);

}  // namespace nonzero
