#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/hw/fiber.h"

namespace nonzero::hw {

// MERGER: a binary tree of comparators (Flexagon, ASPLOS 2023, section 3.2.2; the CMP mode of its
// merger-reduction network, and all there is of the one in SpArch- and GAMMA-like designs)
//
//   function    merges sorted fibers, one per leaf, into their sorted union; elements of equal coordinate
//               are added, and a sum that is exactly 0 stays
//   a node      any side waiting: does nothing       both ended: emits the end of fiber once
//               one side ended, or not enabled: forwards the other's head
//               both ready: the smaller coordinate goes up; equal ones are popped both and added
//   structure   F fibers take leaves 0 … F-1 and leave at level max(1, ceil(log2 F))
//   latency     one cycle per level
//   throughput  one element per cycle: fed without gaps, the end of fiber leaves at cycle levels + |union|
//   activity    comparisons (both sides ready), additions, forwards, summed over the nodes
struct MergeCounts {
  uint64_t inputs = 0, outputs = 0;  // elements at the leaves, and of the union
  uint64_t comparisons = 0, additions = 0, forwards = 0;

  MergeCounts& operator+=(const MergeCounts& other) {
    inputs += other.inputs;
    outputs += other.outputs;
    comparisons += other.comparisons;
    additions += other.additions;
    forwards += other.forwards;
    return *this;
  }
  bool operator==(const MergeCounts&) const = default;
};

// Levels that `fibers` fibers pass.
[[nodiscard]] uint32_t merge_levels(uint64_t fibers);
// Cycles of a pass in steady state, its inputs coming over `bandwidth` elements per cycle.
[[nodiscard]] uint64_t merge_cycles(uint64_t inputs, uint64_t outputs, uint64_t bandwidth);

// Throws InputError unless leaves is a power of two >= 2.
void check_merger_leaves(uint64_t leaves);

// The function: node by node, each merging all it gets. Instantiated for double and int64_t.
template <class Value>
class Merger {
 public:
  explicit Merger(uint32_t leaves);

  [[nodiscard]] uint32_t leaves() const { return leaves_; }

  // The union, valid until the next call. Adds to `counts`. Throws InputError where there are more fibers than leaves.
  FiberView<Value> merge(std::span<const FiberView<Value>> fibers, MergeCounts& counts);

 private:
  struct Buffer {
    std::vector<uint32_t> coordinates;
    std::vector<Value> values;
  };

  uint32_t leaves_;
  std::vector<FiberView<Value>> level_;
  Buffer buffers_[2];
};

// The counts of a merge without merging: one pass over the elements in leaf order. An element whose
// coordinate last stood in leaf j is new to the nodes that hold its own leaf i but not j, so those below
// level bit_width(i xor j); this gives every node's output. What a node forwards is the part of one side
// beyond the end of the other.
class MergeCounter {
 public:
  // Coordinates lie below `columns`.
  MergeCounter(uint32_t leaves, uint64_t columns);

  // Counts of one merge. Throws InputError where there are more fibers than leaves.
  MergeCounts count(std::span<const std::span<const uint32_t>> fibers);
  // The same, and the union, valid until the next call.
  MergeCounts count(std::span<const std::span<const uint32_t>> fibers, std::span<const uint32_t>& merged);

 private:
  template <bool kKeepUnion>
  MergeCounts run(std::span<const std::span<const uint32_t>> fibers);
  [[nodiscard]] uint64_t distinct(uint32_t level, size_t first, size_t last) const;
  uint64_t beyond(std::span<const std::span<const uint32_t>> fibers, uint32_t level, size_t first,
                  size_t last, int64_t coordinate);
  void collect_union();

  uint32_t leaves_, leaf_bits_;
  uint32_t epoch_ = 0, tail_epoch_ = 0;
  std::vector<uint32_t> seen_;       // by column: epoch and leaf of its last occurrence
  std::vector<uint32_t> tail_seen_;  // by column: the tail that counted it
  std::vector<uint64_t> new_below_;  // by leaf and level t: elements new to levels 1 … t
  std::vector<uint64_t> touched_, summary_;
  std::vector<uint32_t> union_;
};

}  // namespace nonzero::hw
