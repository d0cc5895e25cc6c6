#pragma once

#include <cstdint>
#include <vector>

#include "nonzero/hw/array/bit_column.h"
#include "nonzero/workload/integer_layer.h"

namespace nonzero::hw {

// Layers with more compute cycles are not stepped.
inline constexpr uint64_t kMostSteppedCycles = 1U << 17U;

struct SteppedLayer {
  uint64_t cycles = 0, write_cycles = 0;
  LaneCycles lanes;           // in the compute cycles
  std::vector<int32_t> sums;  // K x (OY * OX)
};

// The engines cycle by cycle, from the stored bit stream: each channel's parser finds the next kept column in
// its index, every lane XORs its sign and passes its activation where its bit is one, the engine adds its
// lanes, shifts once and accumulates; a tile and pass ends when all parsers are through. Finished
// accumulators leave `outputs_per_cycle` a cycle. In lock-step only: `rules.sync` must be kMax.
// Throws InputError where an accumulator overflows, as tile_product does.
SteppedLayer step_bit_columns(const IntegerLayer& layer, const GroupedWeights& weights,
                              const Unrolling& unrolling, const ColumnRules& rules,
                              const IntegerActivations& input, uint64_t outputs_per_cycle,
                              uint32_t accumulator_bits = 32);

}  // namespace nonzero::hw
