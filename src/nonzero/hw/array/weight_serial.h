#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/hw/array/bit_column.h"

// How long the arrays that BitWave is compared with take for a tile of weights (BitWave spec, "Baselines"): Ku
// output channels with a group of Cu weights each, in lock-step.
namespace nonzero::hw {

enum class SerialKind : uint8_t {
  kStripes,    // `precision` cycles: every bit of every weight
  kPragmatic,  // the most one-bits of a weight's magnitude
  kBitlet,  // the most ones of one significance among a group's magnitudes: a lane for each of 8 significances
  kParallel,  // one: an 8-bit multiplier for each weight
};

// Cycles that each group needs by itself, in the groups' order.
std::vector<uint8_t> group_cycles(const GroupedWeights& weights, SerialKind kind, uint32_t precision);

// Bits of the weight that needs most, in two's complement, sign included.
uint32_t needed_precision(std::span<const int8_t> weights);

// One-bits that Stripes multiplies by: the lowest `precision` bits in two's complement.
uint64_t serial_ones(std::span<const int8_t> weights, uint32_t precision);

struct SerialTile {
  uint64_t cu = 8, oxu = 16, ku = 32;
  bool lane_per_significance = false;  // eight lanes a group (Bitlet) in place of one a weight
  // Each output channel has activations of its own: a depthwise layer's channels side by side.
  bool own_activations = false;

  [[nodiscard]] uint64_t lanes_per_group() const { return lane_per_significance ? 8 : cu; }
  [[nodiscard]] uint64_t lanes() const { return lanes_per_group() * oxu * ku; }
};

// One pass over all tiles. Lane-cycles are for one output column.
struct SerialWork {
  uint64_t tiles = 0, cycles = 0;
  uint64_t weight_bits = 0, weight_reads = 0;          // of all tiles; whole cycles for each
  uint64_t activation_bits = 0, activation_reads = 0;  // of one pass
  uint64_t mapped_lanes = 0;  // lanes with a weight or significance, until their tile ends
  uint64_t engine_lanes = 0;  // all lanes of the groups
};

// `bits` a weight, both SRAMs deliver `port_bits` a cycle; a tile takes at least `minimum` cycles. `cycles` as
// group_cycles gives them.
SerialWork count_serial(const GroupLayout& layout, std::span<const uint8_t> cycles, const SerialTile& tile,
                        uint64_t bits, uint64_t port_bits, uint64_t minimum);

}  // namespace nonzero::hw
