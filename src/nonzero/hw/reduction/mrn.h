#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/hw/reduction/groups.h"

namespace nonzero::hw {

// MERGER-REDUCTION NETWORK (Flexagon, ASPLOS 2023, section 3.2.2), its adders; merger.h has CMP mode
//
//   function    sums any contiguous clusters of P leaves at once, P a power of two >= 2
//   structure   a binary tree in which neighbours with different parents share a lateral link:
//
//                 level 3                 o
//                 level 2         o               o
//                 level 1     o       o ===== o       o
//                 leaves    0   1   2   3   4   5   6   7
//
//   a node      PASS one input goes up; ADD both are of one cluster; ADD3 and the lateral input too;
//               SPLIT children of two clusters: one goes up, the other sideways or, complete, out
//   latency     a cluster leaves the node where it becomes complete, one cycle per level
//   throughput  one set of P values per cycle, at most `bandwidth` sums out of all nodes per cycle
//   activity    nodes by mode, additions, lateral hops and sums out, per level
//
// That a node never keeps two items is held by tests: exhaustively for P <= 16, on random partitions to 128.

struct MrnLevel {
  uint32_t pass = 0, add = 0, add3 = 0, split = 0;  // nodes
  uint32_t additions = 0;                           // of two operands: an ADD3 has two
  uint32_t lateral = 0;                             // items that went sideways
  uint32_t sums = 0;                                // clusters that became complete

  bool operator==(const MrnLevel&) const = default;
};

struct MrnCluster {
  uint32_t first = 0, size = 0;  // leaves
  uint32_t level = 0, node = 0;  // where it leaves
};

struct MrnRoute {
  uint32_t leaves = 0;
  std::vector<MrnLevel> levels;  // [0] is level 1
  std::vector<MrnCluster> clusters;
  // Additions level by level, and per cluster the operand (as in ReductionStep) that is its sum.
  std::vector<ReductionStep> steps;
  std::vector<uint32_t> sum_of_cluster;
};

class Mrn {
 public:
  // Throws InputError unless leaves is a power of two >= 2 and bandwidth >= 1.
  Mrn(uint32_t leaves, uint32_t bandwidth);

  [[nodiscard]] uint32_t leaves() const { return leaves_; }
  [[nodiscard]] uint32_t bandwidth() const { return bandwidth_; }
  [[nodiscard]] uint32_t levels() const;
  // Cycles until the last sum of any partition has reached its node: levels.
  [[nodiscard]] uint32_t drain_cycles() const { return levels(); }

  // Clusters of these sizes from leaf 0 on; leaves beyond them are off. Throws InputError where a size is
  // 0 or they exceed the leaves, std::logic_error where a node would hold two items.
  [[nodiscard]] MrnRoute route(std::span<const uint32_t> cluster_sizes) const;

  // Sums of one set of values (one per leaf; those of leaves that are off are ignored), added as the
  // nodes add. `scratch` keeps its memory between calls. Double and int64_t.
  template <class Value>
  static void reduce(const MrnRoute& route, std::span<const Value> values, std::vector<Value>& scratch,
                     std::span<Value> sums);

  // Cycles until every sum of one set has left: a sum complete at level l waits for its turn from cycle l.
  [[nodiscard]] uint64_t cycles(const MrnRoute& route) const;
  // Cycles of `sums` sums in steady state.
  [[nodiscard]] uint64_t output_cycles(uint64_t sums) const;

 private:
  uint32_t leaves_, bandwidth_;
};

}  // namespace nonzero::hw
