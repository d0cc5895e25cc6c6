#pragma once

#include <cstdint>

#include "nonzero/hw/vector/simd_rows.h"

namespace nonzero::hw {

struct SextansConfig {
  uint64_t macs_per_cycle = 20;
  uint64_t lanes = 16;  // of a MAC
  double clock_hz = 0.8e9;
  double bytes_per_second = 47.0 * 4 * 64 / 150e-9;  // of its own streams or its own link
  double nonzeros_per_cycle = 0;                     // above 0: whatever the operations per non-zero
  uint64_t line_bytes = 64;                          // of the scratchpad
};

// What a tile streams, in bytes; the parts of Dout that its panel's first and last tile alone move may be 0.
struct SextansTile {
  uint64_t nnz = 0;
  double a = 0, din = 0, dout_in = 0, dout_out = 0;

  [[nodiscard]] double bytes() const { return a + din + dout_in + dout_out; }
};

struct SextansWork {
  double compute_seconds = 0;
  double seconds = 0;             // alone, with all the memory's bandwidth
  uint64_t scratchpad_lines = 0;  // read or written
};

// SEXTANS WORKER (Song et al., FPGA 2022): Din and Dout of a tile in scratchpads, A streamed past SIMD
// multiply-adds, the next tile loading while one computes.
//
//   ports       tile -> what it takes
//   throughput  macs_per_cycle rows' passes of `lanes` values, or nonzeros_per_cycle; bytes_per_second of streams
//               beside it: the longer counts
//   scratchpad  what streams in or out of it once; per non-zero a row of Din read, of Dout read and written
SextansWork sextans_tile(const SextansConfig& config, const SimdRows& rows, const SextansTile& tile);

}  // namespace nonzero::hw
