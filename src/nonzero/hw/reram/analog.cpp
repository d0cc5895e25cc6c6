#include "nonzero/hw/reram/analog.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::hw {
namespace {

__extension__ using Wide = __int128;  // 64 products of two 32-bit words take 69 bits

// The bits of a vector, or of each column of a matrix, across its rows: word b holds bit b of every row.
std::vector<uint64_t> bit_planes(std::span<const float> values, uint64_t first, uint64_t stride,
                                 uint64_t rows, const FixedPoint& format) {
  std::vector<uint64_t> planes(format.bits);
  for (uint64_t row = 0; row < rows; ++row) {
    const auto code = static_cast<uint64_t>(format.code(values[first + row * stride]));
    for (uint32_t b = 0; b < format.bits; ++b) planes[b] |= ((code >> b) & 1U) << row;
  }
  return planes;
}

}  // namespace

FixedPoint FixedPoint::of(std::span<const float> values, uint32_t bits) {
  double largest = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) throw InputError("a value that is not finite has no fixed-point code");
    largest = std::max(largest, std::fabs(static_cast<double>(value)));
  }
  const double codes = std::ldexp(1.0, static_cast<int>(bits) - 1) - 1;
  return {largest > 0 ? largest / codes : 1, bits};
}

int64_t FixedPoint::code(float value) const { return std::llrint(static_cast<double>(value) / step); }

uint64_t ReramAnalogModule::converted_vector_cycles(double clock_hz) const {
  const uint64_t samples = shape_.word_bits * ceil_div(shape_.arrays * shape_.side, shape_.adcs);
  return static_cast<uint64_t>(std::ceil(static_cast<double>(samples) / (shape_.adc_gsps * 1e9) * clock_hz));
}

AnalogProduct ReramAnalogModule::multiply(std::span<const float> inputs, std::span<const float> weights,
                                          uint64_t rows, uint64_t columns) const {
  if (rows == 0 || rows > std::min<uint64_t>(shape_.side, 64) || columns > shape_.side)
    throw InputError(
        fmt::format("a {} x {} matrix in crossbars of {} x {}", rows, columns, shape_.side, shape_.side));
  const FixedPoint input_format = FixedPoint::of(inputs, shape_.word_bits);
  const FixedPoint weight_format = FixedPoint::of(weights, shape_.word_bits);
  std::vector<std::vector<uint64_t>> crossbars(columns);
  for (uint64_t c = 0; c < columns; ++c) crossbars[c] = bit_planes(weights, c, columns, rows, weight_format);
  const uint64_t vectors = inputs.size() / rows;
  const uint64_t largest_code = (uint64_t{1} << shape_.adc_bits) - 1;
  const uint32_t sign = shape_.word_bits - 1;
  AnalogProduct product;
  product.values.reserve(vectors * columns);
  for (uint64_t v = 0; v < vectors; ++v) {
    const std::vector<uint64_t> bits = bit_planes(inputs, v * rows, 1, rows, input_format);
    for (uint64_t c = 0; c < columns; ++c) {
      Wide sum = 0;
      for (uint32_t i = 0; i < shape_.word_bits; ++i)
        for (uint32_t s = 0; s < shape_.word_bits; ++s) {
          const auto count = static_cast<uint64_t>(std::popcount(bits[i] & crossbars[c][s]));
          product.largest_sum = std::max(product.largest_sum, count);
          product.clipped += count > largest_code;
          const Wide shifted = static_cast<Wide>(std::min(count, largest_code)) << (i + s);
          sum += (i == sign) != (s == sign) ? -shifted : shifted;
        }
      product.values.push_back(
          static_cast<float>(static_cast<double>(sum) * input_format.step * weight_format.step));
    }
  }
  product.conversions = vectors * columns * shape_.word_bits * shape_.word_bits;
  return product;
}

}  // namespace nonzero::hw
