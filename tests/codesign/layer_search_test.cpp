#include "nonzero/codesign/layer_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

using testing::Each;
using testing::ElementsAre;

// A loss by a table that also counts who asked, and need not be separable.
class CountedLoss : public FlipLoss {
 public:
  CountedLoss(ProxyLoss& inner, bool separable) : inner_(inner), separable_(separable) {}
  double total(std::span<const uint32_t> z) override {
    asked_.emplace_back(z.begin(), z.end());
    return inner_.total(z);
  }
  bool separable() const override { return separable_; }
  const std::vector<std::vector<uint32_t>>& asked() const { return asked_; }

 private:
  ProxyLoss& inner_;
  bool separable_;
  std::vector<std::vector<uint32_t>> asked_;
};

// What z costs more than z-1, from z = 1 on, as losses by z.
ProxyLoss::Errors growing(const std::vector<double>& steps) {
  ProxyLoss::Errors errors{};
  for (size_t z = 1; z < errors.size(); ++z)
    errors[z] = errors[z - 1] + (z <= steps.size() ? steps[z - 1] : 100);
  return errors;
}

// The specification's two layers: A gains 10 a step, B gains 4.
struct Golden {
  ProxyLoss loss{{growing({1, 3, 9}), growing({0.2, 0.2, 2})}};
  FlipCost cost = [](uint32_t layer, uint32_t z) { return (layer == 0 ? 10.0 : 4.0) * (7.0 - z); };
};

TEST(LayerSearch, golden_budget_of_two) {
  Golden golden;
  const SearchResult found = search_layers(2, golden.cost, golden.loss, {2, {}});
  EXPECT_THAT(found.z, ElementsAre(1, 2));
  EXPECT_NEAR(found.loss, 1.4, 1e-12);
  EXPECT_EQ(found.gain, 18);
  std::vector<std::pair<uint32_t, bool>> walk;
  for (const SearchStep& step : found.steps) walk.emplace_back(step.layer, step.accepted);
  // B's steps gain 20 per loss, A's first 10, then both close.
  EXPECT_THAT(walk, ElementsAre(std::pair(1U, true), std::pair(1U, true), std::pair(0U, true),
                                std::pair(0U, false), std::pair(1U, false)));
}

TEST(LayerSearch, no_budget_takes_free_flips_only) {
  ProxyLoss loss({growing({1}), growing({0, 0, 0.5})});
  const Golden golden;
  const SearchResult found = search_layers(2, golden.cost, loss, {0, {}});
  EXPECT_THAT(found.z, ElementsAre(0, 2));
  EXPECT_EQ(found.loss, 0);
}

TEST(LayerSearch, all_columns_but_one_at_most) {
  ProxyLoss loss({growing({0, 0, 0, 0, 0, 0, 0})});
  const SearchResult found = search_layers(1, [](uint32_t, uint32_t z) { return 10.0 - z; }, loss, {1, {}});
  EXPECT_THAT(found.z, ElementsAre(7));
  EXPECT_EQ(found.steps.size(), 7);
}

TEST(LayerSearch, among_equals_more_gain_then_the_lower_layer) {
  const FlipCost cost = [](uint32_t layer, uint32_t z) { return z == 0 ? (layer == 2 ? 4.0 : 2.0) : 0; };
  ProxyLoss loss({growing({1}), growing({1}), growing({2})});
  const SearchResult found = search_layers(3, cost, loss, {10, {}});
  EXPECT_EQ(found.steps[0].layer, 2);  // 4 / 2, as 2 / 1
  EXPECT_EQ(found.steps[1].layer, 0);
  EXPECT_EQ(found.steps[2].layer, 1);
}

TEST(LayerSearch, stays_within_the_budget_and_adds_up) {
  EXPECT_TRUE(rc::check([] {
    const auto layers = *rc::gen::inRange<uint32_t>(1, 6);
    std::vector<ProxyLoss::Errors> errors;
    std::vector<std::vector<int>> gains;
    for (uint32_t l = 0; l < layers; ++l) {
      std::vector<double> steps;
      for (const int s : *rc::gen::container<std::vector<int>>(7, rc::gen::inRange(0, 9))) steps.push_back(s);
      errors.push_back(growing(steps));
      gains.push_back(*rc::gen::container<std::vector<int>>(7, rc::gen::inRange(0, 9)));
    }
    const FlipCost cost = [&](uint32_t l, uint32_t z) {
      return std::accumulate(gains[l].begin() + z, gains[l].end(), 0.0);
    };
    const double budget = *rc::gen::inRange(0, 60);
    ProxyLoss proxy(errors);
    CountedLoss whole(proxy, false), separable(proxy, true);
    const SearchResult found = search_layers(layers, cost, whole, {budget, {}});
    RC_ASSERT(found.loss <= budget);
    RC_ASSERT(found.loss == proxy.total(found.z));
    double saved = 0, stepped = 0;
    for (uint32_t l = 0; l < layers; ++l) saved += cost(l, 0) - cost(l, found.z[l]);
    for (const SearchStep& step : found.steps) {
      if (step.accepted) stepped += step.gain;
      if (step.accepted) RC_ASSERT(step.total_loss <= budget);
    }
    RC_ASSERT(found.gain == saved);
    RC_ASSERT(stepped == saved);
    // What is separable is asked less, and gives the same.
    const SearchResult again = search_layers(layers, cost, separable, {budget, {}});
    RC_ASSERT(again.z == found.z);
    RC_ASSERT(again.evaluations <= found.evaluations);
  }));
}

TEST(LayerSearch, no_setting_is_measured_twice) {
  Golden golden;
  for (const bool separable : {false, true}) {
    CountedLoss loss(golden.loss, separable);
    const SearchResult found = search_layers(2, golden.cost, loss, {2, {}});
    std::vector<std::vector<uint32_t>> asked = loss.asked();
    EXPECT_EQ(found.evaluations, asked.size());
    std::sort(asked.begin(), asked.end());
    EXPECT_EQ(std::adjacent_find(asked.begin(), asked.end()), asked.end());
  }
}

TEST(LayerSearch, the_proxy_weighs_the_layers) {
  ProxyLoss loss({growing({1, 3}), growing({0.5})}, {2, 10});
  EXPECT_DOUBLE_EQ(loss.total(std::vector<uint32_t>{2, 1}), 2 * 4 + 10 * 0.5);
  EXPECT_THROW(ProxyLoss({growing({1})}, {1, 2}), InputError);
  EXPECT_THROW(ProxyLoss({growing({1})}, {-1}), InputError);
  EXPECT_THROW(ProxyLoss({growing({1})}, {std::numeric_limits<double>::infinity()}), InputError);
}

TEST(LayerSearch, warm_start_spares_the_light_layers) {
  // 5 + 15 of 100 are the lightest fifth.
  const std::vector<uint64_t> weights = {50, 5, 30, 15};
  ProxyLoss loss(std::vector<ProxyLoss::Errors>(4, growing({0.1, 0.1, 0.1, 0.1})));
  EXPECT_THAT(warm_start(weights, loss, 1), ElementsAre(4, 0, 4, 0));
  EXPECT_THAT(warm_start(weights, loss, 0.5), Each(0));
  const SearchResult found = search_layers(4, [](uint32_t, uint32_t z) { return 10.0 - z; }, loss,
                                           {1, warm_start(weights, loss, 1)});
  EXPECT_THAT(found.start, ElementsAre(4, 0, 4, 0));
  EXPECT_NEAR(found.start_loss, 0.8, 1e-12);
  EXPECT_LE(found.loss, 1);
}

TEST(LayerSearch, refuses_negative_budgets_and_starts_it_cannot_hold) {
  Golden golden;
  EXPECT_THROW(search_layers(2, golden.cost, golden.loss, {-1, {}}), InputError);
  EXPECT_THROW(search_layers(2, golden.cost, golden.loss, {std::numeric_limits<double>::quiet_NaN(), {}}),
               InputError);
  EXPECT_THROW(search_layers(2, golden.cost, golden.loss, {2, {0}}), InputError);
  EXPECT_THROW(search_layers(2, golden.cost, golden.loss, {2, {8, 0}}), InputError);
  EXPECT_THROW(search_layers(2, golden.cost, golden.loss, {2, {3, 0}}), InputError);
  EXPECT_THROW(warm_start(std::vector<uint64_t>{1, 2}, golden.loss, -1), InputError);
}

}  // namespace
}  // namespace nonzero
