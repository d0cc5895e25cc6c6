#include "nonzero/hw/vector/sore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nonzero/base/random.h"
#include "nonzero/hw/vector/vector_unit.h"

namespace nonzero::hw {
namespace {

using testing::ElementsAre;
using testing::Pair;

// specs/sat, "Trace".
TEST(Sore, the_trace_of_one_group) {
  SoreLane lane({2, 8});
  const std::vector<std::vector<uint32_t>> kept = {{0},    {0, 1}, {1, 2}, {1, 2},
                                                   {1, 2}, {1, 2}, {1, 6}, {6, 7}};
  const std::vector<float> values = {3, -7, 7, 1, -2, 7, -9, 9};
  for (size_t i = 0; i < values.size(); ++i) {
    lane.take(values[i]);
    EXPECT_EQ(lane.indices(), kept[i]) << "after input " << i;
  }
  EXPECT_THAT(lane.emit(), ElementsAre(Pair(-9.0F, 6U), Pair(9.0F, 7U)));
  EXPECT_TRUE(lane.indices().empty());
}

// Acceptance 3. Small whole numbers, so that ties are common.
TEST(Sore, equals_the_stable_top_n) {
  Random random(5);
  for (const NmRatio ratio :
       {NmRatio{1, 4}, NmRatio{2, 4}, NmRatio{1, 8}, NmRatio{2, 8}, NmRatio{4, 8}, NmRatio{2, 16}}) {
    SoreLane lane(ratio);
    for (int group = 0; group < 3000; ++group) {
      std::vector<float> values(ratio.m);
      for (float& v : values) v = static_cast<float>(random.below(9)) - 4;
      for (const float v : values) lane.take(v);
      const NmCompact expected = nm_compress(values, {1, ratio.m, 1}, ratio);
      const auto emitted = lane.emit();
      ASSERT_EQ(emitted.size(), ratio.n);
      for (uint32_t i = 0; i < ratio.n; ++i) {
        ASSERT_EQ(emitted[i].first, expected.values[i]);
        ASSERT_EQ(emitted[i].second, expected.indices[i]);
      }
    }
  }
}

TEST(Sore, cycles_are_m_per_round_of_lanes) {
  EXPECT_EQ(sore_cycles(1, 32, {2, 8}), 8U);
  EXPECT_EQ(sore_cycles(32, 32, {2, 8}), 8U);
  EXPECT_EQ(sore_cycles(33, 32, {2, 8}), 16U);
  EXPECT_EQ(sore_cycles(0, 32, {2, 8}), 0U);
}

// conv 128 -> 128, 3 x 3: 147,456 weights, engine 4,624, SORE 9,216, memory 10,526 at 268.8 B/cycle.
TEST(WeightUpdate, golden_cycles_of_a_3x3_conv) {
  EXPECT_EQ(weight_update_cycles(147456, 32, 16), 4624U);
  EXPECT_EQ(sore_cycles(2 * 18432, 32, {2, 8}), 9216U);
  EXPECT_EQ(memory_cycles(2829312, 268.8), 10526U);
  const EngineCycles both = beside_memory(9216, 10526);
  EXPECT_EQ(both.stream, 9216U);
  EXPECT_EQ(both.stall_memory, 1310U);
}

}  // namespace
}  // namespace nonzero::hw
