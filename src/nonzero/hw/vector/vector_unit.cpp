#include "nonzero/hw/vector/vector_unit.h"

#include <cmath>

namespace nonzero::hw {

uint64_t memory_cycles(uint64_t bytes, double bytes_per_cycle) {
  // A bandwidth such as 0.7 x 384 is not exact in binary; its rounding must not cost a cycle.
  constexpr double kExact = 1 - 1e-12;
  return static_cast<uint64_t>(std::ceil(static_cast<double>(bytes) / bytes_per_cycle * kExact));
}

}  // namespace nonzero::hw
