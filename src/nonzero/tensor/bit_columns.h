#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/tensor/nm.h"

namespace nonzero {

// Bit columns (BitWave, HPCA 2024; spec "Groups and bit-column format"): int8 weights in groups of G; a bit
// column that is zero in the whole group is neither stored nor computed.
//
//   group (-3, 4, 5, -4), sign-magnitude        index 10000111, then the kept columns, element 0 first:
//     sign 64 32 16  8  4  2  1
//   -3  1   0  0  0  0  0  1  1                 1001  sign
//    4  0   0  0  0  0  1  0  0                 0111  4
//    5  0   0  0  0  0  1  0  1                 1000  2
//   -4  1   0  0  0  0  1  0  0                 1010  1

inline constexpr uint32_t kDepthwiseGroup = 16;
inline constexpr uint64_t kFewestChannels = 8;  // below them the reduction is flattened first [choice]

// How a layer's weights are cut: groups of G consecutive elements of a line, the last one of each line
// padded with zeros. A line is one (output channel, tap) with the input channels along it; with fewer than
// kFewestChannels input channels it is one output channel with (tap, input channel) along it.
struct GroupLayout {
  WeightShape shape;
  uint32_t group = 8;
  uint64_t lines = 0, length = 0;

  [[nodiscard]] uint64_t groups_per_line() const { return (length + group - 1) / group; }
  [[nodiscard]] uint64_t groups() const { return lines * groups_per_line(); }
  [[nodiscard]] uint64_t elements() const { return groups() * group; }  // padding included
  [[nodiscard]] uint64_t padding() const { return elements() - shape.size(); }
  [[nodiscard]] bool flattened() const { return lines == shape.cout; }
  bool operator==(const GroupLayout&) const = default;
};

// Depthwise weights are [channels, 1, taps]: the taps of a channel, in groups of 16 whatever `group` says.
// Throws InputError where G is not 4, 8, 16 or 32, or the sizes overflow.
GroupLayout group_layout(const WeightShape& shape, uint32_t group, bool depthwise = false);

struct GroupedWeights {
  GroupLayout layout;
  std::vector<int8_t> values;  // [line][group][G], padding included, never -128
  uint64_t clamped = 0;        // weights of -128 that became -127
};

// From [K, C, FY, FX], taps innermost, to [K, FY, FX, C] in padded groups. Throws InputError where `weights`
// is not of the layout's size.
GroupedWeights group_order(std::span<const int8_t> weights, const GroupLayout& layout);
// Back to [K, C, FY, FX].
std::vector<int8_t> weight_order(const GroupedWeights& grouped);

enum class ColumnCode : uint8_t { kSignMagnitude, kTwosComplement };

// One byte per group, in the groups' order ([k][fy][fx][group along C]): bit 7 = sign column, then the
// columns of 64 … 1; 1 = kept.
std::vector<uint8_t> column_indexes(const GroupedWeights& grouped,
                                    ColumnCode code = ColumnCode::kSignMagnitude);

inline constexpr uint32_t kIndexBits = 8;
inline constexpr uint8_t kSignColumn = 0x80;

// Bits of one group of that index: 8 + G * kept columns.
constexpr uint32_t group_bits(uint8_t index, uint32_t group) {
  return kIndexBits + group * static_cast<uint32_t>(__builtin_popcount(index));
}

// Counts of one layer, or of several of the same G, added.
struct BitColumnStatistics {
  uint64_t weights = 0, zero_weights = 0, clamped = 0;  // without padding
  uint64_t groups = 0, padding = 0;
  uint64_t negative_groups = 0;         // groups that keep the sign column
  std::array<uint64_t, 9> kept{};       // groups by number of kept columns, sign-magnitude
  std::array<uint64_t, 9> kept_twos{};  // the same in two's complement
  std::array<uint64_t, 8> used{};       // groups that keep column i, 0 = sign, sign-magnitude
  uint64_t one_bits = 0, one_bits_twos = 0;
  uint64_t compressed_bits = 0, compressed_bits_twos = 0;

  [[nodiscard]] uint64_t zero_columns() const;
  [[nodiscard]] uint64_t zero_columns_twos() const;
  [[nodiscard]] double zero_column_share() const;       // of the 8 columns of each group
  [[nodiscard]] double zero_column_share_twos() const;  //
  [[nodiscard]] double mean_zero_columns() const;       // per group
  [[nodiscard]] double mean_zero_columns_twos() const;
  [[nodiscard]] double zero_weight_share() const;
  [[nodiscard]] double bit_density() const;  // ones among the 8 bits of each weight, sign-magnitude
  [[nodiscard]] double bit_density_twos() const;
  // 8 bits of each weight, padding not counted, over the stored bits, padding counted.
  [[nodiscard]] double compression_ratio() const;
  [[nodiscard]] double compression_ratio_twos() const;

  BitColumnStatistics& operator+=(const BitColumnStatistics& other);
  bool operator==(const BitColumnStatistics&) const = default;
};

BitColumnStatistics bit_column_statistics(const GroupedWeights& grouped);

// The stored form: per group its index, then its kept columns of G bits, the first bit the highest of a
// byte. `bits` is the sum of the groups' sizes; the last byte is filled with zeros.
struct BitColumnStream {
  GroupLayout layout;
  ColumnCode code = ColumnCode::kSignMagnitude;
  std::vector<uint8_t> bytes;
  uint64_t bits = 0;
};

BitColumnStream encode_bit_columns(const GroupedWeights& grouped,
                                   ColumnCode code = ColumnCode::kSignMagnitude);
// Throws InputError where the stream ends early or late, keeps a column without a one, holds a negative zero,
// a -128 or a padding that is not zero; says at which group.
GroupedWeights decode_bit_columns(const BitColumnStream& stream);

}  // namespace nonzero
