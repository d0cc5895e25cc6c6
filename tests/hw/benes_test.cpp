#include "nonzero/hw/distribution/benes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "hw/benes_twin.h"
#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero::hw {
namespace {

using Map = std::vector<int32_t>;

std::vector<int32_t> distinct_words(uint32_t lanes) {
  std::vector<int32_t> words(lanes);
  std::iota(words.begin(), words.end(), 1000);
  return words;
}

Map uniform_map(uint32_t lanes, uint32_t sources, Random& random) {
  Map map(lanes);
  for (int32_t& source : map) source = static_cast<int32_t>(random.below(sources));
  return map;
}

Map permutation(uint32_t lanes, Random& random) {
  Map map(lanes);
  std::iota(map.begin(), map.end(), 0);
  for (uint32_t i = lanes; i > 1; --i) std::swap(map[i - 1], map[random.below(i)]);
  return map;
}

void expect_delivery(const Benes& network, const Map& map) {
  const auto words = distinct_words(network.lanes());
  const auto routing = network.route(map);
  const auto delivered = network.apply<int32_t>(routing, words);
  for (uint32_t lane = 0; lane < network.lanes(); ++lane) {
    ASSERT_EQ(routing.delivers(lane), map[lane] >= 0);
    ASSERT_EQ(delivered[lane], map[lane] >= 0 ? words[map[lane]] : 0)
        << "lane " << lane << " of " << testing::PrintToString(map);
  }
}

TEST(Benes, a_map_is_refused_unless_it_names_lanes) {
  EXPECT_THROW(Benes(0), InputError);
  EXPECT_THROW(Benes(1), InputError);
  EXPECT_THROW(Benes(12), InputError);
  const Benes network(4);
  EXPECT_THROW((void)network.route(Map{0, 1, 2}), InputError);
  EXPECT_THROW((void)network.route(Map{0, 1, 2, -2}), InputError);
  try {
    (void)network.route(Map{0, 1, 4, 3});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("(0,1,4,3)"), std::string::npos) << error.what();
  }
}

TEST(Benes, strides_shrink_to_one_twice_and_grow_again) {
  const Benes network(8);
  std::vector<uint32_t> strides;
  for (uint32_t level = 1; level < network.levels(); ++level) strides.push_back(network.stride_into(level));
  EXPECT_EQ(strides, (std::vector<uint32_t>{4, 2, 1, 1, 2, 4}));
  EXPECT_EQ(Benes(2).levels(), 3U);
}

TEST(Benes, a_word_delivered_crosses_two_log2_n_plus_one_switches) {
  EXPECT_EQ(Benes(128).traversals(1), 15U);
  EXPECT_EQ(Benes(64).traversals(3), 39U);
  EXPECT_EQ(Benes(64).latency_cycles(), 1U);
}

TEST(Benes, every_map_routes_at_2_and_4_lanes_idle_lanes_included) {
  for (const int32_t lanes : {2, 4}) {
    const Benes network(static_cast<uint32_t>(lanes));
    Map map(static_cast<size_t>(lanes), -1);
    bool more = true;
    while (more) {
      ASSERT_NO_FATAL_FAILURE(expect_delivery(network, map));
      size_t digit = 0;
      while (digit < map.size() && ++map[digit] == lanes) map[digit++] = -1;
      more = digit < map.size();
    }
  }
}

// Not routable with one word per lane and level: both outputs of a switch are needed.
TEST(Benes, the_two_maps_that_need_both_outputs_of_a_switch_route) {
  const Benes network(8);
  expect_delivery(network, {6, 5, 6, 2, 0, 1, 4, 1});
  expect_delivery(network, {1, 5, 5, 2, 1, 4, 2, 0});
}

TEST(Benes, a_hundred_thousand_random_maps_route_at_8_lanes) {
  const Benes network(8);
  Random random(8);
  for (int i = 0; i < 100000; ++i)
    ASSERT_NO_FATAL_FAILURE(expect_delivery(network, uniform_map(8, 8, random)));
}

TEST(Benes, random_multicasts_route_to_512_lanes) {
  Random random(2);
  for (uint32_t lanes = 16; lanes <= 512; lanes *= 2) {
    const Benes network(lanes);
    for (int i = 0; i < 40; ++i) {
      const auto sources = static_cast<uint32_t>(1 + random.below(lanes));
      ASSERT_NO_FATAL_FAILURE(expect_delivery(network, uniform_map(lanes, lanes, random)));
      ASSERT_NO_FATAL_FAILURE(expect_delivery(network, permutation(lanes, random)));
      Map few = uniform_map(lanes, sources, random);
      for (int32_t& source : few)
        if (random.chance(0.25)) source = -1;
      ASSERT_NO_FATAL_FAILURE(expect_delivery(network, few));
      std::sort(few.begin(), few.end());
      ASSERT_NO_FATAL_FAILURE(expect_delivery(network, few));
    }
  }
}

// All sources a multiple of 8: halving alone gives up on such maps, negotiation finds them.
TEST(Benes, sources_that_crowd_on_the_same_links_route) {
  Random random(3);
  const Benes network(128);
  for (int i = 0; i < 20; ++i) {
    Map map = uniform_map(128, 16, random);
    for (int32_t& source : map) source *= 8;
    ASSERT_NO_FATAL_FAILURE(expect_delivery(network, map));
  }
}

TEST(Benes, applying_a_routing_equals_the_twin_whatever_the_bits) {
  Random random(4);
  for (uint32_t lanes = 2; lanes <= 64; lanes *= 2) {
    const Benes network(lanes);
    twin::Benes twin(lanes);
    const auto words = distinct_words(lanes);
    for (int i = 0; i < 10; ++i) {
      auto routing = network.route(uniform_map(lanes, lanes, random));
      // Level 0 has one input; the component wires both its inputs to it.
      for (size_t k = lanes; k < routing.select.size(); ++k) routing.select[k] = random.below(4) & 3;
      const auto delivered = network.apply<int32_t>(routing, words);
      const auto expected = twin.cycle(routing, words);
      for (uint32_t lane = 0; lane < lanes; ++lane) ASSERT_EQ(delivered[lane], expected[lane]);
    }
  }
}

// Flipping the bit of a port on the way to some lane brings that lane the switch's other word; nothing
// downstream can undo it. (Where both inputs hold the same word, the bit decides nothing.)
TEST(Benes, one_flipped_control_bit_that_is_used_makes_delivery_wrong) {
  Random random(5);
  for (const uint32_t lanes : {4U, 8U, 16U, 32U}) {
    const Benes network(lanes);
    twin::Benes twin(lanes);
    const auto words = distinct_words(lanes);
    uint64_t flipped = 0, indifferent = 0;
    for (int i = 0; i < 10; ++i) {
      const auto routing = network.route(uniform_map(lanes, lanes, random));
      const auto right = network.apply<int32_t>(routing, words);
      twin.cycle(routing, words);
      for (uint32_t level = 1; level < network.levels(); ++level) {
        for (uint32_t lane = 0; lane < lanes; ++lane) {
          for (const uint8_t port : {BenesRouting::kVertical, BenesRouting::kDiagonal}) {
            if (!routing.carries(level, lane, port)) continue;
            if (twin.input(level, lane, false) == twin.input(level, lane, true)) {
              ++indifferent;
              continue;
            }
            auto broken = routing;
            broken.select[size_t{level} * lanes + lane] ^= static_cast<uint8_t>(1U << port);
            ASSERT_NE(network.apply<int32_t>(broken, words), right) << "level " << level << " lane " << lane;
            ++flipped;
          }
        }
      }
    }
    EXPECT_GT(flipped, indifferent);
  }
}

TEST(Benes, ports_used_are_words_times_levels_without_multicast_and_fewer_with) {
  Random random(6);
  const Benes network(64);
  EXPECT_EQ(network.route(permutation(64, random)).ports_used(), network.traversals(64));
  const auto broadcast = network.route(Map(64, 7));
  EXPECT_LT(broadcast.ports_used(), network.traversals(64));
  EXPECT_GE(broadcast.ports_used(), 64U + network.levels() - 1);
}

TEST(Benes, the_same_map_gives_the_same_bits) {
  Random random(7);
  const Benes network(128);
  const Map map = uniform_map(128, 128, random);
  EXPECT_EQ(network.route(map).select, network.route(map).select);
}

}  // namespace
}  // namespace nonzero::hw
