#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>

namespace nonzero {

constexpr uint64_t ceil_div(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }

// ceil(log2(n)) for n >= 1.
constexpr uint32_t ceil_log2(uint64_t n) {
  return n <= 1 ? 0U : static_cast<uint32_t>(std::bit_width(n - 1));
}

constexpr bool is_power_of_two(uint64_t n) { return std::has_single_bit(n); }

// The product, or nothing where it does not fit 64 bits.
constexpr std::optional<uint64_t> checked_multiply(uint64_t a, uint64_t b) {
  if (a != 0 && b > std::numeric_limits<uint64_t>::max() / a) return std::nullopt;
  return a * b;
}

}  // namespace nonzero
