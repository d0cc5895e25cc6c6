#include "nonzero/workload/sanger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::draw_pattern;
using test::same_matrix;
using testing::ElementsAre;
using testing::HasSubstr;

// The worked example of the specification.
const std::vector<float> kQ = {1, 0, 0, 2, 1, 1, -1, 1}, kK = {1, 0, 0, 1, 2, 2, -1, 1};
const SangerOptions kExample{4, 0.2, true, false, 0, {}};

std::vector<double> scores_of_row(uint64_t i, const SangerOptions& options) {
  std::vector<double> scores(4);
  sanger_scores(sanger_codes(kQ, 4, 2, options), sanger_codes(kK, 4, 2, options), 2, i, scores);
  return scores;
}

TEST(Sanger, codes_are_quantised_directions) {
  for (const auto& rows : {kQ, kK}) {
    const SangerCodes codes = sanger_codes(rows, 4, 2, kExample);
    EXPECT_THAT(codes.codes, ElementsAre(7, 0, 0, 7, 5, 5, -5, 5));
    EXPECT_DOUBLE_EQ(codes.scale, 7);
  }
}

TEST(Sanger, scores_and_probabilities_of_the_first_row) {
  std::vector<double> row = scores_of_row(0, kExample);
  const double scores[] = {0.7071, 0, 1.4286, -0.7143}, probabilities[] = {0.2637, 0.1300, 0.5426, 0.0637};
  for (size_t j = 0; j < 4; ++j) EXPECT_NEAR(row[j], scores[j], 5e-5);
  softmax(row);
  for (size_t j = 0; j < 4; ++j) EXPECT_NEAR(row[j], probabilities[j], 5e-5);
}

TEST(Sanger, mask_keeps_what_is_above_tau) {
  EXPECT_TRUE(same_matrix(sanger_mask(kQ, kK, 4, 2, kExample), draw_pattern({"x . x .",  //
                                                                             ". . x .",  //
                                                                             ". . x .",  //
                                                                             ". x . x"})));
}

TEST(Sanger, causal_masks_see_no_later_token) {
  SangerOptions options = kExample;
  options.causal = true;  // row 1: softmax(0, 1.4142) = 0.196, 0.804
  EXPECT_TRUE(same_matrix(sanger_mask(kQ, kK, 4, 2, options), draw_pattern({"x . . .",  //
                                                                            ". x . .",  //
                                                                            ". . x .",  //
                                                                            ". x . x"})));
}

TEST(Sanger, padded_tokens_neither_attend_nor_are_attended_to) {
  SangerOptions options = kExample;
  options.padding = 2;
  options.tau = 1e-6;
  EXPECT_TRUE(same_matrix(sanger_mask(kQ, kK, 4, 2, options), draw_pattern({"x x . .",  //
                                                                            "x x . .",  //
                                                                            ". . . .",  //
                                                                            ". . . ."})));
}

TEST(Sanger, a_row_left_empty_keeps_its_largest_score) {
  SangerOptions options = kExample;
  options.tau = 0.99;
  EXPECT_TRUE(same_matrix(sanger_mask(kQ, kK, 4, 2, options), draw_pattern({". . x .",  //
                                                                            ". . x .",  //
                                                                            ". . x .",  //
                                                                            ". . . x"})));
}

TEST(Sanger, top_k_keeps_the_largest_of_each_row_and_the_first_of_equal_ones) {
  SangerOptions options = kExample;
  options.top_k = 1;
  const std::vector<float> same = {1, 1, 1, 1, 1, 1};
  EXPECT_TRUE(same_matrix(sanger_mask(same, same, 3, 2, options), draw_pattern({"x . .",  //
                                                                                "x . .",  //
                                                                                "x . ."})));
  options.top_k = 3;
  const Csr mask = sanger_mask(kQ, kK, 4, 2, options);
  for (uint64_t i = 0; i < 4; ++i) EXPECT_EQ(mask.fiber(i).size(), 3U);
}

TEST(Sanger, without_normalisation_long_vectors_take_the_range) {
  SangerOptions options = kExample;
  options.normalise = false;
  const SangerCodes codes = sanger_codes(kQ, 4, 2, options);
  EXPECT_DOUBLE_EQ(codes.scale, 3.5);
  EXPECT_THAT(codes.codes, ElementsAre(4, 0, 0, 7, 4, 4, -4, 4));  // 3.5 rounds half to even
  EXPECT_THAT(codes.norms, ElementsAre(1, 1, 1, 1));
}

TEST(Sanger, a_token_of_zeros_scores_zero_and_is_counted) {
  AttentionTensors tensors;
  tensors.tokens = 2;
  tensors.head_dim = 2;
  tensors.q = {0, 0, 1, 0};
  tensors.k = {0, 0, 0, 0};
  tensors.v = {1, 2, 3, 4};
  const SangerMasks masks = sanger_masks(tensors, kExample);
  EXPECT_EQ(masks.zero_tokens, 3U);
  EXPECT_TRUE(same_matrix(*masks.masks.at(0), draw_pattern({"x x", "x x"})));
}

TEST(Sanger, options_out_of_range_are_refused) {
  const auto why = [](SangerOptions options) {
    try {
      check(options, 4);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  for (const int64_t bits : {1, 9})
    EXPECT_THAT(why({bits, 2e-3, true, false, 0, {}}), HasSubstr("allowed: 2 to 8"));
  for (const double tau : {0.0, 1.0, std::nan("")})
    EXPECT_THAT(why({4, tau, true, false, 0, {}}), HasSubstr("tau"));
  for (const uint64_t k : {uint64_t{0}, uint64_t{5}})
    EXPECT_THAT(why({4, 0.1, true, false, 0, k}), HasSubstr("allowed: 1 to 4"));
  EXPECT_THAT(why({4, 0.1, true, false, 5, {}}), HasSubstr("padding of 5"));
}

// At many bits the prediction is the score itself.
RC_GTEST_PROP(Sanger, codes_of_8_bits_predict_the_score, ()) {
  const uint64_t tokens = *rc::gen::inRange<uint64_t>(1, 12), d = *rc::gen::inRange<uint64_t>(1, 20);
  Random random(*rc::gen::inRange<uint64_t>(0, 1000));
  std::vector<float> q(tokens * d), k(tokens * d);
  for (std::vector<float>* x : {&q, &k})
    for (float& value : *x) value = static_cast<float>(random.normal());
  const SangerOptions options{8, 0.1, true, false, 0, {}};
  const SangerCodes codes_q = sanger_codes(q, tokens, d, options),
                    codes_k = sanger_codes(k, tokens, d, options);
  std::vector<double> row(tokens);
  for (uint64_t i = 0; i < tokens; ++i) {
    sanger_scores(codes_q, codes_k, d, i, row);
    for (uint64_t j = 0; j < tokens; ++j) {
      double exact = 0;
      for (uint64_t a = 0; a < d; ++a)
        exact += static_cast<double>(q[i * d + a]) * static_cast<double>(k[j * d + a]);
      exact /= std::sqrt(static_cast<double>(d));
      // Half a step on each of the d elements of two unit vectors, whose absolute values add up to sqrt(d).
      const double step = 0.5 / 127, root = std::sqrt(static_cast<double>(d));
      const double worst = (2 * step * root + step * step * root * root) / root;
      RC_ASSERT(std::fabs(row[j] - exact) <= worst * codes_q.norms[i] * codes_k.norms[j] + 1e-9);
    }
  }
}

TEST(ProbabilityMask, keeps_p_above_tau_the_largest_of_a_poor_row_and_nothing_of_padding) {
  const std::vector<float> p = {0.5F, 0.3F, 0.2F,  //
                                0.2F, 0.1F, 0.1F,  //
                                0,    0,    0};
  SangerOptions options;
  options.tau = 0.2F;  // as a float stores it: strictly above
  EXPECT_TRUE(same_matrix(probability_mask(p, 3, options), draw_pattern({"x x .",  //
                                                                         "x . .",  //
                                                                         ". . ."})));
  options.top_k = 2;
  options.causal = true;
  EXPECT_TRUE(same_matrix(probability_mask(p, 3, options), draw_pattern({"x . .",  //
                                                                         "x x .",  //
                                                                         ". . ."})));
}

// Row 0's largest score lies in the future: softmax of the whole row would leave it next to nothing.
TEST(ScoreMask, takes_softmax_of_what_a_row_may_attend_to) {
  const float none = -std::numeric_limits<float>::infinity();
  const std::vector<float> scores = {
      0,    9,    9,     //
      0,    0,    9,     //
      none, none, none,  //
  };
  SangerOptions options;
  options.tau = 0.4;
  EXPECT_TRUE(same_matrix(score_mask(scores, 3, options), draw_pattern({". x x",  //
                                                                        ". . x",  //
                                                                        ". . ."})));
  options.causal = true;
  EXPECT_TRUE(same_matrix(score_mask(scores, 3, options), draw_pattern({"x . .",  //
                                                                        "x x .",  //
                                                                        ". . ."})));
  options.causal = false;
  options.padding = 1;
  options.tau = 0.1;
  EXPECT_TRUE(same_matrix(score_mask(scores, 3, options), draw_pattern({". x .",  //
                                                                        "x x .",  //
                                                                        ". . ."})));
}

TEST(ScoreMask, never_keeps_minus_infinity) {
  const float none = -std::numeric_limits<float>::infinity();
  SangerOptions options;
  options.top_k = 2;
  EXPECT_TRUE(same_matrix(score_mask(std::vector<float>{none, 1, none, none}, 2, options),
                          draw_pattern({". x", ". ."})));
}

}  // namespace
}  // namespace nonzero
