#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nonzero::hw {

// What came out of the converters.
struct AnalogProduct {
  std::vector<float> values;  // [vectors][columns]
  uint64_t conversions = 0;   // samples of the ADCs
  uint64_t clipped = 0;       // of which exceeded the largest code
  uint64_t largest_sum = 0;   // on a bit line, before conversion
};

// ASADI's analog module: 1-bit cells in crossbars of side x side, a 32-bit weight matrix in 32 of them, one per
// bit. A vector enters bit by bit; each bit line's sum passes an ADC, and shift-and-add puts the bits together.
//
//   input bit i of every row ->  [ crossbar: weight bit s ] -> count of ones per column -> ADC -> << (i + s)
//
// A column of 64 rows can reach 64, which six bits cannot hold: the ADC saturates at 2^bits - 1.
class ReramAnalogModule {
 public:
  struct Shape {
    uint64_t arrays = 96, side = 64, adcs = 16;
    uint32_t adc_bits = 6, word_bits = 32;
    double adc_gsps = 1.2;
  };

  explicit ReramAnalogModule(const Shape& shape) : shape_(shape) {}

  // Cycles of one vector where the ADCs are waited for: every bit line of every array, for every input bit.
  [[nodiscard]] uint64_t converted_vector_cycles(double clock_hz) const;

  // vectors x rows times rows x columns, both C order and rounded to fixed point of word_bits bits (two's
  // complement, one scale for each matrix). Throws InputError where rows or columns exceed a crossbar's side or
  // a value is not finite.
  [[nodiscard]] AnalogProduct multiply(std::span<const float> inputs, std::span<const float> weights,
                                       uint64_t rows, uint64_t columns) const;

 private:
  Shape shape_;
};

// A value as fixed point of `bits` bits: the multiple of `step` nearest to it.
struct FixedPoint {
  double step = 1;
  uint32_t bits = 32;

  // The finest step with which the largest magnitude of the values fits.
  static FixedPoint of(std::span<const float> values, uint32_t bits);
  [[nodiscard]] int64_t code(float value) const;
};

}  // namespace nonzero::hw
