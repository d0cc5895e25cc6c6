#pragma once

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/hw/memory/psram.h"

namespace nonzero::flexagon {

inline hw::PsramGeometry psram_geometry(const Config& config) {
  return {static_cast<uint64_t>(config.psram_sets), static_cast<uint64_t>(config.psram_blocks),
          static_cast<uint64_t>(config.psram_block_elements), static_cast<uint64_t>(config.element_bytes)};
}

inline hw::PsramOverflow psram_overflow(const Config& config) {
  switch (config.overflow()) {
    case Overflow::kSpill:
      return hw::PsramOverflow::kSpill;
    case Overflow::kFail:
      return hw::PsramOverflow::kFail;
    default:
      return hw::PsramOverflow::kUnbounded;
  }
}

}  // namespace nonzero::flexagon
