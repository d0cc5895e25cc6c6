#pragma once

#include <cstdint>
#include <span>

#include "nonzero/hw/memory/link.h"

namespace nonzero::asadi {

// Encoders one after the other, a PE each; batches follow each other at the pace of the slowest PE.
//
//   batch 0   PE 0 -PCIe- PE 1 -PCIe- PE 2
//   batch 1               PE 0 ...
struct Encoder {
  uint64_t cycles = 0, output_bytes = 0, repeat = 1;
};

struct Pipeline {
  uint64_t layers = 0, transfers = 0;
  uint64_t transfer_cycles = 0;  // all of them
  uint64_t latency = 0;          // cycles of one batch
  uint64_t interval = 0;         // cycles between two batches at the end
};

// Layer l runs on PE l mod `pes`. Transfers stand between the layers, not after the last one.
Pipeline pipeline_of(std::span<const Encoder> encoders, uint64_t pes, const hw::Link& link);

}  // namespace nonzero::asadi
