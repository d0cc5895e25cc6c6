#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/hw/reduction/groups.h"

namespace nonzero::hw {

// FORWARDING ADDER NETWORK (SIGMA, HPCA 2020, section IV-B)
//
//   function    sums any contiguous groups of N products at once, N a power of two >= 2
//   structure   adder i (0 … N-2) joins lanes i and i+1 at level = trailing ones of i:
//
//                 level 2                 3
//                 level 1         1               5
//                 level 0     0       2       4       6
//                 lanes     0   1   2   3   4   5   6   7
//
//               An adder of level l has links from its neighbours i -/+ 2^(k-1), k = l … 1. The farthest
//               (k = l) are the tree; the others forward past levels that belong to other groups.
//   latency     a group leaves at level(root) + 1, its root being its highest adder, on the root's lane; a
//               lone lane i at level(i) + 1 on lane i (lane N-1: log2 N). A lane so emits at one fixed
//               latency, whatever the grouping: steps with different groupings never collide.
//   throughput  one set of N products per cycle (a register per level)
//   activity    additions = lanes - groups; bypasses; uses of forwarding links
//
// That every contiguous grouping is summed correctly is held by tests: exhaustively for N <= 16, on random
// groupings to 512, against a twin that follows the links.

struct FanSource {
  enum class Kind : uint8_t { kLane, kAdder };
  Kind kind = Kind::kLane;
  uint32_t index = 0;  // lane or adder
  uint32_t link = 0;   // k: the link to the neighbour at distance 2^(k-1); 0 for level 0's own lanes
};

struct FanAdder {
  uint32_t level = 0;
  bool enabled = false;
  int32_t group = -1;     // index into FanPlan::groups
  FanSource left, right;  // meaningful where enabled
};

struct FanGroup {
  LaneGroup lanes;
  int32_t root = -1;  // adder, or -1 for a lone lane
  uint32_t output_lane = 0;
  uint32_t latency = 0;  // cycles
};

struct FanPlan {
  uint32_t lanes = 0;
  std::vector<FanAdder> adders;  // by adder
  std::vector<FanGroup> groups;  // by lane
  // The enabled adders level by level, and per group the operand (as in ReductionStep) that is its sum.
  std::vector<ReductionStep> steps;
  std::vector<uint32_t> sum_of_group;
};

struct FanActivity {
  uint64_t additions = 0;
  uint64_t bypasses = 0;          // products that pass their level 0 adder unadded
  uint64_t forwarding_links = 0;  // operands that came over a link other than the tree's
};

class Fan {
 public:
  // Throws InputError where `lanes` is no power of two >= 2.
  explicit Fan(uint32_t lanes);

  [[nodiscard]] uint32_t lanes() const { return lanes_; }
  [[nodiscard]] uint32_t adders() const { return lanes_ - 1; }
  [[nodiscard]] uint32_t level_of(uint32_t adder) const;
  // Cycles until the last group of any grouping has left: log2 N.
  [[nodiscard]] uint32_t drain_cycles() const;
  // Cycles until a group of lanes first … last leaves.
  [[nodiscard]] uint32_t latency(uint32_t first, uint32_t last) const;

  [[nodiscard]] uint64_t tree_links() const;        // into levels >= 1
  [[nodiscard]] uint64_t forwarding_links() const;  // the others

  // Additions for `lanes` products in `groups` groups, without a plan.
  static constexpr uint64_t additions(uint64_t lanes, uint64_t groups) { return lanes - groups; }

  // vec_id: group id per lane, -1 idle. Throws InputError on non-contiguous groups or a wrong length.
  [[nodiscard]] FanPlan plan(std::span<const int32_t> vec_id) const;

  // The sums of plan.groups, adder by adder in fp32. Products of idle lanes are ignored.
  [[nodiscard]] static std::vector<float> reduce(const FanPlan& plan, std::span<const float> products);

  [[nodiscard]] static FanActivity activity(const FanPlan& plan);

 private:
  [[nodiscard]] FanAdder connect(uint32_t adder, const LaneGroup& group, int32_t index) const;

  uint32_t lanes_;
};

}  // namespace nonzero::hw
