#include "nonzero/hw/reduction/linear.h"

#include <gtest/gtest.h>

#include "hw/groupings.h"
#include "hw/reduction_twins.h"
#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

TEST(LinearReduction, drains_in_as_many_cycles_as_it_has_lanes) {
  EXPECT_EQ(LinearReduction(128).drain_cycles(), 128U);
  EXPECT_EQ(LinearReduction::latency(127), 128U);
  EXPECT_THROW(LinearReduction(3), InputError);
  EXPECT_THROW((void)LinearReduction(4).reduce(std::vector<int32_t>{0, 1, 0, 1}, std::vector<float>(4)),
               InputError);
  EXPECT_THROW((void)LinearReduction(4).reduce(std::vector<int32_t>{0, 1, 1, 1}, std::vector<float>(3)),
               InputError);
}

TEST(LinearReduction, random_groupings_equal_the_twin) {
  Random random(1);
  for (uint32_t lanes = 2; lanes <= 256; lanes *= 2) {
    for (int i = 0; i < 40; ++i) {
      const auto vec = random_grouping(lanes, random);
      const auto products = random_products(lanes, random);
      const auto sums = LinearReduction(lanes).reduce(vec, products);
      const auto groups = contiguous_groups(vec, "a linear reduction");
      const auto emissions = twin::Linear::run(vec, products);
      ASSERT_EQ(sums.size(), emissions.size());
      for (size_t g = 0; g < groups.size(); ++g) {
        const auto& emission = emissions.at(groups[g].id);
        ASSERT_EQ(sums[g], emission.token.value);
        ASSERT_EQ(emission.cycle, LinearReduction::latency(groups[g].last));
      }
    }
  }
}

}  // namespace
}  // namespace nonzero::hw
