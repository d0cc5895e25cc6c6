#include "nonzero/hw/array/accumulator_banks.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>

namespace nonzero::hw {
namespace {

TEST(AccumulatorBanks, neighbours_of_channel_row_and_column_lie_in_banks_of_their_own) {
  std::vector<uint32_t> found;
  for (uint32_t m = 0; m < 4; ++m)
    for (uint32_t x = 0; x < 2; ++x)
      for (uint32_t y = 0; y < 2; ++y) found.push_back(bank_of(m, x, y, 32));
  std::sort(found.begin(), found.end());
  EXPECT_EQ(std::unique(found.begin(), found.end()), found.end());
  // Channel 4, or two columns or two rows on: the upper half; both: back again.
  EXPECT_EQ(bank_of(4, 0, 0, 32), 16U);
  EXPECT_EQ(bank_of(0, 2, 0, 32), 16U);
  EXPECT_EQ(bank_of(4, 2, 0, 32), 0U);
  EXPECT_EQ(bank_of(7, 1, 1, 8), 31U % 8);
}

TEST(AccumulatorBanks, a_step_takes_as_long_as_the_fullest_bank_has_products) {
  const std::vector<ScatterPlace> places = {{}};
  ScatterTable table(places, 32);
  const std::vector<ScatterWeight> apart = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {3, 0, 0}};
  table.hold(apart);
  EXPECT_EQ(table.cycles(std::vector<uint32_t>{0}, 4), 1U);
  const std::vector<ScatterWeight> together = {{0, 0, 0}, {8, 0, 0}, {16, 0, 0}, {24, 0, 0}};
  table.hold(together);
  EXPECT_EQ(table.cycles(std::vector<uint32_t>{0}, 4), 4U);
}

TEST(AccumulatorBanks, a_step_whose_products_all_fall_outside_takes_a_cycle) {
  const std::vector<ScatterPlace> places = {{0, 0, 0, 0, 0, 0}};
  ScatterTable table(places, 32);
  const std::vector<ScatterWeight> outside = {{0, 1, 0}, {0, 0, 1}};
  table.hold(outside);
  EXPECT_EQ(table.landing(0), 0U);
  EXPECT_EQ(table.cycles(std::vector<uint32_t>{0, 0}, 4), 1U);
}

// Product by product.
uint64_t slow_cycles(const std::vector<ScatterPlace>& places, const std::vector<ScatterWeight>& weights,
                     const std::vector<uint32_t>& activations, uint64_t lanes, uint32_t banks) {
  uint64_t cycles = 0;
  for (size_t begin = 0; begin < activations.size(); begin += lanes) {
    std::map<uint32_t, uint64_t> products;
    uint64_t step = 1;
    for (size_t i = begin; i < std::min<size_t>(activations.size(), begin + lanes); ++i)
      for (const ScatterWeight& w : weights) {
        const ScatterPlace& p = places[activations[i]];
        if (w.x < p.low_x || w.x > p.high_x || w.y < p.low_y || w.y > p.high_y) continue;
        // Far enough up that nothing is negative, which changes no bank.
        const auto x = static_cast<uint32_t>(64 + static_cast<int32_t>(p.x) - w.x);
        const auto y = static_cast<uint32_t>(64 + static_cast<int32_t>(p.y) - w.y);
        step = std::max(step, ++products[bank_of(w.m, x, y, banks)]);
      }
    cycles += step;
  }
  return cycles;
}

TEST(AccumulatorBanks, counting_by_places_equals_counting_by_products) {
  EXPECT_TRUE(rc::check([] {
    const auto below = [](int most) { return *rc::gen::inRange(0, most); };
    std::vector<ScatterPlace> places(static_cast<size_t>(below(6) + 1));
    for (ScatterPlace& p : places) {
      p.x = static_cast<uint32_t>(below(4));
      p.y = static_cast<uint32_t>(below(4));
      p.low_x = below(2);
      p.high_x = p.low_x + below(4);
      p.low_y = below(2);
      p.high_y = p.low_y + below(4);
    }
    std::vector<ScatterWeight> weights(static_cast<size_t>(below(8)));
    for (ScatterWeight& w : weights) w = {static_cast<uint32_t>(below(40)), below(5), below(5)};
    std::vector<uint32_t> activations(static_cast<size_t>(below(30)));
    for (uint32_t& a : activations) a = static_cast<uint32_t>(below(static_cast<int>(places.size())));
    const auto lanes = static_cast<uint64_t>(below(8) + 1);
    const auto banks = static_cast<uint32_t>(*rc::gen::inRange(1, 33));
    ScatterTable table(places, banks);
    table.hold(weights);
    RC_ASSERT(table.cycles(activations, lanes) == slow_cycles(places, weights, activations, lanes, banks));
  }));
}

}  // namespace
}  // namespace nonzero::hw
