#include <fmt/format.h>

#include <array>

#include "nonzero/base/error.h"
#include "nonzero/tensor/bit_columns.h"
#include "nonzero/tensor/bit_columns_words.h"

namespace nonzero {
namespace {

using bit_words::load;
using bit_words::store;

// What a group may write beyond its own end.
constexpr uint64_t kSlack = 8;
constexpr uint64_t kHalfBytes = 0xF0F0F0F0F0F0F0F0;

uint64_t stored_bits(std::span<const uint8_t> indexes, uint32_t group) {
  uint64_t bits = 0;
  for (const uint8_t index : indexes) bits += group_bits(index, group);
  return bits;
}

uint64_t encoded(uint64_t word, ColumnCode code) {
  return code == ColumnCode::kSignMagnitude ? bit_words::sign_magnitude(word) : word;
}

uint32_t bytes_of(uint64_t mask) { return static_cast<uint32_t>(std::popcount(mask)) / 8; }

template <uint32_t kGroup>
using Words = std::array<uint64_t, kGroup / 8>;

// From words of eight elements, byte j column j, to the columns behind each other, G / 8 bytes each.
Words<8> side_by_side(const Words<8>& x) { return x; }
Words<16> side_by_side(const Words<16>& x) {
  using bit_words::spread_bytes;
  return {spread_bytes(x[0]) | spread_bytes(x[1]) << 8, spread_bytes(x[0] >> 32) | spread_bytes(x[1] >> 32)
                                                                                       << 8};
}
Words<32> side_by_side(const Words<32>& x) {
  using bit_words::spread_halves;
  const Words<16> low = side_by_side(Words<16>{x[0], x[1]}), high = side_by_side(Words<16>{x[2], x[3]});
  return {spread_halves(low[0]) | spread_halves(high[0]) << 16,
          spread_halves(low[0] >> 32) | spread_halves(high[0] >> 32) << 16,
          spread_halves(low[1]) | spread_halves(high[1]) << 16,
          spread_halves(low[1] >> 32) | spread_halves(high[1] >> 32) << 16};
}

Words<8> apart(const Words<8>& x) { return x; }
Words<16> apart(const Words<16>& x) {
  using bit_words::join_bytes;
  return {join_bytes(x[0]) | join_bytes(x[1]) << 32, join_bytes(x[0] >> 8) | join_bytes(x[1] >> 8) << 32};
}
Words<32> apart(const Words<32>& x) {
  using bit_words::join_halves;
  const Words<16> low = apart(
      Words<16>{join_halves(x[0]) | join_halves(x[1]) << 32, join_halves(x[2]) | join_halves(x[3]) << 32});
  const Words<16> high = apart(Words<16>{join_halves(x[0] >> 16) | join_halves(x[1] >> 16) << 32,
                                         join_halves(x[2] >> 16) | join_halves(x[3] >> 16) << 32});
  return {low[0], low[1], high[0], high[1]};
}

// The bytes of each word that hold a kept column, by the bits of the index that speak of the word.
template <uint32_t kGroup>
constexpr auto kKept = [] {
  constexpr uint32_t kColumns = 64 / kGroup;  // of a word
  std::array<uint64_t, 1U << kColumns> table{};
  const uint64_t column_bits = ~uint64_t{0} >> (64 - kGroup) % 64;
  for (uint32_t bits = 0; bits < table.size(); ++bits)
    for (uint32_t column = 0; column < kColumns; ++column)
      if ((bits >> (kColumns - 1 - column) & 1) != 0) table[bits] |= column_bits << kGroup * column;
  return table;
}();

template <uint32_t kGroup>
uint64_t kept_bytes(uint8_t index, size_t word) {
  constexpr size_t kColumns = 64 / kGroup, kLast = kGroup / 8 - 1;
  return kKept<kGroup>[index >> kColumns * (kLast - word) & ((1U << kColumns) - 1)];
}

// Groups of whole bytes, without a branch on the data: whole words are written, and the place moves on behind
// what was kept.
template <uint32_t kGroup>
void write_groups(const GroupedWeights& grouped, ColumnCode code, std::span<const uint8_t> indexes,
                  uint8_t* out) {
  const int8_t* values = grouped.values.data();
  for (const uint8_t index : indexes) {
    Words<kGroup> words{};
    for (size_t w = 0; w < words.size(); ++w)
      words[w] = bit_words::transpose(encoded(load(values + 8 * w), code));
    const Words<kGroup> columns = side_by_side(words);
    *out++ = index;
    for (size_t w = 0; w < words.size(); ++w) {
      const uint64_t mask = kept_bytes<kGroup>(index, w);
      store(out, bit_words::compress(columns[w], mask));
      out += bytes_of(mask);
    }
    values += kGroup;
  }
}

// Groups of four: half bytes, the first in the upper half. A half-filled byte is carried to the next group.
void write_fours(const GroupedWeights& grouped, ColumnCode code, std::span<const uint8_t> indexes,
                 uint8_t* out) {
  const int8_t* values = grouped.values.data();
  uint64_t carried = 0;
  uint32_t bits = 0;
  for (const uint8_t index : indexes) {
    uint32_t four = 0;
    std::memcpy(&four, values, 4);
    values += 4;
    const uint64_t columns = bit_words::transpose(encoded(four, code));
    const uint64_t kept = bit_words::compress(columns, kKept<8>[index] & kHalfBytes);
    const uint64_t group = kept << kIndexBits | bit_words::swap_half_bytes(index);
    carried |= group << bits;
    bits += group_bits(index, 4);
    store(out, bit_words::swap_half_bytes(carried));
    out += bits / 8;
    carried >>= bits & ~7U;
    bits &= 7;
  }
}

[[noreturn]] void refuse(uint64_t group, const char* what) {
  throw InputError(fmt::format("group {} of a bit-column stream holds {}", group, what));
}

// The lowest bits of bytes whose sign stands alone: -128, or a negative zero.
uint64_t lone_signs(uint64_t word) {
  return word & bit_words::kSigns & ~bit_words::not_zero(word & ~bit_words::kSigns);
}

// Turns columns into values and says whether a group was sound.
class GroupCheck {
 public:
  explicit GroupCheck(ColumnCode code) : code_(code) {}

  uint64_t decode(uint64_t columns) {
    const uint64_t word = bit_words::transpose(columns);
    lone_signs_ |= lone_signs(word);
    folded_ |= word;
    return code_ == ColumnCode::kSignMagnitude ? bit_words::twos_complement(word) : word;
  }
  void finish(uint8_t index, uint64_t group) {
    if (lone_signs_ != 0) refuse(group, code_ == ColumnCode::kSignMagnitude ? "a negative zero" : "a -128");
    if (bit_words::fold(folded_) != index) refuse(group, "a kept column without a one");
    folded_ = 0;
  }

 private:
  ColumnCode code_;
  uint64_t lone_signs_ = 0, folded_ = 0;
};

[[noreturn]] void ends_early(uint64_t group, uint64_t groups) {
  throw InputError(fmt::format("a bit-column stream that ends in group {} of {}", group, groups));
}

// Eight bytes from `place` on, zeros behind the end.
uint64_t load_within(std::span<const uint8_t> in, uint64_t place) {
  if (place + 8 <= in.size()) return load(in.data() + place);
  uint64_t word = 0;
  if (place < in.size()) std::memcpy(&word, in.data() + place, in.size() - place);
  return word;
}

// Returns the bits that were read.
template <uint32_t kGroup>
uint64_t read_groups(std::span<const uint8_t> in, uint64_t bits, ColumnCode code, GroupedWeights& grouped) {
  GroupCheck check(code);
  const uint64_t groups = grouped.layout.groups();
  int8_t* values = grouped.values.data();
  uint64_t place = 0;
  for (uint64_t group = 0; group < groups; ++group) {
    if (place == bits / 8 || place + group_bits(in[place], kGroup) / 8 > bits / 8) ends_early(group, groups);
    const uint8_t index = in[place++];
    Words<kGroup> columns{};
    for (size_t w = 0; w < columns.size(); ++w) {
      const uint64_t mask = kept_bytes<kGroup>(index, w);
      columns[w] = bit_words::expand(load_within(in, place), mask);
      place += bytes_of(mask);
    }
    for (const uint64_t word : apart(columns)) {
      store(values, check.decode(word));
      values += 8;
    }
    check.finish(index, group);
  }
  return 8 * place;
}

uint64_t read_fours(std::span<const uint8_t> in, uint64_t bits, ColumnCode code, GroupedWeights& grouped) {
  GroupCheck check(code);
  const uint64_t groups = grouped.layout.groups();
  uint64_t place = 0;
  for (uint64_t group = 0; group < groups; ++group) {
    if (bits - place < kIndexBits) ends_early(group, groups);
    const uint64_t rest = bit_words::swap_half_bytes(load_within(in, place / 8)) >> place % 8;
    const auto index = static_cast<uint8_t>(bit_words::swap_half_bytes(rest & 0xFF));
    if (bits - place < group_bits(index, 4)) ends_early(group, groups);
    const uint64_t mask = kKept<8>[index] & kHalfBytes;
    const uint64_t word = check.decode(bit_words::expand(rest >> kIndexBits, mask));
    check.finish(index, group);
    std::memcpy(grouped.values.data() + 4 * group, &word, 4);
    place += group_bits(index, 4);
  }
  return place;
}

void check_padding(const GroupedWeights& grouped) {
  const GroupLayout& layout = grouped.layout;
  const uint64_t step = layout.groups_per_line() * layout.group;
  for (uint64_t line = 0; line < layout.lines; ++line)
    for (uint64_t i = layout.length; i < step; ++i)
      if (grouped.values[line * step + i] != 0)
        refuse((line * step + i) / layout.group, "a padding that is not zero");
}

void check_size(const BitColumnStream& stream) {
  const uint64_t groups = stream.layout.groups();
  if (stream.bytes.size() != stream.bits / 8 + (stream.bits % 8 != 0))
    throw InputError(fmt::format("a bit-column stream of {} bytes", stream.bytes.size()),
                     fmt::format("allowed: {} bits", stream.bits));
  // A group takes eight bits at least: nothing is allocated for groups the stream cannot hold.
  if (groups > stream.bits / kIndexBits)
    throw InputError(fmt::format("a bit-column stream of {} bits", stream.bits),
                     fmt::format("allowed: at least {} for {} groups", kIndexBits * groups, groups));
}

}  // namespace

BitColumnStream encode_bit_columns(const GroupedWeights& grouped, ColumnCode code) {
  const std::vector<uint8_t> indexes = column_indexes(grouped, code);
  BitColumnStream stream{grouped.layout, code, {}, stored_bits(indexes, grouped.layout.group)};
  const uint64_t bytes = stream.bits / 8 + (stream.bits % 8 != 0);
  stream.bytes.resize(bytes + kSlack);
  uint8_t* out = stream.bytes.data();
  switch (grouped.layout.group) {
    case 4:
      write_fours(grouped, code, indexes, out);
      break;
    case 8:
      write_groups<8>(grouped, code, indexes, out);
      break;
    case 16:
      write_groups<16>(grouped, code, indexes, out);
      break;
    default:
      write_groups<32>(grouped, code, indexes, out);
  }
  stream.bytes.resize(bytes);
  return stream;
}

GroupedWeights decode_bit_columns(const BitColumnStream& stream) {
  check_size(stream);
  GroupedWeights grouped{stream.layout, std::vector<int8_t>(stream.layout.elements()), 0};
  const auto read = [&] {
    switch (stream.layout.group) {
      case 4:
        return read_fours(stream.bytes, stream.bits, stream.code, grouped);
      case 8:
        return read_groups<8>(stream.bytes, stream.bits, stream.code, grouped);
      case 16:
        return read_groups<16>(stream.bytes, stream.bits, stream.code, grouped);
      default:
        return read_groups<32>(stream.bytes, stream.bits, stream.code, grouped);
    }
  };
  if (const uint64_t used = read(); used != stream.bits)
    throw InputError(fmt::format("a bit-column stream of {} bits", stream.bits),
                     fmt::format("allowed: {}, as its groups say", used));
  check_padding(grouped);
  return grouped;
}

}  // namespace nonzero
