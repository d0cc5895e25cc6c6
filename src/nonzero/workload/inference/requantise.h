#pragma once

#include <algorithm>
#include <cstdint>

#include "nonzero/workload/integer_layer.h"

namespace nonzero::inference {

// To the nearest whole number, the even one of two: exact for |value| < 2^51, and free of branches.
inline double round_half_even(double value) {
  constexpr double kWhole = 0x1.8p52;
  return (value + kWhole) - kWhole;
}

// The codes a fused activation lets through, less the zero point of the output.
struct CodeRange {
  double low = -128, high = 127;
  int32_t zero_point = 0;

  // value: the result in steps of the output's scale.
  [[nodiscard]] int8_t code(double value) const {
    const double clamped = std::min(std::max(value, low), high);
    return static_cast<int8_t>(static_cast<int32_t>(round_half_even(clamped)) + zero_point);
  }
};

// What a fused activation does to the real result.
enum class Activation : uint8_t { kNone, kRelu, kReluOne, kReluSix };

CodeRange code_range(const Quantisation& output, Activation activation);

}  // namespace nonzero::inference
