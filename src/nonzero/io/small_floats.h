#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace nonzero::io {

// IEEE 754 binary16: subnormals by scaling, the rest by moving the exponent.
inline float half_to_float(uint16_t half) {
  const auto sign = static_cast<uint32_t>(half & 0x8000U) << 16U;
  const uint32_t exponent = (half >> 10U) & 0x1fU;
  const uint32_t fraction = half & 0x3ffU;
  if (exponent == 0)
    return std::copysign(static_cast<float>(fraction) * 0x1p-24F, std::bit_cast<float>(sign | 1U));
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000U | fraction << 13U);
  return std::bit_cast<float>(sign | (exponent + 112U) << 23U | fraction << 13U);
}

// bfloat16 is the upper half of a binary32.
inline float bfloat_to_float(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16U);
}

}  // namespace nonzero::io
