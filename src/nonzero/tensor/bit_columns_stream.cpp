#include <fmt/format.h>

#include "nonzero/base/error.h"
#include "nonzero/tensor/bit_columns.h"
#include "nonzero/tensor/bit_columns_words.h"

namespace nonzero {
namespace {

uint64_t stored_bits(std::span<const uint8_t> indexes, uint32_t group) {
  uint64_t bits = 0;
  for (const uint8_t index : indexes) bits += group_bits(index, group);
  return bits;
}

uint64_t encoded(uint64_t word, ColumnCode code) {
  return code == ColumnCode::kSignMagnitude ? bit_words::sign_magnitude(word) : word;
}

uint8_t column_of(uint64_t columns, uint32_t column) { return static_cast<uint8_t>(columns >> 8 * column); }

bool keeps(uint8_t index, uint32_t column) { return (index & (kSignColumn >> column)) != 0; }

// Groups of whole bytes. Every column is written, and the place moves on only behind a kept one: no branch
// waits for the data. The last group may write one column too many; `bytes` has room for it.
template <uint32_t kGroup>
void write_groups(const GroupedWeights& grouped, ColumnCode code, std::span<const uint8_t> indexes,
                  uint8_t* out) {
  constexpr uint32_t kWords = kGroup / 8;
  const int8_t* values = grouped.values.data();
  for (const uint8_t index : indexes) {
    uint64_t words[kWords];
    for (uint32_t w = 0; w < kWords; ++w)
      words[w] = bit_words::transpose(encoded(bit_words::load(values + 8 * w), code));
    *out++ = index;
    for (uint32_t column = 0; column < 8; ++column) {
      for (uint32_t w = 0; w < kWords; ++w) out[w] = column_of(words[w], column);
      out += keeps(index, column) ? kWords : 0;
    }
    values += kGroup;
  }
}

// Groups of four: half bytes, the first in the upper half.
class HalfByteWriter {
 public:
  explicit HalfByteWriter(uint8_t* out) : out_(out) {}
  void put(uint8_t half) {
    out_[count_ / 2] = static_cast<uint8_t>(out_[count_ / 2] | (count_ % 2 == 0 ? half << 4 : half));
    ++count_;
  }

 private:
  uint8_t* out_;
  uint64_t count_ = 0;
};

void write_fours(const GroupedWeights& grouped, ColumnCode code, std::span<const uint8_t> indexes,
                 uint8_t* out) {
  HalfByteWriter writer(out);
  for (size_t g = 0; g < indexes.size(); ++g) {
    uint32_t four = 0;
    std::memcpy(&four, grouped.values.data() + 4 * g, 4);
    const uint64_t columns = bit_words::transpose(encoded(four, code));
    writer.put(indexes[g] >> 4);
    writer.put(indexes[g] & 0xF);
    for (uint32_t column = 0; column < 8; ++column)
      if (keeps(indexes[g], column)) writer.put(column_of(columns, column) >> 4);
  }
}

class StreamReader {
 public:
  explicit StreamReader(const BitColumnStream& stream) : stream_(stream) {
    if (stream.bytes.size() != stream.bits / 8 + (stream.bits % 8 != 0))
      throw InputError(fmt::format("a bit-column stream of {} bytes", stream.bytes.size()),
                       fmt::format("allowed: {} bits", stream.bits));
  }

  // The next `count` bits, 4 or 8.
  uint8_t take(uint32_t count, uint64_t group) {
    if (stream_.bits - place_ < count)
      throw InputError(
          fmt::format("a bit-column stream that ends in group {} of {}", group, stream_.layout.groups()));
    const uint64_t byte = place_ / 8;
    const uint32_t wide = static_cast<uint32_t>(stream_.bytes[byte]) << 8 |
                          (byte + 1 < stream_.bytes.size() ? stream_.bytes[byte + 1] : 0U);
    const uint32_t shift = 16 - static_cast<uint32_t>(place_ % 8) - count;
    place_ += count;
    return static_cast<uint8_t>((wide >> shift) & ((1U << count) - 1));
  }
  void finish() const {
    if (place_ != stream_.bits)
      throw InputError(fmt::format("a bit-column stream of {} bits", stream_.bits),
                       fmt::format("allowed: {}, as its groups say", place_));
  }

 private:
  const BitColumnStream& stream_;
  uint64_t place_ = 0;
};

[[noreturn]] void refuse(uint64_t group, const char* what) {
  throw InputError(fmt::format("group {} of a bit-column stream holds {}", group, what));
}

// The values of a word of columns, or a refusal.
uint64_t decoded(uint64_t columns, ColumnCode code, uint64_t group) {
  const uint64_t word = bit_words::transpose(columns);
  const uint64_t negative_zero = word & bit_words::kSigns & ~bit_words::not_zero(word & ~bit_words::kSigns);
  if (code == ColumnCode::kTwosComplement) {
    if (negative_zero != 0) refuse(group, "a -128");
    return word;
  }
  if (negative_zero != 0) refuse(group, "a negative zero");
  return bit_words::twos_complement(word);
}

void read_group(StreamReader& reader, uint64_t group, GroupedWeights& grouped, ColumnCode code) {
  const uint32_t size = grouped.layout.group, word_bits = std::min(size, 8U);
  const uint8_t index = reader.take(kIndexBits, group);
  uint64_t words[4] = {};
  uint8_t found = 0;
  for (uint32_t column = 0; column < 8; ++column) {
    if (!keeps(index, column)) continue;
    for (uint32_t w = 0; w * 8 < size; ++w) {
      const auto bits = static_cast<uint8_t>(reader.take(word_bits, group) << (8 - word_bits));
      words[w] |= static_cast<uint64_t>(bits) << 8 * column;
      if (bits != 0) found = static_cast<uint8_t>(found | kSignColumn >> column);
    }
  }
  if (found != index) refuse(group, "a kept column without a one");
  for (uint32_t w = 0; w * 8 < size; ++w) {
    const uint64_t word = decoded(words[w], code, group);
    std::memcpy(grouped.values.data() + group * size + 8 * w, &word, word_bits);
  }
}

void check_padding(const GroupedWeights& grouped) {
  const GroupLayout& layout = grouped.layout;
  const uint64_t step = layout.groups_per_line() * layout.group;
  for (uint64_t line = 0; line < layout.lines; ++line)
    for (uint64_t i = layout.length; i < step; ++i)
      if (grouped.values[line * step + i] != 0)
        refuse((line * step + i) / layout.group, "a padding that is not zero");
}

}  // namespace

BitColumnStream encode_bit_columns(const GroupedWeights& grouped, ColumnCode code) {
  const std::vector<uint8_t> indexes = column_indexes(grouped, code);
  const uint32_t group = grouped.layout.group;
  BitColumnStream stream{grouped.layout, code, {}, stored_bits(indexes, group)};
  const uint64_t bytes = stream.bits / 8 + (stream.bits % 8 != 0);
  stream.bytes.resize(bytes + group / 8);
  uint8_t* out = stream.bytes.data();
  switch (group) {
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
  const GroupLayout& layout = stream.layout;
  StreamReader reader(stream);
  // A group takes eight bits at least: nothing is allocated for groups the stream cannot hold.
  if (layout.groups() > stream.bits / kIndexBits)
    throw InputError(
        fmt::format("a bit-column stream of {} bits", stream.bits),
        fmt::format("allowed: at least {} for {} groups", kIndexBits * layout.groups(), layout.groups()));
  GroupedWeights grouped{layout, std::vector<int8_t>(layout.elements()), 0};
  for (uint64_t group = 0; group < layout.groups(); ++group) read_group(reader, group, grouped, stream.code);
  reader.finish();
  check_padding(grouped);
  return grouped;
}

}  // namespace nonzero
