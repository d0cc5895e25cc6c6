#include "nonzero/tensor/bit_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/tensor/bit_columns_words.h"

namespace nonzero {
namespace {

using bit_words::load;

void check_group(uint32_t group) {
  if (group != 4 && group != 8 && group != 16 && group != 32)
    throw InputError(fmt::format("bit columns of groups of {} weights", group), "allowed: 4, 8, 16, 32");
}

// -128 has no sign-magnitude form of 8 bits [third-party code].
uint64_t clamp(std::span<int8_t> values) {
  uint64_t clamped = 0;
  for (const int8_t value : values) clamped += value == -128;
  if (clamped != 0)
    for (int8_t& value : values) value = std::max<int8_t>(value, -127);
  return clamped;
}

// Calls body(to, from) for every run of elements that follow each other in both orders but for the stride
// of `from`: one line each.
template <class Body>
void for_each_line(const GroupLayout& layout, const Body& body) {
  const uint64_t step = layout.groups_per_line() * layout.group;
  const uint64_t taps = layout.shape.taps, channels = layout.shape.cin;
  for (uint64_t k = 0; k < layout.shape.cout; ++k)
    for (uint64_t tap = 0; tap < taps; ++tap) {
      const uint64_t to = layout.flattened() ? k * step + tap * channels : (k * taps + tap) * step;
      body(to, k * channels * taps + tap);
    }
}

uint64_t encoded(uint64_t word, ColumnCode code) {
  return code == ColumnCode::kSignMagnitude ? bit_words::sign_magnitude(word) : word;
}

// The or of each group's weights, of G = 8, 16 or 32.
template <uint32_t kGroup, ColumnCode kCode>
void fold_groups(const int8_t* values, std::span<uint8_t> indexes) {
  for (uint8_t& index : indexes) {
    uint64_t folded = 0;
    for (uint32_t i = 0; i < kGroup; i += 8) folded |= encoded(load(values + i), kCode);
    index = bit_words::fold(folded);
    values += kGroup;
  }
}

template <ColumnCode kCode>
void fold_fours(const int8_t* values, std::span<uint8_t> indexes) {
  const uint64_t pairs = indexes.size() / 2;
  for (uint64_t p = 0; p < pairs; ++p) {
    const uint64_t word = encoded(load(values + 8 * p), kCode);
    indexes[2 * p] = bit_words::fold_four(word);
    indexes[2 * p + 1] = bit_words::fold_four(word >> 32);
  }
  if (indexes.size() % 2 == 0) return;
  uint64_t last = 0;
  std::memcpy(&last, values + 8 * pairs, 4);
  indexes.back() = bit_words::fold_four(encoded(last, kCode));
}

template <ColumnCode kCode>
void fold_all(const GroupedWeights& grouped, uint64_t first, std::span<uint8_t> indexes) {
  const int8_t* values = grouped.values.data() + first * grouped.layout.group;
  switch (grouped.layout.group) {
    case 4:
      return fold_fours<kCode>(values, indexes);
    case 8:
      return fold_groups<8, kCode>(values, indexes);
    case 16:
      return fold_groups<16, kCode>(values, indexes);
    default:
      return fold_groups<32, kCode>(values, indexes);
  }
}

// Groups by their index: everything the statistics say about columns.
using IndexCounts = std::array<uint64_t, 256>;

template <ColumnCode kCode>
IndexCounts count_indexes(const GroupedWeights& grouped) {
  constexpr uint64_t kBlock = 1024;
  std::array<uint8_t, kBlock> block{};
  // Two tables in turn: neighbours often have the same index, and a counter's next addition waits for its last.
  std::array<IndexCounts, 2> counts{};
  const uint64_t groups = grouped.layout.groups();
  for (uint64_t first = 0; first < groups; first += kBlock) {
    const uint64_t size = std::min(kBlock, groups - first);
    fold_all<kCode>(grouped, first, std::span(block).first(size));
    for (uint64_t i = 0; i < size; ++i) ++counts[i % 2][block[i]];
  }
  for (size_t i = 0; i < 256; ++i) counts[0][i] += counts[1][i];
  return counts[0];
}

struct BitCounts {
  uint64_t not_zero = 0, ones = 0, ones_twos = 0;
};

void count_word(uint64_t word, BitCounts& counts) {
  const uint64_t coded = bit_words::sign_magnitude(word);
  counts.not_zero += static_cast<uint64_t>(std::popcount(bit_words::not_zero(word)));
  counts.ones += static_cast<uint64_t>(std::popcount(coded));
  counts.ones_twos += static_cast<uint64_t>(std::popcount(word));
}

BitCounts count_bits(std::span<const int8_t> values) {
  BitCounts counts;
  const uint64_t whole = values.size() / 8 * 8;
  for (uint64_t i = 0; i < whole; i += 8) count_word(load(values.data() + i), counts);
  if (whole == values.size()) return counts;
  uint64_t last = 0;
  std::memcpy(&last, values.data() + whole, values.size() - whole);
  count_word(last, counts);
  return counts;
}

uint64_t kept_columns(const std::array<uint64_t, 9>& kept) {
  uint64_t columns = 0;
  for (size_t n = 0; n < kept.size(); ++n) columns += n * kept[n];
  return columns;
}

double ratio(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

GroupLayout group_layout(const WeightShape& shape, uint32_t group, bool depthwise) {
  check_group(group);
  GroupLayout layout{shape, depthwise ? kDepthwiseGroup : group, 0, 0};
  const auto reduction = checked_multiply(shape.cin, shape.taps);
  // Padding makes a line of one element one of G.
  const auto lines = checked_multiply(shape.cout, shape.taps);
  const auto most = reduction && lines ? checked_multiply(*reduction + layout.group, *lines) : std::nullopt;
  if (!most || !checked_multiply(*most, layout.group))
    throw InputError(fmt::format("weights of {} x {} x {} elements", shape.cout, shape.cin, shape.taps),
                     "allowed: sizes whose product fits 64 bits");
  const bool flat = shape.cin < kFewestChannels;
  layout.lines = flat ? shape.cout : *lines;
  layout.length = flat ? *reduction : shape.cin;
  return layout;
}

GroupedWeights group_order(std::span<const int8_t> weights, const GroupLayout& layout) {
  if (weights.size() != layout.shape.size())
    throw InputError(
        fmt::format("{} weights", weights.size()),
        fmt::format("allowed: {} x {} x {} of them", layout.shape.cout, layout.shape.cin, layout.shape.taps));
  GroupedWeights grouped{layout, std::vector<int8_t>(layout.elements()), 0};
  const uint64_t taps = layout.shape.taps, channels = layout.shape.cin;
  for_each_line(layout, [&](uint64_t to, uint64_t from) {
    int8_t* out = grouped.values.data() + to;
    const int8_t* in = weights.data() + from;
    if (taps == 1)
      std::copy_n(in, channels, out);
    else
      for (uint64_t c = 0; c < channels; ++c) out[c] = in[c * taps];
  });
  grouped.clamped = clamp(grouped.values);
  return grouped;
}

std::vector<int8_t> weight_order(const GroupedWeights& grouped) {
  const WeightShape& shape = grouped.layout.shape;
  std::vector<int8_t> weights(shape.size());
  for_each_line(grouped.layout, [&](uint64_t from, uint64_t to) {
    for (uint64_t c = 0; c < shape.cin; ++c) weights[to + c * shape.taps] = grouped.values[from + c];
  });
  return weights;
}

std::vector<uint8_t> column_indexes(const GroupedWeights& grouped, ColumnCode code) {
  std::vector<uint8_t> indexes(grouped.layout.groups());
  if (code == ColumnCode::kSignMagnitude)
    fold_all<ColumnCode::kSignMagnitude>(grouped, 0, indexes);
  else
    fold_all<ColumnCode::kTwosComplement>(grouped, 0, indexes);
  return indexes;
}

BitColumnStatistics bit_column_statistics(const GroupedWeights& grouped) {
  const GroupLayout& layout = grouped.layout;
  const IndexCounts magnitude = count_indexes<ColumnCode::kSignMagnitude>(grouped);
  const IndexCounts twos = count_indexes<ColumnCode::kTwosComplement>(grouped);
  const BitCounts bits = count_bits(grouped.values);
  BitColumnStatistics s;
  s.weights = layout.shape.size();
  s.zero_weights = s.weights - bits.not_zero;
  s.clamped = grouped.clamped;
  s.groups = layout.groups();
  s.padding = layout.padding();
  s.one_bits = bits.ones;
  s.one_bits_twos = bits.ones_twos;
  for (uint32_t index = 0; index < 256; ++index) {
    const auto kept = static_cast<size_t>(std::popcount(index));
    s.kept[kept] += magnitude[index];
    s.kept_twos[kept] += twos[index];
    for (uint32_t column = 0; column < 8; ++column)
      if ((index & (kSignColumn >> column)) != 0) s.used[column] += magnitude[index];
  }
  s.negative_groups = s.used[0];
  s.compressed_bits = kIndexBits * s.groups + layout.group * kept_columns(s.kept);
  s.compressed_bits_twos = kIndexBits * s.groups + layout.group * kept_columns(s.kept_twos);
  return s;
}

uint64_t BitColumnStatistics::zero_columns() const { return 8 * groups - kept_columns(kept); }
uint64_t BitColumnStatistics::zero_columns_twos() const { return 8 * groups - kept_columns(kept_twos); }
double BitColumnStatistics::zero_column_share() const { return ratio(zero_columns(), 8 * groups); }
double BitColumnStatistics::zero_column_share_twos() const { return ratio(zero_columns_twos(), 8 * groups); }
double BitColumnStatistics::mean_zero_columns() const { return ratio(zero_columns(), groups); }
double BitColumnStatistics::mean_zero_columns_twos() const { return ratio(zero_columns_twos(), groups); }
double BitColumnStatistics::zero_weight_share() const { return ratio(zero_weights, weights); }
double BitColumnStatistics::bit_density() const { return ratio(one_bits, 8 * weights); }
double BitColumnStatistics::bit_density_twos() const { return ratio(one_bits_twos, 8 * weights); }
double BitColumnStatistics::compression_ratio() const { return ratio(8 * weights, compressed_bits); }
double BitColumnStatistics::compression_ratio_twos() const {
  return ratio(8 * weights, compressed_bits_twos);
}

BitColumnStatistics& BitColumnStatistics::operator+=(const BitColumnStatistics& other) {
  const auto add = [](auto& to, const auto& from) {
    for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
  };
  weights += other.weights;
  zero_weights += other.zero_weights;
  clamped += other.clamped;
  groups += other.groups;
  padding += other.padding;
  negative_groups += other.negative_groups;
  add(kept, other.kept);
  add(kept_twos, other.kept_twos);
  add(used, other.used);
  one_bits += other.one_bits;
  one_bits_twos += other.one_bits_twos;
  compressed_bits += other.compressed_bits;
  compressed_bits_twos += other.compressed_bits_twos;
  return *this;
}

}  // namespace nonzero
