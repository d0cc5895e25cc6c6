#pragma once

#include <cstdint>

namespace nonzero::hw {

// DRAM banks with a SIMD unit each, as FIMDRAM has them: a row of K or V is fetched for every non-zero of the
// scores; what lies in another bank comes over one path that all banks share [choice, calibrated: ASADI spec].
struct PimBanks {
  uint64_t banks = 512, lanes = 8;
  double clock_hz = 500e6, row_access_ns = 45, cross_bank_gb_per_second = 57;

  // Cycles in which the banks, equally loaded, open a row and multiply it for each of `elements`.
  [[nodiscard]] uint64_t bank_cycles(uint64_t elements, uint64_t head_dim) const;
  // Of `elements` spread over the banks evenly, the bytes that cross.
  [[nodiscard]] uint64_t cross_bank_bytes(uint64_t elements, uint64_t head_dim) const;
  [[nodiscard]] uint64_t cross_bank_cycles(uint64_t bytes) const;
};

}  // namespace nonzero::hw
