#include "nonzero/hw/memory/pim_banks.h"

#include <cmath>

#include "nonzero/base/math.h"
#include "nonzero/hw/memory/link.h"

namespace nonzero::hw {

uint64_t PimBanks::bank_cycles(uint64_t elements, uint64_t head_dim) const {
  const double each =
      row_access_ns * (clock_hz / 1e9) + static_cast<double>(head_dim) / static_cast<double>(lanes);
  return static_cast<uint64_t>(std::ceil(static_cast<double>(elements) * each / static_cast<double>(banks)));
}

uint64_t PimBanks::cross_bank_bytes(uint64_t elements, uint64_t head_dim) const {
  constexpr uint64_t kWordBytes = 4;
  return ceil_div(elements * head_dim * kWordBytes * (banks - 1), banks);
}

uint64_t PimBanks::cross_bank_cycles(uint64_t bytes) const {
  return Link{cross_bank_gb_per_second, clock_hz}.cycles(bytes);
}

}  // namespace nonzero::hw
