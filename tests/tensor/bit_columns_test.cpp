#include "nonzero/tensor/bit_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>

#include "nonzero/base/error.h"
#include "nonzero/tensor/laplace_weights.h"

namespace nonzero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One group, as a linear layer of one output channel. Groups of four need eight channels or more.
GroupedWeights one_group(const std::vector<int8_t>& weights, uint32_t group) {
  return group_order(weights, group_layout({1, weights.size(), 1}, group));
}

std::string bits_of(const BitColumnStream& stream) {
  std::string text;
  for (uint64_t i = 0; i < stream.bits; ++i)
    text += (stream.bytes[i / 8] >> (7 - i % 8) & 1) != 0 ? '1' : '0';
  return text;
}

// Three magnitude columns and a sign column everywhere (the specification's golden layers).
std::vector<int8_t> golden_layer(uint64_t k, uint64_t c, uint64_t fy, uint64_t fx) {
  std::vector<int8_t> weights;
  for (uint64_t o = 0; o < k; ++o)
    for (uint64_t i = 0; i < c; ++i)
      for (uint64_t y = 0; y < fy; ++y)
        for (uint64_t x = 0; x < fx; ++x)
          weights.push_back(static_cast<int8_t>((5 * o + 3 * i + 7 * y + 11 * x) % 15) - int8_t{7});
  return weights;
}

// The definition, weight by weight and column by column.
uint8_t slow_index(const GroupedWeights& grouped, uint64_t group, ColumnCode code) {
  uint8_t index = 0;
  for (uint32_t i = 0; i < grouped.layout.group; ++i) {
    const int weight = grouped.values[group * grouped.layout.group + i];
    for (uint32_t column = 0; column < 8; ++column) {
      const int bit = 7 - static_cast<int>(column);
      const bool one = code == ColumnCode::kTwosComplement ? ((weight >> bit) & 1) != 0
                       : column == 0                       ? weight < 0
                                                           : ((std::abs(weight) >> bit) & 1) != 0;
      if (one) index = static_cast<uint8_t>(index | 1 << bit);
    }
  }
  return index;
}

struct Layer {
  std::vector<int8_t> weights;
  GroupLayout layout;
};

Layer any_layer() {
  const WeightShape shape{*rc::gen::inRange<uint64_t>(1, 5), *rc::gen::inRange<uint64_t>(1, 70),
                          *rc::gen::element<uint64_t>(1, 4, 9)};
  const auto group = *rc::gen::element<uint32_t>(4, 8, 16, 32);
  const auto span = *rc::gen::element<int>(1, 2, 8, 64, 128);
  return {*rc::gen::container<std::vector<int8_t>>(shape.size(), rc::gen::inRange<int>(-span, span)),
          group_layout(shape, group, shape.cin == 1 && *rc::gen::arbitrary<bool>())};
}

TEST(BitColumns, the_papers_example) {
  const GroupedWeights group = one_group({-3, 4, 5, -4}, 4);
  EXPECT_THAT(column_indexes(group), ElementsAre(0b10000111));
  const BitColumnStream stream = encode_bit_columns(group);
  EXPECT_EQ(bits_of(stream),
            "10000111"
            "1001"
            "0111"
            "1000"
            "1010");
  EXPECT_EQ(stream.bits, 24);
  const BitColumnStatistics s = bit_column_statistics(group);
  EXPECT_EQ(s.zero_columns(), 4);
  EXPECT_EQ(s.zero_columns_twos(), 1);
  EXPECT_DOUBLE_EQ(s.compression_ratio(), 32.0 / 24);
}

TEST(BitColumns, groups_of_eight) {
  struct Case {
    std::vector<int8_t> weights;
    uint8_t index;
    uint64_t bits;
  };
  const std::vector<Case> cases = {{{1, 1, 1, 1, 1, 1, 1, 1}, 0b00000001, 16},
                                   {{0, 0, 0, 0, 0, 0, 0, 0}, 0, 8},
                                   {{-1, -1, -1, -1, -1, -1, -1, -1}, 0b10000001, 24},
                                   {{64, 32, 16, 8, 4, 2, 1, 0}, 0b01111111, 64}};
  for (const Case& c : cases) {
    const GroupedWeights group = one_group(c.weights, 8);
    EXPECT_THAT(column_indexes(group), ElementsAre(c.index));
    EXPECT_EQ(encode_bit_columns(group).bits, c.bits);
  }
}

TEST(BitColumns, golden_layers_compressed) {
  struct Case {
    std::vector<int8_t> weights;
    WeightShape shape;
    bool depthwise;
    std::vector<uint64_t> bits;  // G = 8, 16, 32
  };
  std::vector<int8_t> taps, flat;
  for (uint64_t c = 0; c < 64; ++c)
    for (uint64_t t = 0; t < 9; ++t) taps.push_back(static_cast<int8_t>((5 * c + 3 * t) % 15) - int8_t{7});
  // 3 -> 64, 3x3: r counts the flattened reduction (kernel row, kernel column, channel).
  for (uint64_t k = 0; k < 64; ++k)
    for (uint64_t c = 0; c < 3; ++c)
      for (uint64_t t = 0; t < 9; ++t)
        flat.push_back(static_cast<int8_t>((5 * k + 3 * (3 * t + c)) % 15) - int8_t{7});
  const std::vector<Case> cases = {{golden_layer(128, 64, 1, 1), {128, 64, 1}, false, {40960, 36864, 34816}},
                                   {golden_layer(64, 64, 3, 3), {64, 64, 9}, false, {184320, 165888, 156672}},
                                   {taps, {64, 1, 9}, true, {4608, 4608, 4608}},
                                   {flat, {64, 3, 9}, false, {10072, 9216, 8704}}};
  for (const Case& c : cases)
    for (size_t g = 0; g < 3; ++g) {
      const GroupedWeights grouped = group_order(c.weights, group_layout(c.shape, 8U << g, c.depthwise));
      EXPECT_EQ(bit_column_statistics(grouped).compressed_bits, c.bits[g]);
      EXPECT_EQ(encode_bit_columns(grouped).bits, c.bits[g]);
    }
  const auto ratio = [](uint32_t group) {
    return bit_column_statistics(group_order(golden_layer(64, 64, 3, 3), group_layout({64, 64, 9}, group)))
        .compression_ratio();
  };
  EXPECT_NEAR(ratio(8), 1.60, 0.005);
  EXPECT_NEAR(ratio(16), 1.78, 0.005);
  EXPECT_NEAR(ratio(32), 1.88, 0.005);
}

TEST(BitColumns, groups_run_along_the_channels) {
  std::vector<int8_t> weights(2 * 8 * 4);  // [2, 8, 2, 2]: value = 4 * channel + tap, negative for k = 1
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = static_cast<int8_t>(i < 32 ? i : 32 - static_cast<int>(i));
  const GroupedWeights grouped = group_order(weights, group_layout({2, 8, 4}, 8));
  EXPECT_EQ(grouped.layout.groups(), 8);
  EXPECT_THAT(std::vector<int8_t>(grouped.values.begin() + 8, grouped.values.begin() + 16),
              ElementsAre(1, 5, 9, 13, 17, 21, 25, 29));
  EXPECT_EQ(grouped.layout.padding(), 0);
}

TEST(BitColumns, few_channels_are_flattened_tap_by_tap) {
  // [1, 3, 1, 3]: channels 10, 20, 30, taps +0, 1, 2
  const std::vector<int8_t> weights = {10, 11, 12, 20, 21, 22, 30, 31, 32};
  const GroupedWeights grouped = group_order(weights, group_layout({1, 3, 3}, 8));
  EXPECT_THAT(grouped.values, ElementsAre(10, 20, 30, 11, 21, 31, 12, 22, 32, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(grouped.layout.padding(), 7);
}

TEST(BitColumns, depthwise_taps_fill_groups_of_16) {
  const GroupLayout layout = group_layout({64, 1, 9}, 8, true);
  EXPECT_EQ(layout.group, 16);
  EXPECT_EQ(layout.groups(), 64);
  EXPECT_EQ(group_layout({64, 1, 25}, 8, true).groups(), 128);
}

TEST(BitColumns, minus_128_is_clamped_and_counted) {
  const GroupedWeights grouped = one_group({-128, 127, 0, -128, 1, 2, 3, 4}, 8);
  EXPECT_THAT(grouped.values, ElementsAre(-127, 127, 0, -127, 1, 2, 3, 4));
  EXPECT_EQ(bit_column_statistics(grouped).clamped, 2);
}

TEST(BitColumns, every_value_but_minus_128_survives_the_stream) {
  for (const uint32_t group : {4, 8, 16, 32})
    for (const ColumnCode code : {ColumnCode::kSignMagnitude, ColumnCode::kTwosComplement}) {
      std::vector<int8_t> all;
      for (int v = -127; v <= 127; ++v) all.push_back(static_cast<int8_t>(v));
      const GroupedWeights grouped = group_order(all, group_layout({255, 1, 1}, group));
      EXPECT_EQ(weight_order(decode_bit_columns(encode_bit_columns(grouped, code))), all);
    }
}

TEST(BitColumns, a_zero_never_has_a_sign) {
  for (int v = 1; v <= 127; ++v) {
    const auto weight = static_cast<int8_t>(v);
    const BitColumnStream stream =
        encode_bit_columns(one_group({0, static_cast<int8_t>(-weight), 0, weight, 0, 0, 0, 0}, 8));
    EXPECT_EQ(stream.bytes[1], 0b01000000);
  }
}

TEST(BitColumns, cr_crosses_one_at_eight_over_g_zero_columns) {
  for (const uint32_t group : {4, 8, 16, 32})
    for (uint32_t kept = 0; kept <= 8; ++kept) {
      const auto index = static_cast<uint8_t>(0xFF00 >> kept);
      const uint32_t zero = 8 - kept;
      EXPECT_EQ(group_bits(index, group) < 8 * group, zero * group > 8);
      EXPECT_EQ(group_bits(index, group) == 8 * group, zero * group == 8);
    }
}

TEST(BitColumns, indexes_equal_the_definition) {
  EXPECT_TRUE(rc::check([] {
    const Layer layer = any_layer();
    const GroupedWeights grouped = group_order(layer.weights, layer.layout);
    for (const ColumnCode code : {ColumnCode::kSignMagnitude, ColumnCode::kTwosComplement}) {
      const std::vector<uint8_t> indexes = column_indexes(grouped, code);
      for (uint64_t g = 0; g < indexes.size(); ++g) RC_ASSERT(indexes[g] == slow_index(grouped, g, code));
    }
  }));
}

TEST(BitColumns, statistics_equal_a_count_of_weights_and_groups) {
  EXPECT_TRUE(rc::check([] {
    const Layer layer = any_layer();
    const GroupedWeights grouped = group_order(layer.weights, layer.layout);
    const BitColumnStatistics s = bit_column_statistics(grouped);
    BitColumnStatistics slow;
    slow.weights = layer.weights.size();
    slow.groups = grouped.values.size() / layer.layout.group;
    slow.padding = grouped.values.size() - layer.weights.size();
    for (const int8_t w : layer.weights) {
      slow.zero_weights += w == 0;
      slow.clamped += w == -128;
      const auto kept = static_cast<int8_t>(std::max<int>(w, -127));
      slow.one_bits += static_cast<uint64_t>(std::popcount(static_cast<uint32_t>(std::abs(kept)))) + (w < 0);
      slow.one_bits_twos += static_cast<uint64_t>(std::popcount(static_cast<uint8_t>(kept)));
    }
    for (uint64_t g = 0; g < slow.groups; ++g) {
      const uint8_t index = slow_index(grouped, g, ColumnCode::kSignMagnitude);
      const uint8_t twos = slow_index(grouped, g, ColumnCode::kTwosComplement);
      ++slow.kept[static_cast<size_t>(std::popcount(index))];
      ++slow.kept_twos[static_cast<size_t>(std::popcount(twos))];
      slow.negative_groups += index >> 7;
      for (uint32_t i = 0; i < 8; ++i) slow.used[i] += index >> (7 - i) & 1;
      slow.compressed_bits += group_bits(index, layer.layout.group);
      slow.compressed_bits_twos += group_bits(twos, layer.layout.group);
    }
    RC_ASSERT(s == slow);
  }));
}

TEST(BitColumns, stream_gives_the_weights_back_and_is_as_long_as_the_formula_says) {
  EXPECT_TRUE(rc::check([] {
    const Layer layer = any_layer();
    const GroupedWeights grouped = group_order(layer.weights, layer.layout);
    std::vector<int8_t> clamped = layer.weights;
    for (int8_t& w : clamped) w = std::max<int8_t>(w, -127);
    for (const ColumnCode code : {ColumnCode::kSignMagnitude, ColumnCode::kTwosComplement}) {
      const BitColumnStream stream = encode_bit_columns(grouped, code);
      const BitColumnStatistics s = bit_column_statistics(grouped);
      RC_ASSERT(stream.bits ==
                (code == ColumnCode::kSignMagnitude ? s.compressed_bits : s.compressed_bits_twos));
      RC_ASSERT(stream.bytes.size() == (stream.bits + 7) / 8);
      RC_ASSERT(weight_order(decode_bit_columns(stream)) == clamped);
    }
  }));
}

TEST(BitColumns, no_more_magnitude_columns_than_the_largest_weight_needs) {
  EXPECT_TRUE(rc::check([] {
    const Layer layer = any_layer();
    const GroupedWeights grouped = group_order(layer.weights, layer.layout);
    int most = 0;
    for (const int8_t w : grouped.values) most = std::max(most, std::abs(w));
    for (const uint8_t index : column_indexes(grouped))
      RC_ASSERT((index & ~kSignColumn) < 1 << std::bit_width(static_cast<uint32_t>(most)));
  }));
}

// Mean zero columns and CR of 4 million draws (the specification's table; no paper quotes it).
TEST(BitColumns, laplace_4_zero_columns_and_compression) {
  struct Case {
    uint32_t group;
    double zero, ratio, twos;
  };
  const std::vector<int8_t> weights = laplace_weights(4'000'000, 4, 1);
  for (const Case& c : {Case{8, 3.24, 1.39, 0.06}, Case{16, 2.81, 1.41, 0}, Case{32, 2.51, 1.39, 0}}) {
    const BitColumnStatistics s =
        bit_column_statistics(group_order(weights, group_layout({1000, 4000, 1}, c.group)));
    EXPECT_NEAR(s.mean_zero_columns(), c.zero, 0.02);
    EXPECT_NEAR(s.compression_ratio(), c.ratio, 0.02);
    EXPECT_NEAR(s.mean_zero_columns_twos(), c.twos, 0.02);
  }
}

TEST(BitColumns, refuses_other_groups_and_sizes) {
  for (const uint32_t group : {0, 1, 2, 5, 12, 64}) EXPECT_THROW(group_layout({1, 8, 1}, group), InputError);
  EXPECT_THROW(group_layout({1ULL << 40, 1ULL << 40, 1}, 8), InputError);
  const std::vector<int8_t> eight(8);
  EXPECT_THROW(group_order(eight, group_layout({1, 9, 1}, 8)), InputError);
}

std::string refusal(const BitColumnStream& stream) {
  try {
    decode_bit_columns(stream);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(BitColumns, broken_streams_are_refused_with_their_group) {
  const auto stream = [](std::vector<uint8_t> bytes) {
    const uint64_t bits = 8 * bytes.size();
    return BitColumnStream{group_layout({1, 12, 1}, 8), ColumnCode::kSignMagnitude, std::move(bytes), bits};
  };
  EXPECT_EQ(refusal(stream({0x01, 0xFF, 0x00})), "");
  EXPECT_THAT(refusal(stream({0x01, 0xFF})), HasSubstr("ends in group 1 of 2"));
  EXPECT_THAT(refusal(stream({0x01})), HasSubstr("8 bits"));
  EXPECT_THAT(refusal(stream({0x01, 0xFF, 0x00, 0x00})), HasSubstr("32 bits"));
  EXPECT_THAT(refusal(stream({0x01, 0x00, 0x00})), HasSubstr("group 0 of a bit-column stream holds a kept"));
  EXPECT_THAT(refusal(stream({0x00, 0x81, 0x80, 0x40})),
              HasSubstr("group 1 of a bit-column stream holds a negative zero"));
  EXPECT_THAT(refusal(stream({0x00, 0x01, 0x01})), HasSubstr("padding that is not zero"));
  BitColumnStream short_of_bytes = stream({0x01, 0xFF, 0x00});
  short_of_bytes.bytes.pop_back();
  EXPECT_THAT(refusal(short_of_bytes), HasSubstr("2 bytes"));
  BitColumnStream lowest = stream({0x80, 0x80, 0x00});
  lowest.code = ColumnCode::kTwosComplement;
  EXPECT_THAT(refusal(lowest), HasSubstr("a -128"));
}

}  // namespace
}  // namespace nonzero
