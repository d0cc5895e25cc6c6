#include "nonzero/hw/reduction/fan.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/reduction/steps.h"

namespace nonzero::hw {

Fan::Fan(uint32_t lanes) : lanes_(lanes) { check_reduction_lanes(lanes, "a FAN"); }

uint32_t Fan::level_of(uint32_t adder) const { return static_cast<uint32_t>(std::countr_one(adder)); }

uint32_t Fan::drain_cycles() const { return ceil_log2(lanes_); }

// The highest adder of lanes first … last is one below the lane of (first, last] with the most trailing
// zeros: `last` with all bits below the highest in which it differs from `first` cleared.
uint32_t Fan::latency(uint32_t first, uint32_t last) const {
  if (first == last) return last == lanes_ - 1 ? drain_cycles() : level_of(first) + 1;
  return static_cast<uint32_t>(std::bit_width(first ^ last));
}

uint64_t Fan::tree_links() const { return 2 * (uint64_t{lanes_} / 2 - 1); }

uint64_t Fan::forwarding_links() const {
  uint64_t links = 0;
  for (uint32_t level = 2; level < ceil_log2(lanes_); ++level)
    links += (uint64_t{lanes_} >> (level + 1)) * 2 * (level - 1);
  return links;
}

FanAdder Fan::connect(uint32_t adder, const LaneGroup& group, int32_t index) const {
  FanAdder result{level_of(adder), true, index, {}, {}};
  // The farthest neighbour still in the group, or the lane itself over the nearest link.
  const auto reach = [&](uint32_t lanes_beyond) {
    return std::min(result.level, static_cast<uint32_t>(std::bit_width(lanes_beyond)));
  };
  const uint32_t nearest = std::min(result.level, 1U);
  const uint32_t left = reach(adder - group.first);
  const uint32_t right = reach(group.last - adder - 1);
  result.left = left == 0 ? FanSource{FanSource::Kind::kLane, adder, nearest}
                          : FanSource{FanSource::Kind::kAdder, adder - (1U << (left - 1)), left};
  result.right = right == 0 ? FanSource{FanSource::Kind::kLane, adder + 1, nearest}
                            : FanSource{FanSource::Kind::kAdder, adder + (1U << (right - 1)), right};
  return result;
}

FanPlan Fan::plan(std::span<const int32_t> vec_id) const {
  if (vec_id.size() != lanes_)
    throw InputError(fmt::format("{} group ids for a FAN of {} lanes", vec_id.size(), lanes_));
  FanPlan plan;
  plan.lanes = lanes_;
  plan.adders.resize(lanes_ - 1);
  for (uint32_t adder = 0; adder + 1 < lanes_; ++adder) plan.adders[adder].level = level_of(adder);
  for (const LaneGroup& lanes : contiguous_groups(vec_id, "a FAN")) {
    const auto index = static_cast<int32_t>(plan.groups.size());
    for (uint32_t adder = lanes.first; adder < lanes.last; ++adder)
      plan.adders[adder] = connect(adder, lanes, index);
    FanGroup group{lanes, -1, lanes.first, latency(lanes.first, lanes.last)};
    if (lanes.size() > 1) {
      group.root = static_cast<int32_t>((lanes.last >> (group.latency - 1) << (group.latency - 1)) - 1);
      group.output_lane = static_cast<uint32_t>(group.root);
    }
    plan.groups.push_back(group);
  }

  std::vector<uint32_t> step_of_adder(lanes_ - 1);
  const auto operand = [&](const FanSource& source) {
    return source.kind == FanSource::Kind::kLane ? source.index : lanes_ + step_of_adder[source.index];
  };
  for (uint32_t level = 0; level < drain_cycles(); ++level) {
    for (uint32_t adder = (1U << level) - 1; adder < lanes_ - 1; adder += 2U << level) {
      if (!plan.adders[adder].enabled) continue;
      step_of_adder[adder] = static_cast<uint32_t>(plan.steps.size());
      plan.steps.push_back({operand(plan.adders[adder].left), operand(plan.adders[adder].right)});
    }
  }
  for (const FanGroup& group : plan.groups)
    plan.sum_of_group.push_back(group.root < 0 ? group.lanes.first
                                               : lanes_ + step_of_adder[static_cast<uint32_t>(group.root)]);
  return plan;
}

std::vector<float> Fan::reduce(const FanPlan& plan, std::span<const float> products) {
  return follow_steps(plan.lanes, plan.steps, plan.sum_of_group, products, "a FAN");
}

FanActivity Fan::activity(const FanPlan& plan) {
  FanActivity activity;
  for (const FanGroup& group : plan.groups) activity.bypasses += group.lanes.size();
  for (const FanAdder& adder : plan.adders) {
    if (!adder.enabled) continue;
    ++activity.additions;
    if (adder.level == 0) activity.bypasses -= 2;
    for (const FanSource& source : {adder.left, adder.right})
      if (source.link < adder.level) ++activity.forwarding_links;
  }
  return activity;
}

}  // namespace nonzero::hw
