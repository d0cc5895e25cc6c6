#pragma once

#include <string>

#include "nonzero/arch/billing.h"
#include "nonzero/arch/layer_memory.h"

namespace nonzero {

// The array's energy by the counters core.cycles and core.active_lane_cycles: see hw::core_energy.
void add_core_events(Billing& billing, const std::string& component, const hw::Energy& busy_cycle,
                     uint64_t lanes, double idle);

// Both SRAMs, of 16 banks and 128 bytes a cycle: area, leakage, and energy by their bytes.
void add_layer_srams(Billing& billing, const Technology& tech, const LayerMemory& memory);

}  // namespace nonzero
