#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace nonzero {

// What stands for addition and multiplication in a product: (plus, times), (min, plus), (max, times), (or, and).
enum class Semiring : uint8_t { kPlusTimes, kMinPlus, kMaxTimes, kOrAnd };

inline constexpr Semiring kSemirings[] = {Semiring::kPlusTimes, Semiring::kMinPlus, Semiring::kMaxTimes,
                                          Semiring::kOrAnd};

// plus-times, min-plus, max-times, or-and
std::string_view name(Semiring semiring);
std::vector<std::string> semiring_names();
// Throws InputError with the nearest name.
Semiring parse_semiring(std::string_view name);

// The semirings as machines compute them, in the width of `Sum`. `kNone` is what nothing adds up to: an element
// of the result that keeps it is absent.
template <class Sum>
struct PlusTimes {
  static constexpr Sum kNone = 0;
  static Sum multiply(Sum a, Sum b) { return a * b; }
  static Sum add(Sum a, Sum b) { return a + b; }
};

template <class Sum>
struct MinPlus {
  static constexpr Sum kNone = std::numeric_limits<Sum>::infinity();
  static Sum multiply(Sum a, Sum b) { return a + b; }
  static Sum add(Sum a, Sum b) { return std::min(a, b); }
};

template <class Sum>
struct MaxTimes {
  static constexpr Sum kNone = -std::numeric_limits<Sum>::infinity();
  static Sum multiply(Sum a, Sum b) { return a * b; }
  static Sum add(Sum a, Sum b) { return std::max(a, b); }
};

template <class Sum>
struct OrAnd {
  static constexpr Sum kNone = 0;
  static Sum multiply(Sum a, Sum b) { return a != 0 && b != 0 ? Sum{1} : Sum{0}; }
  static Sum add(Sum a, Sum b) { return a != 0 || b != 0 ? Sum{1} : Sum{0}; }
};

}  // namespace nonzero
