#pragma once

#include <cstdint>
#include <span>

#include "nonzero/tensor/bit_columns.h"

// BitWave's array of bit-column engines (Shi et al., HPCA 2024): an engine multiplies one bit column of a
// group of weights with the group's 8-bit activations (sign by XOR), adds, shifts once by the column's
// significance and accumulates, in one cycle. A zero-column index parser hands it the next kept column every
// cycle. Eight one-bit multipliers an engine; groups of 16 and 32 take two and four engines.
//
//   tile    Ku output channels x one (fy, fx) x Cu input channels: one group for each of the Ku channels
//   pass    one tile on OXu output columns; ceil(OX / OXu) * OY passes
//   cycles  of a tile and pass: max(minimum, most kept magnitude columns of its groups), as its engines run in
//           lock-step; the sign column costs none, in two's complement it is a column like the others
namespace nonzero::hw {

inline constexpr uint64_t kBitLanes = 4096;  // one-bit multipliers: 512 engines of 8

// How the loops lie on the array, and the width of the ports that feed them.
struct Unrolling {
  uint64_t cu = 8, oxu = 16, ku = 32;
  uint64_t weight_bits = 256, activation_bits = 1024;  // a cycle

  [[nodiscard]] uint64_t lanes() const { return cu * oxu * ku; }
};

uint64_t passes(const Unrolling& unrolling, uint64_t ox, uint64_t oy);

// What one tile and pass reads of the activations, in bits: Cu * OXu codes; of a depthwise layer, whose taps
// slide over one channel, the codes under the kernel: FY * ((OXu - 1) * stride + FX) [choice].
uint64_t activation_bits(const Unrolling& unrolling);
uint64_t window_bits(const Unrolling& unrolling, uint64_t fy, uint64_t fx, uint64_t stride_x);

// Whether a tile's engines wait for the slowest of them, or work is spread evenly over them (what buffers
// could gain at most): the mean in place of the maximum.
enum class ColumnSync : uint8_t { kMax, kIdeal };

struct ColumnRules {
  uint64_t minimum = 1;  // cycles of a tile
  ColumnSync sync = ColumnSync::kMax;
  ColumnCode code = ColumnCode::kSignMagnitude;
  bool raw = false;  // no index; every column stored and executed
};

// One pass over all tiles of a layer. Lane-cycles are for one output column.
struct ColumnWork {
  uint64_t tiles = 0, cycles = 0;
  uint64_t weight_bits = 0;   // out of the weight SRAM, index included
  uint64_t weight_reads = 0;  // cycles of that, whole cycles for each tile
  uint64_t columns = 0, skipped_columns = 0;
  uint64_t busy_lanes = 0;       // lanes of real weights in executed columns
  uint64_t imbalance_lanes = 0;  // the same in cycles that wait for other groups
  uint64_t padded_lanes = 0;     // lanes of the padding that fills the last group of a line
  uint64_t engine_lanes = 0;     // all of them: Cu lanes of each group for the cycles of its tile
};

// `indexes` are the layer's, one byte a group in the layout's order; not read where the layer is raw.
// Throws std::logic_error where lanes do not add up or Cu is not the layout's group.
ColumnWork count_columns(const GroupLayout& layout, std::span<const uint8_t> indexes,
                         const Unrolling& unrolling, const ColumnRules& rules);

// One-bits of all weights, in sign-magnitude without the sign or in two's complement.
uint64_t one_bits(std::span<const int8_t> weights, ColumnCode code);

// The 4096 lanes over the compute cycles of a layer; each counted on its own.
struct LaneCycles {
  uint64_t useful = 0, zero_operand = 0, imbalance = 0, idle = 0;
};
LaneCycles lane_cycles(const ColumnWork& work, const Unrolling& unrolling, uint64_t ones, uint64_t ox,
                       uint64_t oy);

}  // namespace nonzero::hw
