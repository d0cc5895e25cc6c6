#pragma once

#include <cmath>
#include <cstdint>
#include <span>

namespace nonzero {

// Rotary positions on adjacent pairs of each head, base 10000; x is [tokens, width], heads of head_dim side by
// side, both even.
template <class Number>
void rotate_by_position(std::span<Number> x, uint64_t width, uint64_t head_dim) {
  constexpr double kBase = 10000;
  for (uint64_t at = 0; at < x.size(); at += 2) {
    const auto position = static_cast<double>(at / width);
    const double within = static_cast<double>(at % width % head_dim) / static_cast<double>(head_dim);
    const double angle = position * std::pow(kBase, -within);
    const double a = x[at], b = x[at + 1];
    x[at] = static_cast<Number>(a * std::cos(angle) - b * std::sin(angle));
    x[at + 1] = static_cast<Number>(a * std::sin(angle) + b * std::cos(angle));
  }
}

}  // namespace nonzero
