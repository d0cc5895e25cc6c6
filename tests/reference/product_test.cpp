#include "nonzero/reference/product.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "nonzero/tensor/generate.h"
#include "support/graphblas.h"
#include "support/matrices.h"

namespace nonzero::test {
namespace {

using reference::freivalds_error;
using reference::multiply;
using reference::relative_error;
using testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Multiply, gives_the_product_worked_out_by_hand) {
  const Csr a = draw({"1 . 2", ". . .", ". 3 ."});
  const Csr b = draw({"1 -1", ". 4", "5 ."});
  // 1*1 + 2*5   1*-1
  //  .            .
  //  .           3*4
  const Product c = multiply(a, b);
  EXPECT_EQ(c.rows, 3U);
  EXPECT_EQ(c.columns, 2U);
  EXPECT_THAT(c.offsets, ElementsAre(0, 2, 2, 3));
  EXPECT_THAT(c.indices, ElementsAre(0, 1, 1));
  EXPECT_THAT(c.values, ElementsAre(11, -1, 12));
}

TEST(Multiply, keeps_an_element_whose_terms_cancel) {
  const Product c = multiply(draw({"1 1"}), draw({"2", "-2"}));
  EXPECT_THAT(c.indices, ElementsAre(0));
  EXPECT_THAT(c.values, ElementsAre(0));
}

// 2^24 + 1 is no float.
TEST(Multiply, accumulates_beyond_single_precision) {
  const Product c = multiply(draw({"16777216 1"}), draw({"1", "1"}));
  EXPECT_THAT(c.values, ElementsAre(16777217.0));
}

TEST(Multiply, agrees_with_graphblas_on_random_matrices) {
  for (const uint64_t seed : {1U, 2U, 3U, 4U}) {
    const Csr a = generate_uniform(40, 60, 0.02 * static_cast<double>(seed * seed), seed);
    const Csr b = generate_uniform(60, 50, 0.1, seed + 10);
    const Product ours = multiply(a, b), theirs = graphblas_product(a, b);
    EXPECT_EQ(ours.offsets, theirs.offsets);
    EXPECT_EQ(ours.indices, theirs.indices);
    EXPECT_LT(relative_error(ours, theirs), 1e-14);
  }
}

TEST(RelativeError, is_zero_of_equal_products_and_of_two_empty_ones) {
  const Product x{1, 3, {0, 2}, {0, 2}, {3, 4}};
  EXPECT_EQ(relative_error(x, x), 0);
  const Product none{2, 2, {0, 0, 0}, {}, {}};
  EXPECT_EQ(relative_error(none, none), 0);
}

TEST(RelativeError, is_the_norm_of_the_difference_over_the_norm) {
  const Product expected{1, 3, {0, 2}, {0, 2}, {3, 4}};  // norm 5
  EXPECT_DOUBLE_EQ(relative_error({1, 3, {0, 2}, {0, 2}, {3, 4.5}}, expected), 0.1);
  EXPECT_DOUBLE_EQ(relative_error({1, 3, {0, 1}, {0}, {3}}, expected), 0.8);              // 4 is missing
  EXPECT_DOUBLE_EQ(relative_error({1, 3, {0, 3}, {0, 1, 2}, {3, 1, 4}}, expected), 0.2);  // 1 too many
}

TEST(RelativeError, overlooks_a_stored_zero) {
  EXPECT_EQ(relative_error({1, 3, {0, 3}, {0, 1, 2}, {3, 0, 4}}, {1, 3, {0, 2}, {0, 2}, {3, 4}}), 0);
}

TEST(RelativeError, is_infinite_where_shapes_differ_or_nothing_was_expected) {
  const Product one{1, 1, {0, 1}, {0}, {1}};
  EXPECT_EQ(relative_error(one, {1, 2, {0, 1}, {0}, {1}}), kInfinity);
  EXPECT_EQ(relative_error(one, {1, 1, {0, 0}, {}, {}}), kInfinity);
}

TEST(RelativeError, of_a_product_that_is_not_a_number_passes_no_tolerance) {
  const Product expected{1, 1, {0, 1}, {0}, {1}};
  EXPECT_FALSE(relative_error({1, 1, {0, 1}, {0}, {std::nan("")}}, expected) <= 1e300);
}

class Freivalds : public testing::Test {
 protected:
  Csr a = generate_uniform(50, 40, 0.2, 1), b = generate_uniform(40, 60, 0.2, 2);
  Product c = multiply(a, b);
};

TEST_F(Freivalds, passes_the_product) { EXPECT_LT(freivalds_error(a, b, c, 1), 1e-13); }

TEST_F(Freivalds, catches_a_single_wrong_entry_wherever_it_stands) {
  for (size_t e = 0; e < c.values.size(); e += 97) {
    Product wrong = c;
    wrong.values[e] += 0.01;
    EXPECT_GT(freivalds_error(a, b, wrong, e), 1e-4) << e;
  }
}

TEST_F(Freivalds, catches_an_entry_in_the_wrong_column) {
  Product wrong = c;
  wrong.indices[0] = wrong.indices[0] == 59 ? 58 : 59;
  EXPECT_GT(freivalds_error(a, b, wrong, 1), 1e-4);
}

// Two errors that cancel in every row sum: a vector of ones would miss them.
TEST_F(Freivalds, catches_errors_whose_sum_is_zero) {
  Product wrong = c;
  ASSERT_GE(wrong.offsets[1], 2U);
  wrong.values[0] += 1;
  wrong.values[1] -= 1;
  EXPECT_GT(freivalds_error(a, b, wrong, 1), 1e-3);
}

TEST_F(Freivalds, catches_a_product_that_should_be_empty) {
  const Csr zero{50, 40, std::vector<uint64_t>(51), {}, {}};
  EXPECT_EQ(freivalds_error(zero, b, c, 1), kInfinity);
}

TEST_F(Freivalds, lets_no_product_that_is_not_a_number_pass) {
  Product wrong = c;
  wrong.values[0] = std::nan("");
  EXPECT_FALSE(freivalds_error(a, b, wrong, 1) <= 1e-5);
}

TEST(Tolerance, is_none_for_integers_and_grows_only_beyond_k_65536) {
  EXPECT_EQ(reference::tolerance(true, 1'000'000), 0);
  EXPECT_DOUBLE_EQ(reference::tolerance(false, 1), 1e-5);
  EXPECT_DOUBLE_EQ(reference::tolerance(false, 65536), 1e-5);
  EXPECT_DOUBLE_EQ(reference::tolerance(false, 4 * 65536), 2e-5);
}

}  // namespace
}  // namespace nonzero::test
