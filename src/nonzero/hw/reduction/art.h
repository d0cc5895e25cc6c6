#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/hw/reduction/groups.h"

namespace nonzero::hw {

// AUGMENTED REDUCTION TREE (MAERI, ASPLOS 2018)
//
//   function    sums any contiguous groups of N products at once, N a power of two >= 2
//   structure   a binary tree; level 1 has N/2 nodes, level log2 N the root. At each level nodes 2i+1 and
//               2i+2, neighbours with different parents, share a lateral link:
//
//                 level 3                 0
//                 level 2           0           1
//                 level 1        0     1 === 2     3
//                 lanes         0 1   2 3   4 5   6 7
//
//               A node with a lateral link is a 3-input adder (two fp adders), the others 2-input.
//   latency     a group leaves at the level at which it is complete, at most log2 N
//   throughput  one set of N products per cycle (a register per level)
//   activity    additions = lanes - groups, a 3-input addition counting two
//
// Routing, level by level: a node adds its children where they are of one group; then, where the items
// that face each other across a lateral link are of one group, a node that holds two groups hands its item
// over; what is complete leaves. That every node then holds at most one item is held by tests:
// exhaustively for N <= 16, on random groupings to 512.

struct ArtNode {
  enum class Mode : uint8_t { kOff, kPass, kAdd, kAdd3, kAddAndSide, kSide };
  Mode mode = Mode::kOff;
  // Indices into ArtPlan::groups of the items the children bring, -1 where they bring none.
  int32_t left = -1, right = -1;
  bool sends_sideways = false, receives_sideways = false;
  uint32_t additions = 0;  // 0, 1 or 2
  int32_t up = -1;         // group of the item that goes to the parent
};

struct ArtGroup {
  LaneGroup lanes;
  uint32_t latency = 0;  // the level at which it leaves
  uint32_t node = 0;     // of that level
};

struct ArtPlan {
  uint32_t lanes = 0;
  std::vector<std::vector<ArtNode>> levels;  // levels[l - 1][node]
  std::vector<ArtGroup> groups;              // by lane
  std::vector<ReductionStep> steps;
  std::vector<uint32_t> sum_of_group;
};

struct ArtActivity {
  uint64_t additions = 0;
  uint64_t three_input_additions = 0;  // nodes that add three items; two of `additions` each
  uint64_t lateral_links = 0;          // items sent sideways
};

class Art {
 public:
  // Throws InputError where `lanes` is no power of two >= 2.
  explicit Art(uint32_t lanes);

  [[nodiscard]] uint32_t lanes() const { return lanes_; }
  [[nodiscard]] uint32_t drain_cycles() const;
  [[nodiscard]] uint64_t three_input_adders() const;  // nodes with a lateral link
  [[nodiscard]] uint64_t two_input_adders() const;    // nodes without
  [[nodiscard]] uint64_t lateral_links() const { return three_input_adders() / 2; }

  static constexpr uint64_t additions(uint64_t lanes, uint64_t groups) { return lanes - groups; }

  // vec_id: group id per lane, -1 idle. Throws InputError on non-contiguous groups or a wrong length.
  [[nodiscard]] ArtPlan plan(std::span<const int32_t> vec_id) const;

  // The sums of plan.groups, node by node in fp32. Products of idle lanes are ignored.
  [[nodiscard]] static std::vector<float> reduce(const ArtPlan& plan, std::span<const float> products);

  [[nodiscard]] static ArtActivity activity(const ArtPlan& plan);

 private:
  uint32_t lanes_;
};

}  // namespace nonzero::hw
