#include "nonzero/reference/attention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "nonzero/base/random.h"
#include "nonzero/tensor/attention_masks.h"
#include "nonzero/tensor/diagonal_kernels.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;

std::vector<float> normal_numbers(uint64_t count, double deviation, uint64_t seed) {
  Random random(seed);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = static_cast<float>(deviation * random.normal());
  return numbers;
}

TEST(ReferenceAttention, two_tokens_by_hand) {
  // Row 0 sees both tokens with scores 0 and ln 3, row 1 the second one only.
  const Csr mask = test::draw_pattern({"x x", ". x"});
  const auto ln3 = static_cast<float>(std::log(3.0));
  const std::vector<float> q = {1, 0, 0, 1}, k = {0, 5, ln3, 7}, v = {4, 0, 8, 4};
  EXPECT_THAT(reference::sddmm(mask, q, k, 2), ElementsAre(0, DoubleNear(std::log(3.0), 1e-6), 7));
  EXPECT_THAT(reference::softmax(mask, reference::sddmm(mask, q, k, 2), 1),
              ElementsAre(DoubleNear(0.25, 1e-6), DoubleNear(0.75, 1e-6), 1));
  EXPECT_THAT(reference::attention(mask, q, k, v, 2, 1),
              ElementsAre(DoubleNear(7, 1e-5), DoubleNear(3, 1e-5), 8, 4));
}

TEST(ReferenceAttention, the_specifications_example_weighs_v) {
  const Csr s = test::draw({" 1  2  .  4  5  .",  //
                            "11 12  .  .  . 16",  //
                            " . 22 23 24  .  .",  //
                            "31  .  .  .  .  .",  //
                            " .  .  . 44 45 46",  //
                            " .  . 53  . 55 56"});
  const std::vector<double> weights(s.values.begin(), s.values.end());
  const std::vector<float> v = {1, 0, 2, 1, 3, 0, 4, 1, 5, 0, 6, 1};
  EXPECT_THAT(reference::spmm(s, weights, v, 2),
              ElementsAre(46, 6, 131, 28, 209, 46, 31, 0, 677, 90, 770, 56));
}

TEST(ReferenceAttention, rows_without_elements_are_zero) {
  const Csr mask = test::draw_pattern({". .", "x ."});
  const std::vector<float> ones(2, 1);
  EXPECT_THAT(reference::attention(mask, ones, ones, {{3, 4}}, 1, 1), ElementsAre(0, 3));
}

TEST(ReferenceAttention, relative_error_of_vectors) {
  EXPECT_EQ(reference::relative_error({{3, 4}}, {{3, 4}}), 0);
  EXPECT_DOUBLE_EQ(reference::relative_error({{3, 5}}, {{3, 4}}), 0.2);
  EXPECT_EQ(reference::relative_error({{1}}, {{0}}), std::numeric_limits<double>::infinity());
  EXPECT_EQ(reference::relative_error({{1}}, {{1, 2}}), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(reference::relative_error({{std::nanf("")}}, {{1}})));
}

// Scores spread over less than 80: both orders of the softmax within 1e-5 of double.
TEST(ReferenceAttention, judges_the_diagonals) {
  for (const char* description : {"window", "longformer:window=64,global=2", "bigbird", "fixed",
                                  "dense:causal", "diagloc:rho=0.1,phi=0.5,padding=20", "strided:s=32"})
    for (const uint64_t head_dim : {8, 20, 64}) {
      const uint64_t n = 384;
      const Csr mask = attention_mask(description, n);
      const DiagonalMatrix matrix = to_diagonal(mask, {default_window(n)});
      const auto q = normal_numbers(n * head_dim, 2, 1), k = normal_numbers(n * head_dim, 2, 2),
                 v = normal_numbers(n * head_dim, 1, 3);
      const float scale = 1 / std::sqrt(static_cast<float>(head_dim));
      const auto expected = reference::attention(mask, q, k, v, head_dim, double{scale});
      for (const auto order : {SoftmaxOrder::kRowWise, SoftmaxOrder::kHardware}) {
        const DiagonalAttention found = diagonal_attention(matrix, q, k, v, head_dim, scale, order);
        EXPECT_LT(reference::relative_error(found.z, expected), 1e-5) << description;
        EXPECT_EQ(found.lost_rows, 0);
      }
    }
}

// A score that vanishes in fp32 beside the maximum, as the judge sees it.
TEST(ReferenceAttention, wide_scores_lose_nothing) {
  const Csr mask = test::draw_pattern({"x .", ". x"});
  EXPECT_THAT(reference::softmax(mask, {{5000, -5000}}, 1), Each(1));
}

}  // namespace
}  // namespace nonzero
