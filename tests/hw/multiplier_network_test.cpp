#include "nonzero/hw/array/multiplier_network.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero::hw {
namespace {

using Network = MultiplierNetwork<int64_t>;

TEST(MultiplierNetwork, multiplies_by_its_register_or_forwards) {
  Network network(4);
  network.load(std::vector<Network::Stationary>{{3, 0, 1}, {5, 2, 1}});
  EXPECT_EQ(network.multiply(0, int64_t{7}), 21);
  EXPECT_EQ(network.multiply(1, int64_t{-2}), -10);
  EXPECT_EQ(network.forward(9), 9);
  EXPECT_EQ(network.counts(), (MultiplierCounts{2, 2, 1}));
  EXPECT_EQ(network.loaded()[1].coordinate, 2U);
}

TEST(MultiplierNetwork, holds_at_most_its_multipliers) {
  EXPECT_THROW(Network(0), InputError);
  Network network(2);
  EXPECT_THROW(network.load(std::vector<Network::Stationary>(3)), InputError);
}

// One element per multiplier and cycle: a tile takes as long as its longest fiber.
RC_GTEST_PROP(MultiplierNetwork, a_fiber_at_once_equals_its_elements_cycle_by_cycle, (uint64_t seed)) {
  Random random(seed);
  const auto count = static_cast<uint32_t>(1 + random.below(8));
  std::vector<Network::Stationary> tile;
  std::vector<std::vector<float>> fibers(count);
  std::vector<uint64_t> lengths;
  for (uint32_t i = 0; i < count; ++i) {
    tile.push_back({static_cast<int64_t>(random.below(200)) - 100, i, i});
    fibers[i].resize(random.below(20));
    for (float& value : fibers[i]) value = static_cast<float>(random.below(200)) - 100;
    lengths.push_back(fibers[i].size());
  }
  Network slow(8), fast(8);
  slow.load(tile);
  fast.load(tile);
  std::vector<std::vector<int64_t>> products(count);
  uint64_t cycles = 0;
  for (bool busy = true; busy; cycles += busy) {
    busy = false;
    for (uint32_t i = 0; i < count; ++i) {
      if (cycles >= fibers[i].size()) continue;
      products[i].push_back(slow.multiply(i, static_cast<int64_t>(fibers[i][cycles])));
      busy = true;
    }
  }
  for (uint32_t i = 0; i < count; ++i) {
    std::vector<int64_t> at_once(fibers[i].size());
    fast.multiply(i, fibers[i], at_once);
    RC_ASSERT(at_once == products[i]);
  }
  RC_ASSERT(fast.counts() == slow.counts());
  RC_ASSERT(Network::stream_cycles(lengths) == cycles);
}

}  // namespace
}  // namespace nonzero::hw
