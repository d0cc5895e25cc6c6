#include "nonzero/hw/vector/vector_unit.h"

#include <cmath>

namespace nonzero::hw {

uint64_t memory_cycles(uint64_t bytes, double bytes_per_cycle) {
  return static_cast<uint64_t>(std::ceil(static_cast<double>(bytes) / bytes_per_cycle));
}

}  // namespace nonzero::hw
