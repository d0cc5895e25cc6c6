#include "nonzero/tensor/quantise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<float> normals(uint64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(random.normal());
  return values;
}

TEST(Quantise, worked_channels) {
  const QuantisedWeights q =
      quantise_weights(std::vector<float>{0.5F, -1, 0.25F, 0, -2, 1, 0.0078F, 0.008F}, 2);
  EXPECT_THAT(q.values, ElementsAre(64, -127, 32, 0, -127, 64, 0, 1));
  EXPECT_THAT(q.scales, ElementsAre(1.0 / 127, 2.0 / 127));
}

TEST(Quantise, a_channel_of_zeros_has_scale_one) {
  const QuantisedWeights q = quantise_weights(std::vector<float>{0, 0, 3, -3}, 2);
  EXPECT_THAT(q.values, ElementsAre(0, 0, 127, -127));
  EXPECT_THAT(q.scales, ElementsAre(1, 3.0 / 127));
}

TEST(Quantise, error_is_at_most_half_a_step_of_the_channel) {
  const std::vector<float> weights = normals(16 * 300, 7);
  const QuantisedWeights q = quantise_weights(weights, 16);
  for (size_t i = 0; i < weights.size(); ++i) {
    const double scale = q.scales[i / 300];
    EXPECT_LE(std::fabs(q.values[i] * scale - static_cast<double>(weights[i])), scale / 2 * (1 + 1e-12));
  }
}

TEST(Quantise, int8_data_with_a_maximum_of_127_stays_as_it_is) {
  EXPECT_TRUE(rc::check([] {
    auto codes = *rc::gen::container<std::vector<int8_t>>(20, rc::gen::inRange<int>(-127, 128));
    codes[*rc::gen::inRange<size_t>(0, 10)] = 127;
    codes[*rc::gen::inRange<size_t>(10, 20)] = -127;
    const QuantisedWeights q = quantise_weights(std::vector<float>(codes.begin(), codes.end()), 2);
    RC_ASSERT(q.values == codes);
    RC_ASSERT(q.scales == (std::vector<double>{1, 1}));
  }));
}

TEST(Quantise, the_smallest_weights_have_a_scale_above_zero) {
  const QuantisedWeights q = quantise_weights(std::vector<double>{5e-324, 0}, 1);
  EXPECT_THAT(q.values, ElementsAre(127, 0));
  EXPECT_GT(q.scales[0], 0);
}

TEST(Quantise, refuses_what_is_not_a_number) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::vector<float> weights = {1, 2, 3, bad};
    try {
      quantise_weights(weights, 2);
      FAIL();
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("weight 1 of output channel 1"));
    }
  }
  EXPECT_THROW(quantise_weights(std::vector<float>(7), 2), InputError);
  EXPECT_THROW(quantise_weights(std::vector<float>(7), 0), InputError);
}

TEST(Quantise, activations_cover_their_range_and_zero) {
  const AffineCode relu6 = affine_code(0, 6);
  EXPECT_EQ(relu6.zero_point, -128);
  EXPECT_EQ(relu6.code(6), 127);
  EXPECT_EQ(relu6.code(100), 127);
  const AffineCode both = affine_code(-1, 1);
  EXPECT_EQ(both.code(0), both.zero_point);
  EXPECT_LE(std::fabs(both.scale * (both.code(0.3) - both.zero_point) - 0.3), both.scale / 2);
  EXPECT_EQ(affine_code(2, 5).zero_point, -128);  // 0 is covered
  EXPECT_EQ(affine_code(0, 0).scale, 1);
  EXPECT_THROW(affine_code(1, -1), InputError);
}

TEST(Quantise, a_percentile_leaves_outliers_out) {
  std::vector<float> data(10000, 1);
  data[17] = 1000;
  data[18] = -1000;
  EXPECT_DOUBLE_EQ(calibrate(data).scale, 2000.0 / 255);
  EXPECT_DOUBLE_EQ(calibrate(data, 0.999).scale, 1.0 / 255);
  EXPECT_THROW(calibrate({}), InputError);
  EXPECT_THROW(calibrate(data, 0), InputError);
  data[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(calibrate(data), InputError);
}

TEST(Quantise, biases_and_accumulators_round_half_to_even) {
  EXPECT_EQ(quantise_bias(1.25, 0.5, 1), 2);
  EXPECT_EQ(quantise_bias(-1.75, 2, 0.25), -4);
  EXPECT_THROW(quantise_bias(1, 1e-6, 1e-6), InputError);
  EXPECT_THROW(quantise_bias(std::numeric_limits<double>::quiet_NaN(), 1, 1), InputError);
  EXPECT_EQ(requantise(5, 0.5, 0), 2);
  EXPECT_EQ(requantise(7, 0.5, -3), 1);
  EXPECT_EQ(requantise(1'000'000, 1, 0), 127);
  EXPECT_EQ(requantise(-1'000'000, 1, 0, 3), 3);
}

}  // namespace
}  // namespace nonzero
