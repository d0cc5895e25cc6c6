#pragma once

#include <cstdint>

#include "nonzero/arch/sigma/mapping.h"
#include "nonzero/base/counts.h"

namespace nonzero::sigma {

// Cycles of a mapping and where each multiplier spent them.
struct Schedule {
  Counts phases;
  Counts pe_cycles;
  uint64_t cycles = 0;
  uint64_t stream_cycles = 0;  // Table II's streaming latency
  uint64_t folds = 0;
};

// SIGMA, Table II and Sec. V: load ceil(S / B), stream one step a cycle, drain the reduction network
// after each fold; nothing overlaps.
Schedule schedule(const Mapping& mapping, const Config& config);

// No local reuse (Sec. IV-D, MK-str KN-str): only useful pairs travel, two words each.
Schedule schedule_without_reuse(uint64_t useful, const Config& config);

// The cycles by which DRAM, fully overlapped otherwise [choice], is late.
void add_memory_stall(Schedule& schedule, uint64_t memory_cycles, uint64_t multipliers);

// The mapping expected of operands known by density only: the published counts. They ignore REGOR
// and take the last slab to be as wide as the others.
Mapping expected_mapping(uint64_t rows, uint64_t k, uint64_t steps, double stationary_density,
                         double streaming_density, uint64_t useful, const Config& config);

}  // namespace nonzero::sigma
