#include "nonzero/hw/array/sextans.h"

#include <algorithm>
#include <cmath>

namespace nonzero::hw {

SextansWork sextans_tile(const SextansConfig& config, const SimdRows& rows, const SextansTile& tile) {
  constexpr uint64_t kAccessesPerNonzero = 3;
  const auto nnz = static_cast<double>(tile.nnz);
  const double cycles = config.nonzeros_per_cycle > 0
                            ? nnz / config.nonzeros_per_cycle
                            : nnz * rows.cycles(config.lanes) / static_cast<double>(config.macs_per_cycle);
  SextansWork work;
  work.compute_seconds = cycles / config.clock_hz;
  work.seconds = std::max(work.compute_seconds, tile.bytes() / config.bytes_per_second);
  const double streamed = tile.din + tile.dout_in + tile.dout_out;
  work.scratchpad_lines =
      static_cast<uint64_t>(std::ceil(streamed / static_cast<double>(config.line_bytes))) +
      kAccessesPerNonzero * tile.nnz * ceil_div(rows.bytes(), config.line_bytes);
  return work;
}

}  // namespace nonzero::hw
