#include "nonzero/hw/memory/shared_bandwidth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero::hw {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

TEST(MaxMinShares, who_needs_less_leaves_the_rest_to_the_others) {
  EXPECT_THAT(max_min_shares(std::vector<double>{2, 8, 10}, 12), ElementsAre(2, 5, 5));
  EXPECT_THAT(max_min_shares(std::vector<double>{10, 2, 3}, 100), ElementsAre(10, 2, 3));
  EXPECT_THAT(max_min_shares(std::vector<double>{kUnlimited, 1}, 9), ElementsAre(8, 1));
  EXPECT_TRUE(max_min_shares({}, 5).empty());
}

// Water rises at all clients alike until it meets their caps: the definition, poured in small portions.
std::vector<double> poured(const std::vector<double>& caps, double total) {
  std::vector<double> shares(caps.size());
  constexpr int kPortions = 100000;
  for (int i = 0; i < kPortions; ++i) {
    const auto open = static_cast<double>(std::count_if(caps.begin(), caps.end(), [&](const double& cap) {
      return shares[size_t(&cap - caps.data())] < cap;
    }));
    if (open == 0) break;
    for (size_t c = 0; c < caps.size(); ++c)
      if (shares[c] < caps[c]) shares[c] = std::min(caps[c], shares[c] + total / kPortions / open);
  }
  return shares;
}

TEST(MaxMinShares, equal_what_pouring_gives) {
  Random random(3);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<double> caps(1 + random.below(6));
    for (double& cap : caps) cap = 0.1 + random.unit() * 5;
    const std::vector<double> shares = max_min_shares(caps, 7), expected = poured(caps, 7);
    for (size_t i = 0; i < caps.size(); ++i) EXPECT_NEAR(shares[i], expected[i], 1e-3);
  }
}

TEST(MaxMinShares, weights_stretch_the_parts_but_not_the_caps) {
  EXPECT_THAT(max_min_shares(std::vector<double>{100, 100}, 12, std::vector<double>{1, 3}),
              ElementsAre(3, 9));
  EXPECT_THAT(max_min_shares(std::vector<double>{100, 5}, 12, std::vector<double>{1, 3}), ElementsAre(7, 5));
}

// Two clients, 10 B/s: A moves 30 B at up to 20 B/s, B 20 B at up to 4 B/s. B takes 4, A 6 until B ends at 5 s.
TEST(SharedBandwidth, two_clients_by_hand) {
  SharedBandwidth memory(10, 2);
  memory.start(0, {30, 1.5});
  memory.start(1, {20, 5});
  EXPECT_THAT(memory.rate(0), DoubleEq(6));
  EXPECT_THAT(memory.rate(1), DoubleEq(4));
  EXPECT_EQ(memory.advance(), 0U);
  EXPECT_THAT(memory.now(), DoubleEq(5));
  EXPECT_EQ(memory.advance(), 1U);
  EXPECT_NEAR(memory.now(), 5, 1e-12);
  EXPECT_EQ(memory.advance(), std::nullopt);
  memory.start(0, {30, 1.5});  // alone: the memory limits it
  memory.advance();
  EXPECT_NEAR(memory.now(), 8, 1e-12);
  memory.wait(2);
  EXPECT_NEAR(memory.now(), 10, 1e-12);
}

TEST(SharedBandwidth, a_client_is_never_faster_than_alone) {
  SharedBandwidth memory(1e9, 1);
  memory.start(0, {10, 4});
  memory.advance();
  EXPECT_DOUBLE_EQ(memory.now(), 4);
}

// The same run in steps of a fixed length.
std::vector<double> stepped_ends(const std::vector<Transfer>& transfers, double total, double step) {
  std::vector<double> left, ends(transfers.size());
  for (const Transfer& one : transfers) left.push_back(one.bytes);
  for (double now = 0; *std::max_element(left.begin(), left.end()) > 0; now += step) {
    std::vector<double> caps;
    for (size_t i = 0; i < left.size(); ++i)
      caps.push_back(left[i] > 0 ? transfers[i].bytes / transfers[i].least_seconds : 0);
    const std::vector<double> shares = max_min_shares(caps, total);
    for (size_t i = 0; i < left.size(); ++i) {
      if (left[i] <= 0) continue;
      left[i] -= shares[i] * step;
      if (left[i] <= 0) ends[i] = now + step;
    }
  }
  return ends;
}

TEST(SharedBandwidth, ends_are_those_of_a_stepped_run) {
  Random random(11);
  for (int trial = 0; trial < 10; ++trial) {
    std::vector<Transfer> transfers(2 + random.below(5));
    for (Transfer& one : transfers) one = {1 + 20 * random.unit(), 0.1 + 3 * random.unit()};
    SharedBandwidth memory(12, transfers.size());
    for (size_t i = 0; i < transfers.size(); ++i) memory.start(i, transfers[i]);
    const std::vector<double> expected = stepped_ends(transfers, 12, 1e-3);
    while (const auto ended = memory.advance()) EXPECT_NEAR(memory.now(), expected[*ended], 2e-2);
  }
}

TEST(SharedBandwidth, all_of_it_is_used_while_anyone_wants_it) {
  Random random(5);
  SharedBandwidth memory(10, 4);
  double bytes = 0;
  uint64_t left = 200;
  const auto start = [&](size_t client) {
    const double amount = 1 + 9 * random.unit();
    memory.start(client, {amount, 0});
    bytes += amount;
    --left;
  };
  for (size_t client = 0; client < 4; ++client) start(client);
  while (const auto ended = memory.advance())
    if (left > 0) start(*ended);
  EXPECT_NEAR(memory.now(), bytes / 10, 1e-9 * bytes);
}

TEST(SharedBandwidth, refuses_what_it_cannot_be) {
  EXPECT_THROW(SharedBandwidth(0, 1), InputError);
  EXPECT_THROW(SharedBandwidth(kUnlimited, 1), InputError);
  SharedBandwidth memory(1, 1);
  EXPECT_THROW(memory.start(0, {0, 1}), std::logic_error);
  memory.start(0, {1, 1});
  EXPECT_THROW(memory.start(0, {1, 1}), std::logic_error);
  EXPECT_THROW(memory.wait(1), std::logic_error);
}

}  // namespace
}  // namespace nonzero::hw
