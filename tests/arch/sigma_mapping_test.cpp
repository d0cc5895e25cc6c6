#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "arch/sigma_twin.h"
#include "nonzero/arch/sigma/sides.h"
#include "support/matrices.h"

namespace nonzero::sigma {
namespace {

Streaming streaming_of(const Csr& streaming, const Bitmap& columns) {
  Streaming s;
  s.steps = streaming.columns;
  for (uint64_t k = 0; k < streaming.rows; ++k)
    s.row_counts.push_back(static_cast<uint32_t>(streaming.offsets[k + 1] - streaming.offsets[k]));
  s.rows_csr = &streaming;
  s.columns = &columns;
  return s;
}

void expect_equal(const Mapping& found, const Mapping& expected) {
  RC_ASSERT(found.slab_ones == expected.slab_ones);
  RC_ASSERT(found.ones == expected.ones);
  RC_ASSERT(found.segments == expected.segments);
  RC_ASSERT(found.rows_mapped == expected.rows_mapped);
  RC_ASSERT(found.useful == expected.useful);
  RC_ASSERT(found.streamed_words == expected.streamed_words);
  RC_ASSERT(found.stall_steps == expected.stall_steps);
}

Config random_config() {
  Config config;
  config.multipliers_per_dpe = int64_t{1} << *rc::gen::inRange(1, 5);
  config.flex_dpes = *rc::gen::inRange(1, 5);
  if (*rc::gen::arbitrary<bool>()) config.stream_words = *rc::gen::inRange(1, 20);
  config.packing = *rc::gen::element(Packing::kSlab, Packing::kRowMajor);
  return config;
}

TEST(SigmaMapping, counts_equal_the_controller_followed_element_by_element) {
  EXPECT_TRUE(rc::check([] {
    const auto operands = *test::gen_operands(20);
    const Config config = random_config();
    const Bitmap columns = transpose(to_bitmap(operands.second));
    const Streaming streaming = streaming_of(operands.second, columns);
    const Mapping expected = test::slow_mapping(operands.first, operands.second, config);
    expect_equal(map_stationary(operands.first, streaming, config), expected);
    expect_equal(map_stationary(to_bitmap(operands.first), streaming, config), expected);
  }));
}

TEST(SigmaMapping, counts_from_words_equal_counts_from_runs_across_word_borders) {
  EXPECT_TRUE(rc::check([] {
    const uint64_t rows = *rc::gen::inRange(1, 8), k = *rc::gen::inRange(60, 260);
    const Csr stationary = *test::gen_csr(rows, k);
    const Csr streamed = *test::gen_csr(k, *rc::gen::inRange(1, 4));
    Config config = random_config();
    if (config.limits_streaming()) config.stream_words = *rc::gen::inRange(1, 300);
    const Bitmap columns = transpose(to_bitmap(streamed));
    const Streaming streaming = streaming_of(streamed, columns);
    expect_equal(map_stationary(to_bitmap(stationary), streaming, config),
                 map_stationary(stationary, streaming, config));
  }));
}

TEST(SigmaMapping, regor_drops_exactly_the_columns_that_no_streaming_word_meets) {
  const Csr stationary = test::draw({"1 2 3 4",  //
                                     "5 . 7 ."});
  const Csr streamed = test::draw({"1 .",    //
                                   ". .",    // k = 1 is empty: 2 drops
                                   ". 3",    //
                                   ". ."});  // k = 3 is empty: 4 drops
  const Mapping mapping =
      map_stationary(stationary, streaming_of(streamed, transpose(to_bitmap(streamed))), Config{});
  EXPECT_EQ(mapping.ones, 4U);
  EXPECT_EQ(mapping.useful, 4U);
}

TEST(SigmaMapping, segments_break_at_flex_dpes_and_folds) {
  const Csr stationary = test::draw({"1 1 1",  //
                                     "1 1 1"});
  const Csr streamed = test::draw({"1", "1", "1"});
  Config config;
  config.multipliers_per_dpe = 2;
  config.flex_dpes = 2;
  std::vector<std::vector<uint64_t>> seen;  // row, fold, first lane, ones
  map_stationary(stationary, streaming_of(streamed, transpose(to_bitmap(streamed))), config,
                 [&](const Segment& s) {
                   seen.push_back({s.row, s.fold, s.first_lane, s.ones});
                 });
  const std::vector<std::vector<uint64_t>> expected = {
      {0, 0, 0, 2}, {0, 0, 2, 1}, {1, 0, 3, 1}, {1, 1, 0, 2}};
  EXPECT_EQ(seen, expected);
}

}  // namespace
}  // namespace nonzero::sigma
