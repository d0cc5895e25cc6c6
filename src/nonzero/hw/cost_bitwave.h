#pragma once

#include <string_view>

#include "nonzero/hw/cost.h"

// What the arrays of BitWave and its peers cost.
namespace nonzero::hw {

// Eight one-bit multipliers with what surrounds them, as a paper's table gives the PE: area, and power over
// clock as the energy of a busy cycle. `table_block` is its name among the technology's blocks.
// Throws InputError where there is no such block.
Block published_engine_block(const Technology& tech, std::string_view table_block);

// 8-bit multipliers, each with an int32 adder and registers for both operands and the sum.
Block parallel_array_block(const Technology& tech, uint64_t multipliers);

// The energy of an array's core cycles: a share of `idle` of a busy cycle always, the rest by the lanes that the
// mapping uses, of `lanes` (BitWave spec, "Traffic, energy and area": 0.2 + 0.8 * active / 4096).
struct CoreEnergy {
  Energy cycle, lane_cycle;
};
CoreEnergy core_energy(const Energy& busy_cycle, uint64_t lanes, double idle);

}  // namespace nonzero::hw
