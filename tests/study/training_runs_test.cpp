#include "nonzero/study/training_runs.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nonzero {
namespace {

TrainingRun run(const std::string& method, uint64_t seed, double accuracy,
                const std::string& data = "digits") {
  return {data, "smallconv", method, "2:8", "fp32", seed, accuracy};
}

// Losses of 1 and 3 points: mean 2, sample deviation sqrt(2), standard error 1.
TEST(AccuracyLoss, is_the_mean_over_pairs_of_the_same_data_and_seed) {
  const auto loss = accuracy_loss(
      {run("dense", 1, 0.99), run("bdwp", 1, 0.98), run("dense", 2, 0.97), run("bdwp", 2, 0.94)}, "bdwp",
      "2:8");
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->pairs, 2U);
  EXPECT_NEAR(loss->mean, 2, 1e-9);
  EXPECT_NEAR(loss->standard_error, 1, 1e-9);
}

TEST(AccuracyLoss, compares_nothing_that_differs_in_more_than_the_method) {
  TrainingRun mixed = run("bdwp", 1, 0.5);
  mixed.precision = "mixed";
  EXPECT_FALSE(accuracy_loss(
      {run("dense", 1, 0.99), run("bdwp", 2, 0.98), run("bdwp", 1, 0.9, "mnist"), mixed}, "bdwp", "2:8"));
}

}  // namespace
}  // namespace nonzero
