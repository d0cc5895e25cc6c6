#include "nonzero/study/training_runs.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nonzero {
namespace {

TrainingRun run(const std::string& method, uint64_t seed, double accuracy,
                const std::string& data = "digits:tra,tes") {
  return {data,    method, "2:8", seed, {{"model", "smallconv"}, {"precision", "fp32"}, {"data_hash", data}},
          accuracy};
}

// Losses of 1 and 3 points: mean 2, sample deviation sqrt(2), standard error 1.
TEST(AccuracyLoss, is_the_mean_over_pairs_of_the_same_data_and_seed) {
  const auto loss = accuracy_loss(
      {run("dense", 1, 0.99), run("bdwp", 1, 0.98), run("dense", 2, 0.97), run("bdwp", 2, 0.94)}, "bdwp",
      "2:8");
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->pairs, 2U);
  EXPECT_NEAR(loss->mean, 2, 1e-9);
  EXPECT_EQ(loss->seeds, 2U);
  ASSERT_TRUE(loss->standard_error);
  EXPECT_NEAR(*loss->standard_error, 1, 1e-9);
}

TEST(AccuracyLoss, of_one_pair_has_no_standard_error) {
  const auto loss = accuracy_loss({run("dense", 1, 0.99), run("bdwp", 1, 0.98)}, "bdwp", "2:8");
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->pairs, 1U);
  EXPECT_FALSE(loss->standard_error);
}

TEST(AccuracyLoss, is_of_optdigits_and_mnist_alone) {
  const auto pair_on = [](const std::string& data) {
    return accuracy_loss({run("dense", 1, 0.99, data), run("bdwp", 1, 0.98, data)}, "bdwp", "2:8");
  };
  EXPECT_TRUE(pair_on("digits:a,b"));
  EXPECT_TRUE(pair_on("idx:mnist"));
  EXPECT_FALSE(pair_on("npz:cifar"));
  EXPECT_FALSE(pair_on("synth10"));
}

TEST(AccuracyLoss, compares_nothing_that_differs_in_more_than_the_method) {
  TrainingRun mixed = run("bdwp", 1, 0.5);
  mixed.others["precision"] = "mixed";
  TrainingRun longer = run("bdwp", 1, 0.95);
  longer.others["epochs"] = 40;
  EXPECT_FALSE(accuracy_loss(
      {run("dense", 1, 0.99), run("bdwp", 2, 0.98), run("bdwp", 1, 0.9, "idx:mnist"), mixed, longer}, "bdwp",
      "2:8"));
}

}  // namespace
}  // namespace nonzero
