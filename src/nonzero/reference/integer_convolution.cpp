#include "nonzero/reference/integer_convolution.h"

#include <fmt/format.h>

#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/base/progress.h"
#include "nonzero/base/random.h"

namespace nonzero::reference {
namespace {

void check(const IntegerLayer& layer, const IntegerActivations& input) {
  const IntegerLayerShape& s = layer.shape;
  if (layer.weights.size() != s.weights() || input.codes.size() != s.inputs())
    throw InputError(fmt::format("layer '{}': {} weights and {} activations", layer.name,
                                 layer.weights.size(), input.codes.size()),
                     fmt::format("its shape needs {} and {}", s.weights(), s.inputs()));
}

// The code of an input, its zero point taken off.
int64_t value_at(const IntegerLayer& layer, const IntegerActivations& input, uint64_t channel, uint64_t y,
                 uint64_t x) {
  const IntegerLayerShape& s = layer.shape;
  const uint64_t at = s.kind == LayerKind::kLinear ? x * s.c + channel : (channel * s.h + y) * s.w + x;
  return int64_t{input.codes[at]} - layer.input.zero_point;
}

// One output of one output channel, of a kernel [C, FY, FX].
template <class Weight>
int64_t output_at(const IntegerLayer& layer, const IntegerActivations& input, const Weight* kernel,
                  uint64_t first_channel, uint64_t oy, uint64_t ox) {
  const IntegerLayerShape& s = layer.shape;
  int64_t sum = 0;
  for (uint64_t c = 0; c < s.c; ++c)
    for (uint64_t fy = 0; fy < s.fy; ++fy)
      for (uint64_t fx = 0; fx < s.fx; ++fx) {
        // Above and left of the input the difference wraps, and is outside as well.
        const uint64_t y = oy * s.stride_y + fy * s.dilation_y - s.pad_top;
        const uint64_t x = ox * s.stride_x + fx * s.dilation_x - s.pad_left;
        if (y >= s.h || x >= s.w) continue;
        sum += int64_t{kernel[(c * s.fy + fy) * s.fx + fx]} * value_at(layer, input, first_channel + c, y, x);
      }
  return sum;
}

uint64_t first_channel_of(const IntegerLayerShape& shape, uint64_t k) {
  return shape.kind == LayerKind::kDepthwise ? k / shape.multiplier : 0;
}

bool shape_fits(const IntegerLayerShape& s, const Product& product) {
  return product.rows == s.k && product.columns == s.oy * s.ox && product.offsets.size() == s.k + 1;
}

std::vector<int64_t> combined_channels(const Product& product, const std::vector<int64_t>& signs) {
  std::vector<int64_t> sums(product.columns);
  for (uint64_t k = 0; k < product.rows; ++k)
    for (uint64_t e = product.offsets[k]; e < product.offsets[k + 1]; ++e)
      sums[product.indices[e]] += signs[k] * std::llround(product.values[e]);
  return sums;
}

}  // namespace

std::vector<int64_t> convolve(const IntegerLayer& layer, const IntegerActivations& input) {
  check(layer, input);
  const IntegerLayerShape& s = layer.shape;
  std::vector<int64_t> sums(s.outputs());
  const uint64_t kernel = s.c * s.fy * s.fx;
  for (uint64_t k = 0; k < s.k; ++k) {
    Progress::throw_if_stopped();
    for (uint64_t oy = 0; oy < s.oy; ++oy)
      for (uint64_t ox = 0; ox < s.ox; ++ox)
        sums[(k * s.oy + oy) * s.ox + ox] =
            output_at(layer, input, &layer.weights[k * kernel], first_channel_of(s, k), oy, ox);
  }
  return sums;
}

bool equals(const Product& product, const std::vector<int64_t>& accumulators) {
  if (product.rows * product.columns != accumulators.size() || product.offsets.size() != product.rows + 1)
    return false;
  for (uint64_t row = 0; row < product.rows; ++row) {
    uint64_t e = product.offsets[row];
    for (uint64_t column = 0; column < product.columns; ++column) {
      const bool stored = e < product.offsets[row + 1] && product.indices[e] == column;
      const double value = stored ? product.values[e++] : 0;
      if (value != static_cast<double>(accumulators[row * product.columns + column])) return false;
    }
    if (e != product.offsets[row + 1]) return false;
  }
  return true;
}

bool passes_freivalds(const IntegerLayer& layer, const IntegerActivations& input, const Product& product,
                      uint64_t seed, int rounds) {
  const IntegerLayerShape& s = layer.shape;
  if (s.kind == LayerKind::kDepthwise) return equals(product, convolve(layer, input));
  check(layer, input);
  if (!shape_fits(s, product)) return false;
  Random random(seed);
  const uint64_t kernel = s.c * s.fy * s.fx;
  std::vector<int64_t> signs(s.k), combined(kernel);
  for (int round = 0; round < rounds; ++round) {
    Progress::throw_if_stopped();
    for (int64_t& sign : signs) sign = random.chance(0.5) ? 1 : -1;
    std::fill(combined.begin(), combined.end(), 0);
    for (uint64_t k = 0; k < s.k; ++k)
      for (uint64_t i = 0; i < kernel; ++i) combined[i] += signs[k] * layer.weights[k * kernel + i];
    const std::vector<int64_t> sums = combined_channels(product, signs);
    for (uint64_t oy = 0; oy < s.oy; ++oy)
      for (uint64_t ox = 0; ox < s.ox; ++ox)
        if (output_at(layer, input, combined.data(), 0, oy, ox) != sums[oy * s.ox + ox]) return false;
  }
  return true;
}

}  // namespace nonzero::reference
