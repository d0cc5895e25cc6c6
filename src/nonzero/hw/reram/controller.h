#pragma once

#include <cstdint>

namespace nonzero::hw {

// A tile's controller: before each diagonal of a product it sends DI and list to the row selectors.
struct ReramController {
  uint64_t cycles_per_diagonal = 10;

  // Of one product, Q K^T or S V.
  [[nodiscard]] uint64_t cycles(uint64_t diagonals) const { return diagonals * cycles_per_diagonal; }
};

}  // namespace nonzero::hw
