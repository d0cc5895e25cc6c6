#include "nonzero/codesign/network_flip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "nonzero/base/error.h"
#include "support/integer_networks.h"

namespace nonzero {
namespace {

using testing::ElementsAre;

// A chain with labels that it gets right itself, but for every fifth.
struct Case {
  IntegerNetwork network;
  std::vector<int8_t> images;
  std::vector<uint32_t> labels;
};

Case chain(uint64_t seed, uint64_t images = 40) {
  Case c{test::linear_chain({24, 16, 5}, seed), test::drawn_codes(24 * images, seed + 1), {}};
  c.labels = labels_of(IntegerInference(c.network).run(c.images), 5);
  for (size_t i = 0; i < c.labels.size(); i += 5) c.labels[i] = (c.labels[i] + 1) % 5;
  return c;
}

TEST(NetworkFlips, hold_every_layer_at_every_z) {
  const Case c = chain(1);
  const NetworkFlips flips(c.network, 8, FlipMode::kExact);
  for (uint64_t layer = 0; layer < flips.layers(); ++layer) {
    EXPECT_EQ(flips.weights(layer, 0), c.network.layers[layer].weights);
    EXPECT_THAT(flips.weights(layer, 8), testing::Each(0));
    for (uint32_t z = 0; z <= 8; ++z) {
      IntegerLayer flipped = c.network.layers[layer];
      flipped.weights = flips.weights(layer, z);
      EXPECT_EQ(bit_column_statistics(grouped_weights(flipped, 8)), flips.statistics(layer, z));
      EXPECT_GE(flips.statistics(layer, z).mean_zero_columns(), z);
    }
  }
}

RC_GTEST_PROP(MeasuredLoss, is_the_accuracy_of_the_whole_network_run_anew, ()) {
  const Case c = chain(*rc::gen::inRange<uint64_t>(0, 100));
  const NetworkFlips flips(c.network, 8, FlipMode::kExact);
  CachedInference inference(IntegerInference(c.network), c.images);
  MeasuredLoss loss(inference, c.labels, flips);
  RC_ASSERT(loss.unflipped().correct == 32U);
  const auto points = [&](const std::vector<uint32_t>& z) {
    const auto logits = IntegerInference(flipped_network(c.network, flips, z)).run(c.images);
    return 100 * (0.8 - accuracy(logits, c.labels, 5).share());
  };
  for (int setting = 0; setting < 3; ++setting) {
    const std::vector<uint32_t> z = {*rc::gen::inRange(0U, 7U), *rc::gen::inRange(0U, 7U)};
    RC_ASSERT(std::abs(loss.total(z) - points(z)) < 1e-9);
    const std::vector<double> raised = loss.raised(z, std::vector<uint32_t>{0, 1});
    RC_ASSERT(std::abs(raised[0] - points({z[0] + 1, z[1]})) < 1e-9);
    RC_ASSERT(std::abs(raised[1] - points({z[0], z[1] + 1})) < 1e-9);
  }
}

RC_GTEST_PROP(NetworkSearch, never_loses_more_than_the_budget, ()) {
  const Case c = chain(*rc::gen::inRange<uint64_t>(0, 100));
  const NetworkFlips flips(c.network, 8, *rc::gen::element(FlipMode::kExact, FlipMode::kLsb));
  CachedInference inference(IntegerInference(c.network), c.images);
  MeasuredLoss loss(inference, c.labels, flips);
  const double budget = *rc::gen::element(0.0, 2.5, 10.0);
  const auto cost = [&](uint32_t layer, uint32_t z) { return flips.compressed_bytes(layer, z); };
  const SearchResult found = search_layers(2, cost, loss, {budget, {}});
  const auto logits = IntegerInference(flipped_network(c.network, flips, found.z)).run(c.images);
  const double lost = 100 * (0.8 - accuracy(logits, c.labels, 5).share());
  RC_ASSERT(lost <= budget + 1e-9);
  RC_ASSERT(std::abs(lost - found.loss) < 1e-9);
}

TEST(LayerCurves, begin_at_the_unflipped_network) {
  const Case c = chain(3);
  const NetworkFlips flips(c.network, 8, FlipMode::kExact);
  const CachedInference inference(IntegerInference(c.network), c.images);
  const std::vector<LayerPoint> points = layer_curves(inference, c.labels, flips);
  ASSERT_EQ(points.size(), 16U);
  for (const size_t first : {0U, 8U}) {
    EXPECT_EQ(points[first].accuracy.correct, 32U);
    EXPECT_TRUE(std::isinf(points[first].sqnr_db));
    EXPECT_TRUE(std::isinf(points[first].layer_sqnr_db));
    for (size_t z = 1; z < 8; ++z)
      EXPECT_GE(points[first + z].relative_error, points[first + z - 1].relative_error);
  }
  EXPECT_EQ(layer_curves(inference, {}, flips)[0].accuracy.images, 0U);
}

TEST(ProxyErrors, are_squared_errors_over_squared_weights) {
  IntegerNetwork network = test::linear_chain({8, 1}, 1);
  network.layers[0].weights = {-3, 4, 5, -4, 0, 0, 0, 0};
  const auto errors = proxy_errors(NetworkFlips(network, 8, FlipMode::kExact));
  EXPECT_DOUBLE_EQ(errors[0][4], 0);
  EXPECT_DOUBLE_EQ(errors[0][5], 1.0 / 66);  // spec, "Bit-flip": errors 1, 2, 26 of |w|^2 = 66
  EXPECT_DOUBLE_EQ(errors[0][6], 2.0 / 66);
  EXPECT_DOUBLE_EQ(errors[0][7], 26.0 / 66);
}

// 200 images at 71 %: 3.2 points, as the binomial has it.
TEST(Accuracy, has_the_standard_error_of_a_binomial) {
  EXPECT_NEAR((Accuracy{142, 200}.standard_error()), 0.0321, 0.0001);
  EXPECT_EQ((Accuracy{200, 200}.standard_error()), 0);
  EXPECT_EQ(Accuracy{}.share(), 0);
}

TEST(Accuracy, refuses_labels_that_are_no_class_or_not_one_per_image) {
  const std::vector<int8_t> logits = {1, 2, 3, 4};
  EXPECT_EQ(accuracy(logits, std::vector<uint32_t>{1, 0}, 2).correct, 1U);
  EXPECT_THROW(accuracy(logits, std::vector<uint32_t>{1, 2}, 2), InputError);
  EXPECT_THROW(accuracy(logits, std::vector<uint32_t>{1}, 2), InputError);
}

TEST(SignalToNoise, is_of_real_values) {
  const std::vector<int8_t> was = {11, 1}, is = {10, 1};
  EXPECT_DOUBLE_EQ(sqnr_db(was, is, {0.1, 1}), 20);
  EXPECT_TRUE(std::isinf(sqnr_db(was, was, {0.1, 1})));
}

TEST(GaussianCodes, fill_the_range_and_repeat_by_seed) {
  const std::vector<int8_t> codes = gaussian_codes(10, 1000, 1);
  EXPECT_EQ(codes, gaussian_codes(10, 1000, 1));
  EXPECT_NE(codes, gaussian_codes(10, 1000, 2));
  double sum = 0, squares = 0;
  for (const int8_t code : codes) {
    sum += code;
    squares += code * code;
  }
  EXPECT_NEAR(sum / 10000, -0.5, 2);
  EXPECT_NEAR(std::sqrt(squares / 10000), 63.75, 3);
}

TEST(FlippedNetwork, wants_a_z_for_each_layer) {
  const Case c = chain(1);
  const NetworkFlips flips(c.network, 16, FlipMode::kExact);
  EXPECT_THROW(flipped_network(c.network, flips, std::vector<uint32_t>{1}), InputError);
}

}  // namespace
}  // namespace nonzero
