#pragma once

#include <cstdint>
#include <span>

namespace nonzero::hw {

// MULTICAST TREE (Flexagon, ASPLOS 2023, section 3.1 and Table 7)
//
//   function    one element to any set of P multipliers, P a power of two >= 2
//   structure   a binary tree of P - 1 nodes; a node passes the element to either child or both
//   latency     1 cycle, pipelined
//   throughput  up to `bandwidth` distinct elements per cycle (slot)
//   activity    nodes on the paths from the root to the destinations, each once per element
//
// The Benes alternative is hw/distribution/benes.h: words x (2 log2 P + 1) traversals.
class MulticastTree {
 public:
  // Throws InputError unless leaves is a power of two >= 2 and bandwidth >= 1.
  MulticastTree(uint32_t leaves, uint32_t bandwidth);

  [[nodiscard]] uint32_t leaves() const { return leaves_; }
  [[nodiscard]] uint32_t nodes() const { return leaves_ - 1; }
  static constexpr uint64_t latency_cycles() { return 1; }

  // Slots for that many distinct elements.
  [[nodiscard]] uint64_t slots(uint64_t distinct_elements) const;

  // Nodes passed by one element. Bit d % 64 of word d / 64 says that it goes to multiplier d; there are
  // ceil(P / 64) words, bits beyond P are 0.
  [[nodiscard]] uint64_t traversals(std::span<const uint64_t> destinations) const;
  // To multipliers first … last - 1.
  [[nodiscard]] uint64_t traversals(uint32_t first, uint32_t last) const;
  // To one multiplier: log2 P.
  [[nodiscard]] uint64_t unicast_traversals() const { return levels_; }

 private:
  uint32_t leaves_, bandwidth_, levels_;
};

}  // namespace nonzero::hw
