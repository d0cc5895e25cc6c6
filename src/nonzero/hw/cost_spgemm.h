#pragma once

#include <cstdint>
#include <string>

#include "nonzero/hw/cost.h"
#include "nonzero/hw/memory/psram.h"

// Bottom-up cost of the components of sparse-sparse machines, from a technology table's own entries.
namespace nonzero::hw {

// What a link carries: an element, and the row or cluster it belongs to.
struct ElementBits {
  uint32_t value = 16, coordinate = 16, id = 6;

  [[nodiscard]] uint32_t element() const { return value + coordinate; }
  [[nodiscard]] uint32_t word() const { return value + coordinate + id; }
};

// --- blocks (leaves a power of two >= 2, else InputError) ---------------------------------------------

// A node adds, compares coordinates, picks among left, right and sum, and registers what it emits. In the MRN
// nodes with a lateral link add three (a second adder) and choose what goes sideways.
Block merger_block(const Technology& tech, uint64_t leaves, CostKind adder, const ElementBits& width);
Block mrn_block(const Technology& tech, uint64_t leaves, CostKind adder, const ElementBits& width);

// A multiplier, the registers of the stationary element and of what it emits, and the way around it.
Block multiplier_network_block(const Technology& tech, const Arithmetic& arithmetic, uint64_t multipliers,
                               const ElementBits& width);

// A node above s leaves passes min(bandwidth, s) words at once, each through a switch and a register.
Block multicast_tree_block(const Technology& tech, uint64_t leaves, uint64_t bandwidth, uint32_t word_bits);

// Lines in banks that together deliver `bytes_per_cycle`; tags, valid and LRU bits beside them, and a
// comparator per way and bank.
struct CacheShape {
  uint64_t bytes = 0, line_bytes = 0, ways = 1, banks = 1, bytes_per_cycle = 0;
  uint32_t address_bits = 40;
};
Block cache_block(const Technology& tech, const std::string& name, const CacheShape& cache);

// The blocks of a set lie in banks of their own, one element wide; tags and pointers beside them; in every bank
// a comparator of row and k.
struct PsramShape {
  PsramGeometry geometry;
  uint32_t row_bits = 32, k_bits = 32;
};
Block psram_block(const Technology& tech, const PsramShape& psram);

// Registers, two pointers.
Block fifo_block(const Technology& tech, const std::string& name, uint64_t entries, uint32_t word_bits);

// --- energy of an event -----------------------------------------------------------------------------

// An element into a node's register, having been picked: what PASS, SPLIT and forwards cost, and what
// comparisons and additions cost beyond themselves.
Energy reduction_hop_energy(const Technology& tech, const ElementBits& width);
Energy comparison_energy(const Technology& tech, const ElementBits& width);
// A multiplier at work, its registers included; the addition is addition_energy.
Energy multiplier_element_energy(const Technology& tech, const Arithmetic& arithmetic,
                                 const ElementBits& width);
Energy multiplier_forward_energy(const Technology& tech, const ElementBits& width);
Energy tree_traversal_energy(const Technology& tech, uint32_t word_bits);
// A request: `bytes` of a line, and the tags of its set.
Energy cache_access_energy(const Technology& tech, const CacheShape& cache, uint64_t bytes);
// A partial_write or consume of one element.
Energy psram_access_energy(const Technology& tech, const PsramShape& psram);
// In and out again.
Energy fifo_element_energy(const Technology& tech, uint32_t word_bits);

}  // namespace nonzero::hw
