#pragma once

#include <cstdint>

#include "nonzero/arch/scnn/config.h"
#include "nonzero/workload/operation.h"

namespace nonzero::scnn {

// Bytes between DRAM and chip.
struct DramBytes {
  uint64_t weights = 0, input = 0, output = 0;

  [[nodiscard]] uint64_t sum() const { return weights + input + output; }
};

// BitWave's rules for all its peers: weights once, zero-run encoded; the input unless the layer before left
// it on the chip; the output where input and output do not fit there together. Where neither weights nor input
// fit, the cheaper of reading the one again for every part of the other.
DramBytes dram_bytes(const Operation& operation, const Operation* previous, const Config& config);

}  // namespace nonzero::scnn
