#include "nonzero/hw/distribution/benes_negotiate.h"

#include <algorithm>
#include <limits>

#include "nonzero/base/math.h"

namespace nonzero::hw {
namespace {

constexpr int kRoundsOfAll = 8;  // afterwards only paths on shared links move
constexpr int kRounds = 500;
constexpr int kStarts = 12;
constexpr double kPressureGrowth = 1.05;
constexpr double kPressureLimit = 100;
constexpr double kFreshLink = 0.1;  // a link the word does not use yet
constexpr double kGrudge = 0.3;     // per round and word too many

}  // namespace

BenesNegotiation::BenesNegotiation(uint32_t lanes)
    : lanes_(lanes),
      depth_(ceil_log2(lanes)),
      random_(lanes),
      links_(size_t{4} * lanes * depth_),
      word_(lanes),
      middle_(lanes) {}

std::optional<std::vector<uint32_t>> BenesNegotiation::run(std::span<const int32_t> source_of_lane) {
  random_ = Random(lanes_);
  std::vector<uint32_t> order;
  for (uint32_t lane = 0; lane < lanes_; ++lane) {
    if (source_of_lane[lane] < 0) continue;
    word_[lane] = static_cast<uint32_t>(source_of_lane[lane]);
    order.push_back(lane);
  }
  for (int start = 0; start < kStarts; ++start)
    if (settle(order)) return middle_;
  return std::nullopt;
}

bool BenesNegotiation::settle(std::vector<uint32_t>& order) {
  for (Link& link : links_) link = {};
  pressure_ = 1;
  for (int round = 0; round < kRounds; ++round) {
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
    for (const uint32_t lane : order) {
      if (round >= kRoundsOfAll && !on_shared_link(lane)) continue;
      if (round > 0) lift(lane, middle_[lane]);
      best_cost_ = std::numeric_limits<double>::infinity();
      descend(lane, 0, 0, 0);
      middle_[lane] = best_;
      lay(lane, best_);
    }
    if (charge_shared_links() == 0) return true;
    pressure_ = std::min(pressure_ * kPressureGrowth, kPressureLimit);
  }
  return false;
}

BenesNegotiation::Link& BenesNegotiation::link(uint32_t side, uint32_t depth, uint32_t prefix,
                                               uint32_t lane) {
  const uint32_t kept_bits = depth_ - depth + 1;
  const uint32_t kept = lane & ((uint32_t{1} << kept_bits) - 1);
  return links_[(size_t{side} * depth_ + depth - 1) * 2 * lanes_ + ((prefix << kept_bits) | kept)];
}

double BenesNegotiation::price(const Link& link, uint32_t word) const {
  for (const auto& entry : link.words)
    if (entry.first == word) return pressure_ * static_cast<double>(link.words.size() - 1);
  return kFreshLink + link.history + pressure_ * (1 + link.history) * static_cast<double>(link.words.size());
}

void BenesNegotiation::lay(uint32_t lane, uint32_t middle) {
  for (uint32_t depth = 1; depth <= depth_; ++depth) {
    for (uint32_t side = 0; side < 2; ++side) {
      auto& words = link(side, depth, middle >> (depth_ - depth), side == 0 ? word_[lane] : lane).words;
      const auto found = std::find_if(words.begin(), words.end(),
                                      [&](const auto& entry) { return entry.first == word_[lane]; });
      if (found != words.end())
        ++found->second;
      else
        words.emplace_back(word_[lane], 1);
    }
  }
}

void BenesNegotiation::lift(uint32_t lane, uint32_t middle) {
  for (uint32_t depth = 1; depth <= depth_; ++depth) {
    for (uint32_t side = 0; side < 2; ++side) {
      auto& words = link(side, depth, middle >> (depth_ - depth), side == 0 ? word_[lane] : lane).words;
      const auto found = std::find_if(words.begin(), words.end(),
                                      [&](const auto& entry) { return entry.first == word_[lane]; });
      if (--found->second == 0) words.erase(found);
    }
  }
}

bool BenesNegotiation::on_shared_link(uint32_t lane) {
  for (uint32_t depth = 1; depth <= depth_; ++depth) {
    const uint32_t prefix = middle_[lane] >> (depth_ - depth);
    if (link(0, depth, prefix, word_[lane]).words.size() > 1 || link(1, depth, prefix, lane).words.size() > 1)
      return true;
  }
  return false;
}

void BenesNegotiation::descend(uint32_t lane, uint32_t depth, uint32_t prefix, double cost) {
  if (cost >= best_cost_) return;
  if (depth == depth_) {
    best_cost_ = cost;
    best_ = prefix;
    return;
  }
  double step[2];
  for (uint32_t bit = 0; bit < 2; ++bit)
    step[bit] = price(link(0, depth + 1, prefix * 2 + bit, word_[lane]), word_[lane]) +
                price(link(1, depth + 1, prefix * 2 + bit, lane), word_[lane]);
  const uint32_t first = step[0] == step[1] ? static_cast<uint32_t>(random_.bits() >> 63) : step[1] < step[0];
  for (const uint32_t bit : {first, 1 - first}) descend(lane, depth + 1, prefix * 2 + bit, cost + step[bit]);
}

uint64_t BenesNegotiation::charge_shared_links() {
  uint64_t shared = 0;
  for (Link& link : links_) {
    if (link.words.size() < 2) continue;
    ++shared;
    link.history += kGrudge * static_cast<double>(link.words.size() - 1);
  }
  return shared;
}

}  // namespace nonzero::hw
