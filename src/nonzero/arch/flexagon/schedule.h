#pragma once

#include <cstdint>
#include <functional>

#include "nonzero/arch/flexagon/mapping.h"
#include "nonzero/base/counts.h"

namespace nonzero::flexagon {

// What a timing mode returns of one walk: cycles, where each multiplier spent them, and what moved.
// Elements unless said.
struct Schedule {
  Counts phases, pe_cycles;
  uint64_t cycles = 0, stream_cycles = 0;
  uint64_t tiles = 0, merge_passes = 0;
  uint64_t multiplications = 0, nnz_c = 0;

  uint64_t sta_reads = 0;               // each stationary element once
  uint64_t str_reads = 0;               // out of the streaming cache into the distribution network
  uint64_t psums_reinjected = 0;        // IP: partial sums of the fold before
  uint64_t psums_from_multipliers = 0;  // written into the PSRAM while streaming
  uint64_t psums_from_passes = 0;       // written into it by merging passes that are not a row's last
  uint64_t psums_read = 0;
  uint64_t psram_spills = 0;       // blocks that went to DRAM and came back
  uint64_t psram_peak_blocks = 0;  // most blocks in use at once, all sets together
  uint64_t reduction_inputs = 0;   // elements into the leaves of the reduction network

  uint64_t line_misses = 0;  // of the streaming operand
  // `paper`, where one L1 holds both operands and C; in `pipelined` 0, the stationary operand passes a FIFO.
  uint64_t sta_line_misses = 0;
  uint64_t c_line_misses = 0;
  uint64_t l1_misses = 0;    // as published: lines of A, of B and of C read again ...
  uint64_t l1_accesses = 0;  // ... over elements of A, of B and of C read again
};

// Called while a walk goes on: the product follows the very tiles that are timed.
struct Hooks {
  std::function<void(const Tile&)> tile;
  // (phase, cycles) in the order in which they pass, per tile; for a timeline.
  std::function<void(const char* phase, uint64_t cycles, uint64_t tile)> span;
};

}  // namespace nonzero::flexagon
