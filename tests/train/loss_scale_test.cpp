#include "train/loss_scale.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nonzero::test {
namespace {

using train::LossScale;

TEST(LossScale, halves_at_an_overflow_and_begins_to_count_good_steps_anew) {
  LossScale scale{LossScale::kFirst, 1999, 0, 0};
  EXPECT_TRUE(scale.overflowed());
  EXPECT_EQ(scale.scale, 32768);
  EXPECT_EQ(scale.skipped, 1U);
  scale.good_step();
  EXPECT_EQ(scale.scale, 32768);
}

TEST(LossScale, doubles_after_2000_good_steps) {
  LossScale scale{1024, 0, 0, 0};
  for (int step = 0; step < 1999; ++step) scale.good_step();
  EXPECT_EQ(scale.scale, 1024);
  scale.good_step();
  EXPECT_EQ(scale.scale, 2048);
}

TEST(LossScale, gives_up_at_the_50th_overflow_in_a_row) {
  LossScale scale{LossScale::kFirst, 0, 0, 0};
  for (int step = 0; step < 49; ++step) ASSERT_TRUE(scale.overflowed()) << step;
  scale.good_step();
  for (int step = 0; step < 49; ++step) ASSERT_TRUE(scale.overflowed()) << step;
  EXPECT_FALSE(scale.overflowed());
}

}  // namespace
}  // namespace nonzero::test
