#include "nonzero/hw/reduction/mrn.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "hw/mrn_twin.h"
#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero::hw {
namespace {

using Sizes = std::vector<uint32_t>;

std::vector<double> random_values(uint32_t leaves, Random& random) {
  std::vector<double> values(leaves);
  for (double& value : values) value = random.normal();
  return values;
}

void expect_equal_to_twin(uint32_t leaves, const Sizes& sizes, uint32_t bandwidth, Random& random) {
  const Mrn mrn(leaves, bandwidth);
  const MrnRoute route = mrn.route(sizes);  // throws where a node would hold two items
  const std::vector<double> values = random_values(leaves, random);
  std::vector<double> sums(sizes.size()), scratch;
  Mrn::reduce<double>(route, values, scratch, sums);
  twin::Mrn twin;
  twin.run(leaves, sizes, values, bandwidth);

  const std::string shown = testing::PrintToString(sizes);
  ASSERT_EQ(twin.items_kept_too_many, 0U) << shown;
  ASSERT_EQ(twin.sums.size(), sizes.size()) << shown;
  ASSERT_EQ(mrn.cycles(route), twin.cycles) << shown;
  uint64_t additions = 0, complete = 0;
  for (const MrnLevel& level : route.levels) {
    additions += level.additions;
    complete += level.sums;
    ASSERT_EQ(level.additions, level.add + level.add3 + level.lateral) << shown;
    ASSERT_LE(level.add3, level.lateral) << shown;
  }
  const uint64_t used = std::accumulate(sizes.begin(), sizes.end(), uint64_t{0});
  ASSERT_EQ(additions, twin.additions) << shown;
  ASSERT_EQ(additions, used - sizes.size()) << shown;
  ASSERT_EQ(complete, sizes.size()) << shown;
  for (uint32_t c = 0; c < sizes.size(); ++c) {
    const auto& sum = twin.sums.at(c);
    ASSERT_EQ(sums[c], sum.item.value) << shown;
    ASSERT_EQ(route.clusters[c].level, sum.level) << shown;
    ASSERT_EQ(route.clusters[c].node, sum.node) << shown;
    std::vector<uint32_t> summed = sum.item.leaves, expected(sizes[c]);
    std::sort(summed.begin(), summed.end());
    std::iota(expected.begin(), expected.end(), route.clusters[c].first);
    ASSERT_EQ(summed, expected) << shown;
  }
}

//   leaves  0 1 2 3 4 5 6 7
//           a a a b b c c c        3 and 4 have different parents, nodes 1 and 2, which share a link
TEST(Mrn, a_cluster_between_two_parents_completes_over_the_lateral_link) {
  const MrnRoute route = Mrn(8, 16).route(Sizes{3, 2, 3});
  EXPECT_EQ(route.clusters[0].level, 2U);
  EXPECT_EQ(route.clusters[1].level, 1U);
  EXPECT_EQ(route.clusters[2].level, 2U);
  EXPECT_EQ(route.levels[0], (MrnLevel{0, 2, 0, 2, 3, 1, 1}));
  EXPECT_EQ(route.levels[1], (MrnLevel{0, 2, 0, 0, 2, 0, 2}));
  EXPECT_EQ(route.levels[2], MrnLevel{});
}

//   leaves  0 1 2 3 4 5 6 7
//           a a a b b b c c        3 goes sideways to 4 + 5: three are added
//           a b b b c c c c        1 waits at node 0 and meets 2 + 3 at level 2
TEST(Mrn, adds_three_where_the_neighbour_sends_its_item) {
  EXPECT_EQ(Mrn(8, 16).route(Sizes{3, 3, 2}).levels[0], (MrnLevel{0, 2, 1, 1, 4, 1, 2}));
  EXPECT_EQ(Mrn(8, 16).route(Sizes{1, 3, 4}).levels[0].lateral, 0U);
}

TEST(Mrn, leaves_beyond_the_clusters_are_off) {
  const MrnRoute route = Mrn(8, 16).route(Sizes{3});
  EXPECT_EQ(route.levels[0], (MrnLevel{1, 1, 0, 0, 1, 0, 0}));
  EXPECT_EQ(route.levels[1], (MrnLevel{0, 1, 0, 0, 1, 0, 1}));
  const MrnRoute nothing = Mrn(8, 16).route(Sizes{});
  EXPECT_EQ(Mrn(8, 16).cycles(nothing), 0U);
}

TEST(Mrn, refuses_wrong_sizes) {
  EXPECT_THROW(Mrn(0, 1), InputError);
  EXPECT_THROW(Mrn(12, 1), InputError);
  EXPECT_THROW(Mrn(8, 0), InputError);
  EXPECT_THROW((void)Mrn(8, 1).route(Sizes{4, 0, 4}), InputError);
  EXPECT_THROW((void)Mrn(8, 1).route(Sizes{4, 5}), InputError);
  std::vector<double> scratch, sums(1);
  const MrnRoute route = Mrn(4, 1).route(Sizes{4});
  EXPECT_THROW(Mrn::reduce<double>(route, std::vector<double>(3), scratch, sums), InputError);
}

// Bit i of the counter cuts between leaves i and i + 1.
TEST(Mrn, routes_every_partition_of_up_to_16_leaves) {
  Random random(1);
  for (const uint32_t leaves : {2U, 4U, 8U, 16U}) {
    uint64_t partitions = 0;
    for (uint32_t cuts = 0; cuts < uint32_t{1} << (leaves - 1); ++cuts, ++partitions) {
      Sizes sizes = {1};
      for (uint32_t leaf = 1; leaf < leaves; ++leaf) {
        if ((cuts >> (leaf - 1) & 1) != 0) sizes.push_back(0);
        ++sizes.back();
      }
      expect_equal_to_twin(leaves, sizes, 1 + cuts % 7, random);
      if (HasFatalFailure()) return;
    }
    EXPECT_EQ(partitions, uint64_t{1} << (leaves - 1));
  }
}

RC_GTEST_PROP(Mrn, routes_any_partition_of_32_to_128_leaves_with_leaves_off, (uint64_t seed)) {
  Random random(seed);
  const uint32_t leaves = 32U << random.below(3);
  const double cut = random.unit();
  Sizes sizes = {1};
  const auto used = static_cast<uint32_t>(1 + random.below(leaves));
  for (uint32_t leaf = 1; leaf < used; ++leaf) {
    if (random.chance(cut)) sizes.push_back(0);
    ++sizes.back();
  }
  expect_equal_to_twin(leaves, sizes, 1 + static_cast<uint32_t>(random.below(20)), random);
}

TEST(Mrn, sixty_four_lone_leaves_need_four_cycles_of_sixteen_sums) {
  const Mrn mrn(64, 16);
  EXPECT_EQ(mrn.cycles(mrn.route(Sizes(64, 1))), 4U);
  EXPECT_EQ(mrn.cycles(mrn.route(Sizes{64})), 6U);
  EXPECT_EQ(mrn.output_cycles(65), 5U);
  EXPECT_EQ(mrn.drain_cycles(), 6U);
}

}  // namespace
}  // namespace nonzero::hw
