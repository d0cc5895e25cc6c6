#pragma once

#include <cstdint>

#include "nonzero/hw/vector/simd_rows.h"

namespace nonzero::hw {

// MERGER of the private outputs of two kinds of workers: reads both, adds, writes one. Its adders keep up with the
// memory, whose bandwidth is the time.
struct OutputMerge {
  double transfers = 3;  // of a whole output
  uint64_t rows = 0;
  SimdRows row;

  [[nodiscard]] double output_bytes() const { return static_cast<double>(rows * row.bytes()); }
  [[nodiscard]] double bytes() const { return transfers * output_bytes(); }
  [[nodiscard]] uint64_t additions() const { return rows * row.values; }
  [[nodiscard]] double seconds(double bytes_per_second) const { return bytes() / bytes_per_second; }
};

}  // namespace nonzero::hw
