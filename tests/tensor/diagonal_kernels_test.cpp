#include "nonzero/tensor/diagonal_kernels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "nonzero/base/error.h"
#include "nonzero/tensor/attention_masks.h"
#include "support/diagonals.h"

namespace nonzero {
namespace {

using test::asadi_example;
using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

const std::vector<float> kExampleV = {1, 0, 2, 1, 3, 0, 4, 1, 5, 0, 6, 1};
const std::vector<float> kExampleQ = {1, 0, 0, 1, 1, 1, 2, 0, 0, 2, 1, -1};
const std::vector<float> kExampleK = {1, 2, 0, 1, 1, 0, 2, 1, 1, 1, -1, 1};

std::vector<float> small_numbers(uint64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = static_cast<float>(random.below(9)) - 4;
  return numbers;
}

std::vector<float> normal_numbers(uint64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = static_cast<float>(random.normal());
  return numbers;
}

// The paper's Algorithm 1: normal slot r adds to row r - DI, grey slot r to the row its list names.
std::vector<float> algorithm_1(const DiagonalMatrix& s, const std::vector<float>& v, uint64_t head_dim) {
  std::vector<float> z(s.n * head_dim);
  for (uint64_t m = 0; m < s.diagonals.size(); ++m) {
    const std::vector<PlacedElement> list = s.list(m);
    for (uint64_t e = s.offsets[m]; e < s.offsets[m + 1]; ++e) {
      const uint64_t slot = s.elements[e].slot;
      auto row = static_cast<uint64_t>(static_cast<int64_t>(slot) - s.diagonals[m].index);
      for (const PlacedElement& moved : list)
        if (moved.slot == slot) row = moved.row;
      for (uint64_t a = 0; a < head_dim; ++a) z[row * head_dim + a] += s.values[e] * v[slot * head_dim + a];
    }
  }
  return z;
}

std::vector<float> dense_product(const Csr& s, const std::vector<float>& v, uint64_t head_dim) {
  const Dense dense = to_dense(s);
  std::vector<float> z(s.rows * head_dim);
  for (uint64_t i = 0; i < s.rows; ++i)
    for (uint64_t j = 0; j < s.columns; ++j)
      for (uint64_t a = 0; a < head_dim; ++a) z[i * head_dim + a] += dense.at(i, j) * v[j * head_dim + a];
  return z;
}

float dot(const std::vector<float>& q, uint64_t i, const std::vector<float>& k, uint64_t j, uint64_t d) {
  float sum = 0;
  for (uint64_t a = 0; a < d; ++a) sum += q[i * d + a] * k[j * d + a];
  return sum;
}

TEST(DiagonalKernels, the_papers_example_weighs_v) {
  const DiagonalMatrix matrix = to_diagonal(asadi_example(), {3});
  EXPECT_THAT(diagonal_spmm(matrix, matrix.values, kExampleV, 2),
              ElementsAre(46, 6, 131, 28, 209, 46, 31, 0, 677, 90, 770, 56));
}

TEST(DiagonalKernels, the_figures_own_placement_gives_the_same) {
  const DiagonalMatrix figure = test::asadi_figure();
  const DiagonalMatrix nearest = to_diagonal(asadi_example(), {3});
  EXPECT_EQ(diagonal_spmm(figure, figure.values, kExampleV, 2),
            diagonal_spmm(nearest, nearest.values, kExampleV, 2));
}

TEST(DiagonalKernels, the_papers_example_multiplies_q_and_k) {
  const DiagonalMatrix mask = to_diagonal(asadi_example(), {3});
  const std::vector<float> scores = diagonal_sddmm(mask, kExampleQ, kExampleK, 2);
  EXPECT_THAT(scores, ElementsAre(2, 1, 1, 2, 0, 1,   // DI -1
                                  1, 1, 1, 2, 2, -2,  // DI 0
                                  2, 0, 3, 1, 2));    // DI +1, slot 2 empty
  EXPECT_EQ(std::accumulate(scores.begin(), scores.end(), 0.0F), 20);
}

TEST(DiagonalKernels, random_matrices_as_dense_loops) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const auto [csr, window] = test::windowed_matrix(seed, 20);
    const Placement placement = seed % 2 == 0 ? Placement::kNearest : Placement::kConflictFree;
    const DiagonalMatrix matrix = to_diagonal(csr, {window, placement});
    const uint64_t n = csr.rows, d = 1 + seed % 19;
    const std::vector<float> q = small_numbers(n * d, seed), k = small_numbers(n * d, seed + 1000);
    const std::vector<float> z = diagonal_spmm(matrix, matrix.values, q, d);
    ASSERT_EQ(z, dense_product(csr, q, d)) << "seed " << seed;
    ASSERT_EQ(z, algorithm_1(matrix, q, d)) << "seed " << seed;
    const std::vector<float> scores = diagonal_sddmm(matrix, q, k, d);
    for (uint64_t e = 0; e < scores.size(); ++e)
      ASSERT_EQ(scores[e], dot(q, matrix.elements[e].row, k, matrix.elements[e].slot, d)) << "seed " << seed;
  }
}

TEST(DiagonalKernels, head_dimensions_of_whole_vectors_and_between) {
  const Csr csr = attention_mask("diagloc:rho=0.3,phi=0.5,seed=2", 150);
  DiagonalMatrix matrix = to_diagonal(csr, {18});
  matrix.values = small_numbers(matrix.nnz(), 5);
  for (const uint64_t d : {7, 8, 9, 63, 64, 65, 128}) {
    const std::vector<float> v = small_numbers(150 * d, d);
    EXPECT_EQ(diagonal_spmm(matrix, matrix.values, v, d), dense_product(to_csr(matrix), v, d)) << d;
    const std::vector<float> scores = diagonal_sddmm(matrix, v, v, d);
    for (uint64_t e = 0; e < scores.size(); ++e)
      ASSERT_EQ(scores[e], dot(v, matrix.elements[e].row, v, matrix.elements[e].slot, d)) << d;
  }
}

// Of each row.
std::vector<double> row_sums(const DiagonalMatrix& mask, const std::vector<float>& weights) {
  std::vector<double> sums(mask.n);
  for (uint64_t e = 0; e < weights.size(); ++e) sums[mask.elements[e].row] += double{weights[e]};
  return sums;
}

TEST(DiagonalSoftmax, of_two_elements_by_hand) {
  const DiagonalMatrix mask = to_diagonal(test::draw_pattern({"x x", ". x"}), {3});
  const std::vector<float> scores = {0, 5, std::log(3.0F)};  // (0,0), (1,1), (0,1)
  EXPECT_THAT(diagonal_softmax(mask, scores, 1),
              ElementsAre(FloatNear(0.25F, 1e-6F), 1, FloatNear(0.75F, 1e-6F)));
  EXPECT_THAT(diagonal_softmax(mask, scores, 2),
              ElementsAre(FloatNear(0.1F, 1e-6F), 1, FloatNear(0.9F, 1e-6F)));
}

TEST(DiagonalSoftmax, rows_add_up_to_one_in_both_orders) {
  for (const uint64_t n : {1, 20, 300, 2048}) {
    const DiagonalMatrix mask = to_diagonal(attention_mask("longformer:window=1", n), {default_window(n)});
    std::vector<float> scores = normal_numbers(mask.nnz(), n);
    EXPECT_THAT(row_sums(mask, diagonal_softmax(mask, scores, 3)), Each(testing::DoubleNear(1, 1e-6)));
    const DeferredSoftmax late = deferred_softmax(mask, scores, 3, 64);
    std::vector<float> divided = late.weights;
    for (uint64_t e = 0; e < divided.size(); ++e) divided[e] /= late.sums[mask.elements[e].row];
    EXPECT_THAT(row_sums(mask, divided), Each(testing::DoubleNear(1, 1e-6)));
    EXPECT_EQ(late.lost_rows, 0);
  }
}

TEST(DiagonalSoftmax, orders_give_the_same_attention) {
  for (const char* mask : {"window", "longformer:window=40", "diagloc:rho=0.2,phi=0.5", "dense:causal"}) {
    const uint64_t n = 256, d = 64;
    const DiagonalMatrix matrix = to_diagonal(attention_mask(mask, n), {default_window(n)});
    const std::vector<float> q = normal_numbers(n * d, 1), k = normal_numbers(n * d, 2),
                             v = normal_numbers(n * d, 3);
    const auto rows = diagonal_attention(matrix, q, k, v, d, 0.125F);
    const auto late = diagonal_attention(matrix, q, k, v, d, 0.125F, SoftmaxOrder::kHardware);
    EXPECT_THAT(late.z, testing::Pointwise(FloatNear(1e-4F), rows.z)) << mask;
  }
}

TEST(DiagonalSoftmax, any_number_of_arrays_adds_the_same_rows) {
  const DiagonalMatrix mask = to_diagonal(attention_mask("dense", 24), {47});
  const std::vector<float> scores = normal_numbers(mask.nnz(), 4);
  const std::vector<float> one = deferred_softmax(mask, scores, 1, 1).sums;
  for (const uint64_t arrays : {2, 3, 7, 8, 64, 1000})
    EXPECT_THAT(deferred_softmax(mask, scores, 1, arrays).sums, testing::Pointwise(FloatNear(1e-5F), one))
        << arrays;
}

TEST(DiagonalSoftmax, rows_without_elements_are_zero) {
  const DiagonalMatrix mask = to_diagonal(test::draw_pattern({"x . x", ". . .", ". x ."}), {1});
  const std::vector<float> ones(3, 1);
  for (const SoftmaxOrder order : {SoftmaxOrder::kRowWise, SoftmaxOrder::kHardware}) {
    const DiagonalAttention attention = diagonal_attention(mask, ones, ones, {{2, 3, 4}}, 1, 1, order);
    EXPECT_THAT(attention.z, ElementsAre(3, 0, 3));
    EXPECT_EQ(attention.lost_rows, 0);
  }
}

TEST(DiagonalSoftmax, an_empty_mask_gives_zeros) {
  const DiagonalMatrix mask = to_diagonal(Csr{4, 4, {0, 0, 0, 0, 0}, {}, {}}, {2});
  const std::vector<float> ones(8, 1);
  for (const SoftmaxOrder order : {SoftmaxOrder::kRowWise, SoftmaxOrder::kHardware})
    EXPECT_THAT(diagonal_attention(mask, ones, ones, ones, 2, 1, order).z, Each(0));
}

TEST(DiagonalSoftmax, rows_far_below_the_global_maximum_are_lost_in_the_hardwares_order) {
  const DiagonalMatrix mask = to_diagonal(test::draw_pattern({"x .", ". x"}), {1});
  const DeferredSoftmax late = deferred_softmax(mask, {{200, 0}}, 1, 2);
  EXPECT_THAT(late.sums, ElementsAre(1, 0));
  EXPECT_EQ(late.lost_rows, 1);
  std::vector<float> z = {5, 7};
  divide_rows(z, late.sums, 1);
  EXPECT_THAT(z, ElementsAre(5, 0));
  EXPECT_THAT(diagonal_softmax(mask, {{200, 0}}, 1), ElementsAre(1, 1));
}

template <class Body>
std::string message_of(const Body& body) {
  try {
    body();
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(DiagonalKernelsBadInput, sizes_and_scores) {
  const DiagonalMatrix mask = to_diagonal(asadi_example(), {3});
  const std::vector<float> twelve(12), seven(7), seventeen(17);
  const float nan = std::numeric_limits<float>::quiet_NaN(), most = std::numeric_limits<float>::max();
  EXPECT_THAT(message_of([&] { diagonal_sddmm(mask, twelve, seven, 2); }),
              HasSubstr("7 values for 6 tokens of 2 dimensions; allowed: 6 x 2 values"));
  EXPECT_THAT(message_of([&] { diagonal_sddmm(mask, twelve, twelve, 0); }), HasSubstr("dimension of 0"));
  EXPECT_THAT(message_of([&] { diagonal_spmm(mask, seven, twelve, 2); }),
              HasSubstr("7 weights for 17 elements"));
  EXPECT_THAT(message_of([&] { diagonal_softmax(mask, seven, 1); }), HasSubstr("7 scores"));
  EXPECT_THAT(message_of([&] { diagonal_softmax(mask, seventeen, 0); }), HasSubstr("scaled by 0"));
  EXPECT_THAT(message_of([&] { deferred_softmax(mask, seventeen, 1, 0); }), HasSubstr("0 arrays"));
  for (const auto order : {SoftmaxOrder::kRowWise, SoftmaxOrder::kHardware}) {
    std::vector<float> q(12, 1);
    q[10] = nan;
    EXPECT_THAT(message_of([&] { diagonal_attention(mask, q, q, q, 2, 1, order); }),
                HasSubstr("the score of row 5, column 2 is nan"));
    q[10] = most;
    EXPECT_THAT(message_of([&] { diagonal_attention(mask, q, q, q, 2, 1, order); }), HasSubstr("is inf"));
  }
}

}  // namespace
}  // namespace nonzero
