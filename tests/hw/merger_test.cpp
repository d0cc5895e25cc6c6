#include "nonzero/hw/reduction/merger.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "hw/merge_twin.h"
#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero::hw {
namespace {

using Twin = twin::MergeTree<int64_t>;

struct Fibers {
  std::vector<std::vector<uint32_t>> coordinates;
  std::vector<std::vector<int64_t>> values;

  void add(const std::vector<uint32_t>& fiber) {
    coordinates.push_back(fiber);
    values.emplace_back();
    for (size_t i = 0; i < fiber.size(); ++i)
      values.back().push_back(static_cast<int64_t>(100 * coordinates.size() + i));
  }
  [[nodiscard]] std::vector<FiberView<int64_t>> views() const {
    std::vector<FiberView<int64_t>> result;
    for (size_t i = 0; i < coordinates.size(); ++i) result.push_back({coordinates[i], values[i]});
    return result;
  }
  [[nodiscard]] std::vector<std::span<const uint32_t>> patterns() const {
    return {coordinates.begin(), coordinates.end()};
  }
  [[nodiscard]] std::vector<Twin::Fiber> tokens() const {
    std::vector<Twin::Fiber> result(coordinates.size());
    for (size_t f = 0; f < coordinates.size(); ++f)
      for (size_t i = 0; i < coordinates[f].size(); ++i)
        result[f].push_back({coordinates[f][i], values[f][i]});
    return result;
  }
};

// Fibers that spread over all columns or lie in bands of their own, dense or thin, some of them empty.
Fibers random_fibers(Random& random, size_t leaves, uint32_t columns) {
  Fibers fibers;
  const size_t count = 1 + random.below(leaves);
  const double density = random.chance(0.3) ? 1 : random.unit(),
               band = random.chance(0.5) ? 1 : random.unit();
  for (size_t f = 0; f < count; ++f) {
    std::vector<uint32_t> fiber;
    const auto width = static_cast<uint32_t>(band * columns) + 1;
    const auto begin = static_cast<uint32_t>(random.below(columns));
    for (uint32_t c = begin; c < std::min(columns, begin + width); ++c)
      if (random.chance(density)) fiber.push_back(c);
    fibers.add(random.chance(0.1) ? std::vector<uint32_t>{} : fiber);
  }
  return fibers;
}

void expect_union_and_counts(const Fibers& fibers, Merger<int64_t>& merger, MergeCounter& counter,
                             const std::function<bool(size_t)>& arrives) {
  Twin twin;
  twin.run(fibers.tokens(), arrives);
  MergeCounts counts;
  const FiberView<int64_t> merged = merger.merge(fibers.views(), counts);
  ASSERT_EQ(merged.coordinates.size(), twin.merged.size());
  for (size_t i = 0; i < twin.merged.size(); ++i) {
    ASSERT_EQ(merged.coordinates[i], twin.merged[i].first);
    ASSERT_EQ(merged.values[i], twin.merged[i].second);
  }
  ASSERT_EQ(counts.comparisons, twin.comparisons);
  ASSERT_EQ(counts.additions, twin.additions);
  ASSERT_EQ(counts.forwards, twin.forwards);
  ASSERT_EQ(counts.outputs, twin.merged.size());
  ASSERT_EQ(counts.inputs, counts.outputs + counts.additions);

  ASSERT_EQ(counter.count(fibers.patterns()), counts);
  std::span<const uint32_t> pattern;
  ASSERT_EQ(counter.count(fibers.patterns(), pattern), counts);
  ASSERT_TRUE(
      std::equal(pattern.begin(), pattern.end(), merged.coordinates.begin(), merged.coordinates.end()));
}

// Rows 0, 1 and 3 of the walk-through's B:
//   level 1   {1,2} and {0,2} -> {0,1,2}: 3 comparisons, 1 addition; {0,1,2} is alone: 3 forwards
//   level 2   {0,1,2} and {0,1,2}: 3 comparisons, 3 additions
TEST(Merger, adds_equal_coordinates_and_keeps_the_order) {
  Fibers fibers;
  fibers.add({1, 2});
  fibers.add({0, 2});
  fibers.add({0, 1, 2});
  Merger<int64_t> merger(4);
  MergeCounts counts;
  const auto merged = merger.merge(fibers.views(), counts);
  EXPECT_EQ(std::vector<uint32_t>(merged.coordinates.begin(), merged.coordinates.end()),
            (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_EQ(std::vector<int64_t>(merged.values.begin(), merged.values.end()),
            (std::vector<int64_t>{200 + 300, 100 + 301, 101 + 201 + 302}));
  EXPECT_EQ(counts, (MergeCounts{7, 3, 3 + 3, 1 + 3, 3}));
}

TEST(Merger, keeps_a_sum_that_is_zero) {
  const std::vector<uint32_t> at = {5};
  const std::vector<double> one = {1.5}, minus_one = {-1.5};
  Merger<double> merger(2);
  MergeCounts counts;
  const std::vector<FiberView<double>> fibers = {{at, one}, {at, minus_one}};
  const auto merged = merger.merge(fibers, counts);
  ASSERT_EQ(merged.coordinates.size(), 1U);
  EXPECT_EQ(merged.values[0], 0);
}

TEST(Merger, forwards_the_longer_side_without_comparing) {
  Fibers fibers;
  fibers.add({0});
  fibers.add({1, 2, 3, 4});
  Merger<int64_t> merger(2);
  MergeCounts counts;
  (void)merger.merge(fibers.views(), counts);
  EXPECT_EQ(counts, (MergeCounts{5, 5, 1, 0, 4}));
}

TEST(Merger, of_nothing_is_nothing) {
  Merger<int64_t> merger(4);
  MergeCounter counter(4, 10);
  MergeCounts counts;
  EXPECT_TRUE(merger.merge({}, counts).coordinates.empty());
  EXPECT_EQ(counter.count({}), MergeCounts{});
  EXPECT_EQ(counts, MergeCounts{});
}

TEST(Merger, refuses_leaves_that_are_no_power_of_two_and_more_fibers_than_leaves) {
  EXPECT_THROW(Merger<double>(0), InputError);
  EXPECT_THROW(Merger<double>(1), InputError);
  EXPECT_THROW(MergeCounter(12, 5), InputError);
  Fibers fibers;
  for (uint32_t i = 0; i < 3; ++i) fibers.add({i});
  Merger<int64_t> merger(2);
  MergeCounts counts;
  EXPECT_THROW((void)merger.merge(fibers.views(), counts), InputError);
  EXPECT_THROW((void)MergeCounter(2, 5).count(fibers.patterns()), InputError);
}

TEST(Merger, equals_the_tree_of_nodes_cycle_by_cycle_whatever_the_gaps_on_its_inputs) {
  Random random(7);
  for (const uint32_t leaves : {2U, 4U, 8U, 64U}) {
    Merger<int64_t> merger(leaves);
    MergeCounter counter(leaves, 300);
    for (int i = 0; i < 60; ++i) {
      const double gaps = random.chance(0.3) ? 0 : random.unit() * 0.9;
      const Fibers fibers = random_fibers(random, leaves, 1 + static_cast<uint32_t>(random.below(300)));
      expect_union_and_counts(fibers, merger, counter, [&](size_t) { return !random.chance(gaps); });
    }
  }
}

RC_GTEST_PROP(Merger, equals_the_tree_on_any_fibers, (uint64_t seed)) {
  Random random(seed);
  const auto leaves = uint32_t{2} << *rc::gen::inRange(0, 6);
  const auto columns = *rc::gen::inRange<uint32_t>(1, 120);
  Merger<int64_t> merger(leaves);
  MergeCounter counter(leaves, columns);
  expect_union_and_counts(random_fibers(random, leaves, columns), merger, counter,
                          [&](size_t) { return random.chance(0.7); });
}

TEST(Merger, without_gaps_sends_an_element_per_cycle_and_ends_after_levels_and_union) {
  Random random(3);
  for (int i = 0; i < 100; ++i) {
    const Fibers fibers = random_fibers(random, 32, 100);
    Twin twin;
    twin.run(fibers.tokens(), [](size_t) { return true; });
    ASSERT_EQ(twin.cycles, merge_levels(fibers.coordinates.size()) + twin.merged.size());
  }
}

// At most `bandwidth` tokens per cycle: no tree is faster than merge_cycles.
RC_GTEST_PROP(Merger, is_never_faster_than_its_bandwidths, (uint64_t seed)) {
  Random random(seed);
  const Fibers fibers = random_fibers(random, 16, 60);
  const auto bandwidth = *rc::gen::inRange<uint64_t>(1, 8);
  uint64_t cycle = 0, sent = 0, inputs = 0;
  Twin twin;
  twin.run(fibers.tokens(), [&](size_t) {
    if (cycle != twin.cycles) sent = 0;
    cycle = twin.cycles;
    return sent++ < bandwidth;
  });
  for (const auto& fiber : fibers.coordinates) inputs += fiber.size();
  RC_ASSERT(twin.cycles >= merge_cycles(inputs, twin.merged.size(), bandwidth));
}

}  // namespace
}  // namespace nonzero::hw
