#include "nonzero/hw/reduction/art.h"

#include <gtest/gtest.h>

#include "hw/groupings.h"
#include "hw/reduction_twins.h"
#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

void expect_equal_to_twin(const std::vector<int32_t>& vec, const std::vector<float>& products) {
  const Art art(static_cast<uint32_t>(vec.size()));
  const ArtPlan plan = art.plan(vec);
  const auto sums = Art::reduce(plan, products);
  twin::Art twin;
  const auto emissions = twin.run(vec, products);
  const std::string shown = testing::PrintToString(vec);
  ASSERT_EQ(plan.groups.size(), emissions.size()) << shown;
  uint64_t lanes = 0;
  for (size_t g = 0; g < plan.groups.size(); ++g) {
    const ArtGroup& group = plan.groups[g];
    const auto& emission = emissions.at(group.lanes.id);
    ASSERT_EQ(sums[g], emission.token.value) << shown;
    ASSERT_EQ(group.latency, emission.cycle) << shown;
    ASSERT_EQ(group.node, emission.place) << shown;
    ASSERT_LE(group.latency, art.drain_cycles()) << shown;
    lanes += group.lanes.size();
  }
  const ArtActivity activity = Art::activity(plan);
  ASSERT_EQ(activity.additions, twin.additions) << shown;
  ASSERT_EQ(activity.additions, Art::additions(lanes, plan.groups.size())) << shown;
  ASSERT_EQ(activity.lateral_links, twin.sideways) << shown;
  for (const auto& level : plan.levels)
    for (size_t i = 0; i < level.size(); ++i) {
      const bool has_lateral_link = i > 0 && i + 1 < level.size();
      ASSERT_LE(level[i].additions, has_lateral_link ? 2U : 1U) << shown;
    }
}

TEST(Art, lanes_must_be_a_power_of_two_and_groups_contiguous) {
  EXPECT_THROW(Art(0), InputError);
  EXPECT_THROW(Art(6), InputError);
  EXPECT_THROW((void)Art(4).plan(std::vector<int32_t>{0, 1, 0, 1}), InputError);
  EXPECT_THROW((void)Art(4).plan(std::vector<int32_t>{0, 1}), InputError);
}

// level 1 has lanes/2 nodes, all but the two outer ones with a lateral link; and so on up.
TEST(Art, nodes_with_a_lateral_link_are_three_input_adders) {
  EXPECT_EQ(Art(4).three_input_adders(), 0U);
  EXPECT_EQ(Art(8).three_input_adders(), 2U);
  EXPECT_EQ(Art(16).three_input_adders(), 6U + 2U);
  EXPECT_EQ(Art(16).two_input_adders(), 7U);
  EXPECT_EQ(Art(16).lateral_links(), 4U);
}

// Groups of 3, 2 and 3 lanes: the middle one completes over the lateral link.
//   level 1   [0 1] [2 | 3] === [4 | 5] [6 7]
TEST(Art, a_group_between_two_nodes_completes_sideways_at_level_1) {
  const ArtPlan plan = Art(8).plan(std::vector<int32_t>{0, 0, 0, 1, 1, 2, 2, 2});
  EXPECT_EQ(plan.groups[0].latency, 2U);
  EXPECT_EQ(plan.groups[1].latency, 1U);
  EXPECT_EQ(plan.groups[2].latency, 2U);
  EXPECT_EQ(plan.levels[0][1].mode, ArtNode::Mode::kSide);
  EXPECT_EQ(plan.levels[0][2].mode, ArtNode::Mode::kAddAndSide);
  EXPECT_EQ(Art::activity(plan).lateral_links, 1U);
  EXPECT_EQ(Art::reduce(plan, std::vector<float>{1, 2, 4, 8, 16, 32, 64, 128}),
            (std::vector<float>{7, 24, 224}));
}

// Node 2 adds lanes 4 and 5 and lane 3, which node 1 hands over.
//   level 1   [0 0] [0 | 1] === [1 1] [2 2]
TEST(Art, a_node_adds_its_children_and_the_item_from_the_side_as_two_additions) {
  const ArtPlan plan = Art(8).plan(std::vector<int32_t>{0, 0, 0, 1, 1, 1, 2, 2});
  EXPECT_EQ(plan.levels[0][2].mode, ArtNode::Mode::kAdd3);
  EXPECT_EQ(plan.groups[1].latency, 1U);
  const ArtActivity activity = Art::activity(plan);
  EXPECT_EQ(activity.three_input_additions, 1U);
  EXPECT_EQ(activity.additions, 5U);
}

TEST(Art, every_grouping_of_4_8_and_16_lanes_equals_the_twin) {
  Random random(1);
  for (const uint32_t lanes : {2U, 4U, 8U, 16U}) {
    const auto products = random_products(lanes, random);
    for_each_grouping(lanes, [&](const std::vector<int32_t>& vec) {
      ASSERT_NO_FATAL_FAILURE(expect_equal_to_twin(vec, products));
    });
  }
}

TEST(Art, random_groupings_with_idle_lanes_equal_the_twin_to_512_lanes) {
  Random random(2);
  for (uint32_t lanes = 2; lanes <= 512; lanes *= 2)
    for (int i = 0; i < 60; ++i)
      ASSERT_NO_FATAL_FAILURE(
          expect_equal_to_twin(random_grouping(lanes, random), random_products(lanes, random)));
}

}  // namespace
}  // namespace nonzero::hw
