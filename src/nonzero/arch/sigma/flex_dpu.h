#pragma once

#include <cstdint>
#include <span>

#include "nonzero/arch/sigma/config.h"
#include "nonzero/result/result.h"

namespace nonzero::sigma {

// Several GEMMs at once (SIGMA, Sec. IV-B): each operation reserves a contiguous group of Flex-DPEs,
// a Flex-DPU, as large as its stationary non-zeros need. Placed greedily, largest first, each at its
// earliest cycle; loads share the one load port and do not overlap [choice]. Returns the makespan.
uint64_t concurrent_makespan(std::span<const Result> results, const Config& config);

}  // namespace nonzero::sigma
