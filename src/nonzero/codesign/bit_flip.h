#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nonzero/tensor/bit_columns.h"

namespace nonzero {

// Bit-flip (BitWave, HPCA 2024; spec "Bit-flip"): weights change a little so that each group of a layer has
// at least z zero columns, of 8. After training, without compensation.
//   exact  the smallest sum of (w - w')^2 over all ways to clear columns; signs never change
//   lsb    the variant of the BBS authors' code: only the lowest columns that hold a one
//   off    nothing is flipped
enum class FlipMode : uint8_t { kExact, kLsb, kOff };

inline constexpr uint32_t kMostZeroColumns = 8;
inline constexpr uint32_t kMostSearchedZeroColumns = 7;

std::string name(FlipMode mode);
std::vector<std::string> flip_mode_names();  // in the enumerators' order
// Throws InputError with the nearest name.
FlipMode parse_flip_mode(const std::string& text);

// Flips one group of up to 32 weights, none -128, and returns its squared error. Throws InputError where z is
// above 8 or the group is larger.
uint64_t flip_group(std::span<int8_t> group, uint32_t z, FlipMode mode);

// What a flip did to a layer.
struct FlipReport {
  uint64_t changed_weights = 0, changed_groups = 0;
  uint64_t squared_error = 0;    // sum (w - w')^2
  uint64_t squared_weights = 0;  // sum w^2

  // squared_error / squared_weights; 0 of a layer of zeros.
  [[nodiscard]] double relative_error() const;
  // 10 log10 of its inverse; infinite where nothing changed.
  [[nodiscard]] double sqnr_db() const;
  FlipReport& operator+=(const FlipReport& other);
};

// Flips every group of the layer. Padding stays zero. Throws InputError where z is above 8.
FlipReport flip(GroupedWeights& weights, uint32_t z, FlipMode mode);

// What each z of the search, 0 to 7, would cost and save; every one flipped from the given weights.
struct FlipCurve {
  std::array<double, kMostSearchedZeroColumns + 1> relative_error{};
  std::array<uint64_t, kMostSearchedZeroColumns + 1> compressed_bits{};
};
FlipCurve flip_curve(const GroupedWeights& weights, FlipMode mode);

// 10 log10(|Wx|^2 / |Wx - W'x|^2) over `samples` inputs x of seeded standard normals; a row per output
// channel. Infinite where both are equal. Throws InputError where the sizes differ or hold no whole row.
double output_sqnr_db(std::span<const int8_t> weights, std::span<const int8_t> flipped, uint64_t channels,
                      uint64_t samples = 16, uint64_t seed = 1);

}  // namespace nonzero
