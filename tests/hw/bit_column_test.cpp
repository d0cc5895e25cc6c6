#include "nonzero/hw/array/bit_column.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "nonzero/base/error.h"
#include "nonzero/hw/array/bit_column_stepped.h"
#include "nonzero/hw/array/tile_product.h"
#include "nonzero/reference/integer_convolution.h"
#include "nonzero/workload/operands.h"
#include "support/integer_layers.h"

namespace nonzero::test {
namespace {

using hw::ColumnRules;
using hw::ColumnWork;
using hw::TileEngine;
using hw::Unrolling;

GroupedWeights grouped(const IntegerLayer& layer, uint32_t group) {
  const IntegerLayerShape& s = layer.shape;
  return group_order(layer.weights,
                     group_layout({s.k, s.c, s.fy * s.fx}, group, s.kind == LayerKind::kDepthwise));
}

IntegerActivations random_input(const IntegerLayer& layer, uint64_t seed) {
  return *integer_activations(operation_of(layer, seed));
}

// Unrollings of the paper's shape, small enough that a few channels and columns leave edges.
Unrolling small(uint64_t cu) { return {cu, 3, 2, 32, 64}; }

ColumnWork work_of(const std::vector<std::vector<int8_t>>& channels, ColumnRules rules = {}) {
  IntegerLayer layer = linear_layer(channels.size(), channels.front().size(), 1);
  layer.weights.clear();
  for (const auto& row : channels) layer.weights.insert(layer.weights.end(), row.begin(), row.end());
  const GroupedWeights weights = grouped(layer, 8);
  return hw::count_columns(weights.layout, column_indexes(weights, rules.code), {8, 16, 32, 256, 1024},
                           rules);
}

using Row = std::vector<int8_t>;

// "Contrast" of the specification.
TEST(BitColumns, take_a_cycle_for_each_kept_magnitude_column) {
  EXPECT_EQ(work_of({Row(8, 1)}).cycles, 1U);
  EXPECT_EQ(work_of({Row{-3, 4, 5, -4, 0, 0, 0, 0}}).cycles, 3U);
  EXPECT_EQ(work_of({Row{127, 0, 0, 0, 0, 0, 0, 0}}).cycles, 7U);
  EXPECT_EQ(work_of({Row{64, 32, 16, 8, 4, 2, 1, 0}}).cycles, 7U);
}

TEST(BitColumns, take_one_cycle_for_a_tile_of_zeros) {
  const ColumnWork work = work_of({Row(8, 0)});
  EXPECT_EQ(work.cycles, 1U);
  EXPECT_EQ(work.columns, 0U);
  EXPECT_EQ(work.weight_bits, 8U);
  EXPECT_EQ(work.imbalance_lanes, 8U);
}

TEST(BitColumns, wait_for_the_slowest_group_of_a_tile) {
  const ColumnWork work = work_of({Row(8, 1), Row(8, 7)});
  EXPECT_EQ(work.cycles, 3U);
  EXPECT_EQ(work.busy_lanes, 8U + 24);
  EXPECT_EQ(work.imbalance_lanes, 16U);
}

TEST(BitColumns, take_the_mean_where_work_is_spread_evenly) {
  ColumnRules rules;
  rules.sync = hw::ColumnSync::kIdeal;
  EXPECT_EQ(work_of({Row(8, 1), Row(8, 7)}, rules).cycles, 2U);
  EXPECT_EQ(work_of({Row(8, 1), Row(8, 3)}, rules).cycles, 2U);  // 1.5
}

TEST(BitColumns, execute_the_sign_column_in_twos_complement_alone) {
  ColumnRules twos;
  twos.code = ColumnCode::kTwosComplement;
  EXPECT_EQ(work_of({Row(8, -1)}).cycles, 1U);
  EXPECT_EQ(work_of({Row(8, -1)}, twos).cycles, 8U);
}

TEST(BitColumns, execute_and_store_all_of_a_raw_layer) {
  ColumnRules raw;
  raw.raw = true;
  const ColumnWork work = work_of({Row(8, 1), Row(8, 0)}, raw);
  EXPECT_EQ(work.cycles, 7U);
  EXPECT_EQ(work.weight_bits, 128U);
  EXPECT_EQ(work.skipped_columns, 0U);
}

TEST(BitColumns, count_ones_in_either_code) {
  const std::vector<int8_t> weights = {-3, 4, 5, -4, 127, -127, 0, 1, -1};
  EXPECT_EQ(hw::one_bits(weights, ColumnCode::kSignMagnitude), 2U + 1 + 2 + 1 + 7 + 7 + 0 + 1 + 1);
  EXPECT_EQ(hw::one_bits(weights, ColumnCode::kTwosComplement), 7U + 1 + 2 + 6 + 7 + 2 + 0 + 1 + 8);
}

TEST(BitColumns, read_a_window_of_codes_for_a_depthwise_tile) {
  const Unrolling su7{16, 16, 1, 16, 1024};
  EXPECT_EQ(hw::window_bits(su7, 3, 3, 1), 3U * 18 * 8);
  EXPECT_EQ(hw::window_bits(su7, 5, 5, 2), 5U * 35 * 8);
}

IntegerLayer any_layer() {
  const uint64_t side = *rc::gen::element(1, 2, 3, 5), stride = *rc::gen::inRange(1, 3);
  const uint64_t k = *rc::gen::inRange(1, 8), c = *rc::gen::inRange(1, 40);
  const uint64_t h = *rc::gen::inRange(1, 6), w = *rc::gen::inRange(1, 9);
  const int kind = *rc::gen::inRange(0, 3);
  IntegerLayer layer = kind == 0   ? conv_layer(k, c, side, h, w, stride)
                       : kind == 1 ? depthwise_layer(k, *rc::gen::inRange(1, 3), side, h, w, stride)
                                   : linear_layer(k, c, w);
  layer.input.zero_point = *rc::gen::inRange(-128, 128);
  return drawn(layer, *rc::gen::inRange(1, 1000), *rc::gen::element(1, 5, 127));
}

TEST(BitColumns, count_what_the_engines_do_cycle_by_cycle) {
  EXPECT_TRUE(rc::check([] {
    const IntegerLayer layer = any_layer();
    const IntegerLayerShape& s = layer.shape;
    const bool depthwise = s.kind == LayerKind::kDepthwise;
    const Unrolling unrolling = small(depthwise ? 16 : *rc::gen::element(8, 16, 32));
    ColumnRules rules;
    rules.minimum = static_cast<uint64_t>(*rc::gen::inRange(0, 4));
    rules.code = *rc::gen::element(ColumnCode::kSignMagnitude, ColumnCode::kTwosComplement);
    rules.raw = *rc::gen::arbitrary<bool>();
    const GroupedWeights weights = grouped(layer, static_cast<uint32_t>(unrolling.cu));
    const ColumnWork work =
        hw::count_columns(weights.layout, column_indexes(weights, rules.code), unrolling, rules);
    const hw::LaneCycles lanes =
        hw::lane_cycles(work, unrolling, hw::one_bits(layer.weights, rules.code), s.ox, s.oy);
    const IntegerActivations input = random_input(layer, 1);
    const hw::SteppedLayer stepped = hw::step_bit_columns(layer, weights, unrolling, rules, input, 128);
    RC_ASSERT(stepped.cycles == work.cycles * hw::passes(unrolling, s.ox, s.oy));
    RC_ASSERT(stepped.lanes.useful == lanes.useful);
    RC_ASSERT(stepped.lanes.zero_operand == lanes.zero_operand);
    RC_ASSERT(stepped.lanes.imbalance == lanes.imbalance);
    RC_ASSERT(stepped.lanes.idle == lanes.idle);
    RC_ASSERT(lanes.useful + lanes.zero_operand + lanes.imbalance + lanes.idle ==
              hw::kBitLanes * stepped.cycles);
    RC_ASSERT(stepped.write_cycles == (s.outputs() + 127) / 128);
    const std::vector<int64_t> expected = reference::convolve(layer, input);
    RC_ASSERT(std::equal(expected.begin(), expected.end(), stepped.sums.begin(), stepped.sums.end()));
  }));
}

TEST(TileProduct, equals_the_plain_convolution_with_every_engine) {
  EXPECT_TRUE(rc::check([] {
    const IntegerLayer layer = any_layer();
    const IntegerActivations input = random_input(layer, 2);
    const std::vector<int64_t> expected = reference::convolve(layer, input);
    const GroupedWeights weights = grouped(layer, *rc::gen::element<uint32_t>(8, 16, 32));
    for (const TileEngine engine : {TileEngine::kColumns, TileEngine::kTwosColumns,
                                    TileEngine::kEssentialBits, TileEngine::kParallel}) {
      const std::vector<int32_t> sums = hw::tile_product(layer, weights, input, engine);
      RC_ASSERT(std::equal(expected.begin(), expected.end(), sums.begin(), sums.end()));
    }
  }));
}

TEST(TileProduct, holds_on_many_positions_and_groups_of_64) {
  const IntegerLayer layer = drawn(conv_layer(3, 70, 3, 20, 33), 7);
  const IntegerActivations input = random_input(layer, 3);
  GroupLayout layout = group_layout({3, 70, 9}, 32);
  layout.group = 64;
  const std::vector<int64_t> expected = reference::convolve(layer, input);
  const std::vector<int32_t> sums =
      hw::tile_product(layer, group_order(layer.weights, layout), input, TileEngine::kColumns);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), sums.begin(), sums.end()));
}

TEST(TileProduct, holds_for_dilated_kernels) {
  IntegerLayer layer = drawn(conv_layer(2, 9, 3, 7, 7), 7);
  layer.shape.dilation_y = layer.shape.dilation_x = layer.shape.pad_top = layer.shape.pad_left = 2;
  const IntegerActivations input = random_input(layer, 3);
  const std::vector<int64_t> expected = reference::convolve(layer, input);
  const std::vector<int32_t> sums = hw::tile_product(layer, grouped(layer, 8), input, TileEngine::kColumns);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), sums.begin(), sums.end()));
}

// 140,000 times 127 times -128 is beyond 32 bits, at the last output channel alone.
TEST(TileProduct, says_where_an_accumulator_overflows) {
  IntegerLayer layer = filled(linear_layer(3, 140000, 2),
                              [](uint64_t k, uint64_t, uint64_t, uint64_t) { return k == 2 ? 127 : 1; });
  layer.name = "classifier";
  IntegerActivations input;
  input.codes.assign(280000, 1);
  std::fill(input.codes.begin() + 140000, input.codes.end(), int8_t{-128});
  try {
    hw::tile_product(layer, grouped(layer, 32), input, TileEngine::kColumns);
    FAIL() << "no overflow";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("layer 'classifier'"));
    EXPECT_THAT(error.what(), testing::HasSubstr("output channel 2, row 0, column 1 overflows"));
  }
  std::fill(input.codes.begin(), input.codes.end(), int8_t{100});
  EXPECT_EQ(hw::tile_product(layer, grouped(layer, 32), input, TileEngine::kColumns)[4], 140000 * 127 * 100);
}

TEST(TileProduct, knows_narrower_accumulators) {
  IntegerLayer layer = filled(linear_layer(1, 8, 1), [](auto...) { return 100; });
  IntegerActivations input;
  input.codes.assign(8, 41);
  EXPECT_THROW(hw::tile_product(layer, grouped(layer, 8), input, TileEngine::kColumns, 16), InputError);
  EXPECT_THROW(hw::step_bit_columns(layer, grouped(layer, 8), {8, 16, 32, 256, 1024}, {}, input, 128, 16),
               InputError);
  input.codes.assign(8, 40);
  EXPECT_EQ(hw::tile_product(layer, grouped(layer, 8), input, TileEngine::kColumns, 16)[0], 32000);
}

TEST(TileProduct, refuses_activations_of_another_size) {
  EXPECT_THROW(
      hw::tile_product(linear_layer(1, 8, 1), grouped(linear_layer(1, 8, 1), 8), {}, TileEngine::kColumns),
      InputError);
}

}  // namespace
}  // namespace nonzero::test
