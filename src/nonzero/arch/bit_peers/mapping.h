#pragma once

#include <cstdint>
#include <memory>

#include "nonzero/arch/bit_peers/config.h"
#include "nonzero/workload/operation.h"

namespace nonzero::bit_peers {

// How one layer runs and what that costs.
struct Mapping {
  hw::SerialTile tile;
  uint32_t precision = 8;  // bits of a weight, in DRAM and in the weight SRAM
  std::shared_ptr<const GroupedWeights> weights;
  hw::SerialWork work;
  uint64_t passes = 0;
  LayerDemand demand;
  LayerDram dram;
  LayerCycles cycles;
};

// The tile of lowest latency; ties: fewer compute cycles, then the first.
Mapping map_layer(const IntegerLayer& layer, Kind kind, const Config& config, bool input_on_chip);

// The multipliers over the compute cycles, each bucket counted on its own. A multiplication is one by a bit, or
// by a whole weight where the multipliers are parallel.
hw::LaneCycles lane_cycles(const IntegerLayer& layer, Kind kind, const Mapping& mapping);

}  // namespace nonzero::bit_peers
