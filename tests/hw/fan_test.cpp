#include "nonzero/hw/reduction/fan.h"

#include <gtest/gtest.h>

#include "hw/groupings.h"
#include "hw/reduction_twins.h"
#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

void expect_equal_to_twin(const std::vector<int32_t>& vec, const std::vector<float>& products) {
  const Fan fan(static_cast<uint32_t>(vec.size()));
  const FanPlan plan = fan.plan(vec);
  const auto sums = Fan::reduce(plan, products);
  twin::Fan twin;
  const auto emissions = twin.run(vec, products);
  const std::string shown = testing::PrintToString(vec);
  ASSERT_EQ(plan.groups.size(), emissions.size()) << shown;
  uint64_t lanes = 0;
  for (size_t g = 0; g < plan.groups.size(); ++g) {
    const FanGroup& group = plan.groups[g];
    const auto& emission = emissions.at(group.lanes.id);
    ASSERT_EQ(sums[g], emission.token.value) << shown;
    ASSERT_EQ(group.latency, emission.cycle) << shown;
    ASSERT_EQ(group.output_lane, emission.place) << shown;
    lanes += group.lanes.size();
  }
  const FanActivity activity = Fan::activity(plan);
  ASSERT_EQ(activity.additions, twin.additions) << shown;
  ASSERT_EQ(activity.additions, Fan::additions(lanes, plan.groups.size())) << shown;
  ASSERT_EQ(activity.bypasses, twin.bypassed) << shown;
  ASSERT_EQ(activity.forwarding_links, twin.forwarded) << shown;
}

TEST(Fan, lanes_must_be_a_power_of_two_and_groups_contiguous) {
  EXPECT_THROW(Fan(0), InputError);
  EXPECT_THROW(Fan(1), InputError);
  EXPECT_THROW(Fan(24), InputError);
  const Fan fan(4);
  EXPECT_THROW((void)fan.plan(std::vector<int32_t>{0, 0, 0}), InputError);
  EXPECT_THROW((void)fan.plan(std::vector<int32_t>{0, 1, 0, 1}), InputError);
  EXPECT_THROW((void)fan.plan(std::vector<int32_t>{0, -1, 0, 1}), InputError);
  EXPECT_THROW((void)fan.plan(std::vector<int32_t>{0, 0, -2, 1}), InputError);
  EXPECT_THROW((void)Fan::reduce(fan.plan(std::vector<int32_t>{0, 0, 1, 1}), std::vector<float>(3)),
               InputError);
}

// SIGMA counts the links it adds to a plain tree.
TEST(Fan, has_the_forwarding_links_of_the_paper) {
  const std::vector<uint64_t> expected = {2, 8, 22, 52, 114, 240, 494};
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(Fan(8U << i).forwarding_links(), expected[i]) << (8U << i);
  EXPECT_EQ(Fan(4).forwarding_links(), 0U);
  EXPECT_EQ(Fan(8).tree_links(), 6U);
  EXPECT_EQ(Fan(512).tree_links(), 510U);
}

// lanes    0 1 2 3 4 5 6 7
// groups   a a a b b b b b     a: adders 0, 1 (left 0, right lane 2)
//                              b: adders 3 (lane 3 over the nearest link, right 5), 4, 5, 6
TEST(Fan, a_group_forwards_past_adders_of_others) {
  const FanPlan plan = Fan(8).plan(std::vector<int32_t>{0, 0, 0, 1, 1, 1, 1, 1});
  EXPECT_FALSE(plan.adders[2].enabled);
  EXPECT_EQ(plan.groups[0].root, 1);
  EXPECT_EQ(plan.groups[0].latency, 2U);
  EXPECT_EQ(plan.groups[1].root, 3);
  EXPECT_EQ(plan.groups[1].latency, 3U);
  EXPECT_EQ(plan.adders[3].left.kind, FanSource::Kind::kLane);
  EXPECT_EQ(plan.adders[3].left.link, 1U);
  EXPECT_EQ(plan.adders[3].right.kind, FanSource::Kind::kAdder);
  EXPECT_EQ(plan.adders[3].right.index, 5U);
  const FanActivity activity = Fan::activity(plan);
  EXPECT_EQ(activity.additions, 6U);
  EXPECT_EQ(activity.bypasses, 2U);  // lanes 2 and 3
  EXPECT_EQ(activity.forwarding_links, 1U);
}

TEST(Fan, emits_a_group_at_root_level_plus_one_on_the_lane_of_its_root) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    const Fan fan(64);
    for (const FanGroup& group : fan.plan(random_grouping(64, random)).groups) {
      if (group.root < 0) continue;
      const auto root = static_cast<uint32_t>(group.root);
      ASSERT_EQ(group.latency, fan.level_of(root) + 1);
      for (uint32_t adder = group.lanes.first; adder < group.lanes.last; ++adder)
        ASSERT_TRUE(adder == root || fan.level_of(adder) < fan.level_of(root));
    }
  }
}

// So a lane never emits twice in one cycle even where the grouping changes every step.
TEST(Fan, a_lane_emits_at_one_latency_whatever_the_grouping) {
  for (const uint32_t lanes : {4U, 8U, 16U}) {
    std::vector<uint32_t> latency(lanes, 0);
    for_each_grouping(lanes, [&](const std::vector<int32_t>& vec) {
      std::vector<bool> busy(lanes, false);
      for (const FanGroup& group : Fan(lanes).plan(vec).groups) {
        ASSERT_FALSE(busy[group.output_lane]);
        busy[group.output_lane] = true;
        uint32_t& fixed = latency[group.output_lane];
        ASSERT_TRUE(fixed == 0 || fixed == group.latency);
        fixed = group.latency;
      }
    });
  }
}

TEST(Fan, every_grouping_of_4_8_and_16_lanes_equals_the_twin) {
  Random random(2);
  for (const uint32_t lanes : {2U, 4U, 8U, 16U}) {
    const auto products = random_products(lanes, random);
    for_each_grouping(lanes, [&](const std::vector<int32_t>& vec) {
      ASSERT_NO_FATAL_FAILURE(expect_equal_to_twin(vec, products));
    });
  }
}

TEST(Fan, random_groupings_with_idle_lanes_equal_the_twin_to_512_lanes) {
  Random random(3);
  for (uint32_t lanes = 2; lanes <= 512; lanes *= 2)
    for (int i = 0; i < 60; ++i)
      ASSERT_NO_FATAL_FAILURE(
          expect_equal_to_twin(random_grouping(lanes, random), random_products(lanes, random)));
}

// Mutation: SIGMA's controller writing one wrong vecID.
TEST(Fan, one_wrong_group_id_changes_a_sum) {
  const std::vector<float> products = {1, 2, 4, 8, 16, 32, 64, 128};
  const Fan fan(8);
  const auto right = Fan::reduce(fan.plan(std::vector<int32_t>{0, 0, 0, 1, 1, 2, 2, 2}), products);
  const auto wrong = Fan::reduce(fan.plan(std::vector<int32_t>{0, 0, 1, 1, 1, 2, 2, 2}), products);
  EXPECT_EQ(right, (std::vector<float>{7, 24, 224}));
  EXPECT_NE(right, wrong);
}

}  // namespace
}  // namespace nonzero::hw
