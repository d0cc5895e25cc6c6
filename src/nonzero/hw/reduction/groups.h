#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nonzero::hw {

// Neighbouring lanes whose products belong to one sum.
struct LaneGroup {
  int32_t id = 0;
  uint32_t first = 0, last = 0;  // lanes, both inside

  [[nodiscard]] uint32_t size() const { return last - first + 1; }
};

// The groups of `vec_id` (group id per lane, -1 idle) in lane order. Throws InputError where an id is
// negative or a group's lanes are not contiguous, or where the number of lanes is no power of two >= 2.
// `network` names the component in the message.
std::vector<LaneGroup> contiguous_groups(std::span<const int32_t> vec_id, const char* network);

// Throws InputError unless lanes is a power of two >= 2.
void check_reduction_lanes(uint64_t lanes, const char* network);

// One two-operand addition in the order in which a plan is followed. An operand below the number of lanes
// is that lane's product, otherwise the result of step operand - lanes.
struct ReductionStep {
  uint32_t left = 0, right = 0;
};

}  // namespace nonzero::hw
