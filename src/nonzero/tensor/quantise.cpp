#include "nonzero/tensor/quantise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

constexpr double kMostWeight = 127;

// Nearest integer, ties to even: the mode every program starts in, and none of ours leaves.
double round_half_even(double x) { return std::nearbyint(x); }

// Only within the range of the result, so that no infinity is converted.
int32_t clamped(double x, int32_t low, int32_t high) {
  return static_cast<int32_t>(std::clamp<double>(x, low, high));
}

// The largest magnitude of a channel; a NaN or an infinity is refused.
template <class Real>
double largest(std::span<const Real> weights, uint64_t channel) {
  double most = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (!std::isfinite(weights[i]))
      throw InputError(fmt::format("weight {} of output channel {} is {}", i, channel, weights[i]),
                       "allowed: finite numbers");
    most = std::max(most, std::fabs(static_cast<double>(weights[i])));
  }
  return most;
}

template <class Real>
QuantisedWeights quantise(std::span<const Real> weights, uint64_t channels) {
  if (channels == 0 || weights.size() % channels != 0)
    throw InputError(fmt::format("{} weights of {} output channels", weights.size(), channels),
                     "allowed: as many weights for each channel");
  const uint64_t size = weights.size() / channels;
  QuantisedWeights out{std::vector<int8_t>(weights.size()), std::vector<double>(channels, 1)};
  for (uint64_t channel = 0; channel < channels; ++channel) {
    const std::span<const Real> from = weights.subspan(channel * size, size);
    const double most = largest(from, channel);
    if (most == 0) continue;
    // A denormal maximum may have no scale of its own: the smallest one then.
    out.scales[channel] = std::max(most / kMostWeight, std::numeric_limits<double>::denorm_min());
    int8_t* to = out.values.data() + channel * size;
    for (uint64_t i = 0; i < size; ++i)
      to[i] = static_cast<int8_t>(
          clamped(round_half_even(static_cast<double>(from[i]) * kMostWeight / most), -127, 127));
  }
  return out;
}

}  // namespace

QuantisedWeights quantise_weights(std::span<const float> weights, uint64_t channels) {
  return quantise(weights, channels);
}

QuantisedWeights quantise_weights(std::span<const double> weights, uint64_t channels) {
  return quantise(weights, channels);
}

int8_t AffineCode::code(double real) const {
  return static_cast<int8_t>(clamped(round_half_even(real / scale) + zero_point, -128, 127));
}

AffineCode affine_code(double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high) || low > high)
    throw InputError(fmt::format("activations from {} to {}", low, high), "allowed: finite, the lower first");
  low = std::min(low, 0.0);
  high = std::max(high, 0.0);
  if (low == high) return {};
  const double scale = (high - low) / 255;
  return {scale, clamped(round_half_even(-128 - low / scale), -128, 127)};
}

AffineCode calibrate(std::span<const float> data, double share) {
  if (data.empty()) throw InputError("no activations to calibrate with");
  if (!(share > 0 && share <= 1))
    throw InputError(fmt::format("a share of {} of the activations", share), "allowed: above 0, up to 1");
  for (const float value : data)
    if (!std::isfinite(value))
      throw InputError(fmt::format("an activation of {}", value), "allowed: finite numbers");
  std::vector<float> sorted(data.begin(), data.end());
  const auto left_out = static_cast<size_t>((1 - share) / 2 * static_cast<double>(data.size()));
  const auto at = [&](size_t place) {
    const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(place);
    std::nth_element(sorted.begin(), nth, sorted.end());
    return static_cast<double>(*nth);
  };
  const double low = at(left_out);
  return affine_code(low, at(data.size() - 1 - left_out));
}

int32_t quantise_bias(double bias, double weight_scale, double input_scale) {
  const double code = round_half_even(bias / (weight_scale * input_scale));
  if (!(std::fabs(code) <= static_cast<double>(std::numeric_limits<int32_t>::max())))
    throw InputError(fmt::format("a bias of {} in steps of {} x {}", bias, weight_scale, input_scale),
                     "allowed: what fits 32 bits");
  return static_cast<int32_t>(code);
}

int8_t requantise(int64_t accumulator, double multiplier, int32_t zero_point, int32_t low, int32_t high) {
  const double scaled = round_half_even(static_cast<double>(accumulator) * multiplier);
  return static_cast<int8_t>(clamped(scaled + zero_point, low, high));
}

}  // namespace nonzero
