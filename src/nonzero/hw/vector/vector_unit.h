#pragma once

#include <algorithm>
#include <cstdint>

#include "nonzero/base/math.h"

// SAT's vector engines: weight update (WUVE) and element-wise layers. Their pipelines are this project's
// model [choice].
namespace nonzero::hw {

// ceil(bytes / bytes_per_cycle); none where the bandwidth is unlimited.
uint64_t memory_cycles(uint64_t bytes, double bytes_per_cycle);

// An engine's time beside its memory's: the engine streams, and memory adds what it takes longer.
struct EngineCycles {
  uint64_t stream = 0, stall_memory = 0;

  [[nodiscard]] uint64_t total() const { return stream + stall_memory; }
};
constexpr EngineCycles beside_memory(uint64_t engine, uint64_t memory) {
  return {engine, memory > engine ? memory - engine : 0};
}

// One weight per lane and cycle behind a pipeline: ceil(weights / lanes) + depth.
constexpr uint64_t weight_update_cycles(uint64_t weights, uint64_t lanes, uint64_t depth) {
  return ceil_div(weights, lanes) + depth;
}
// w and v in fp32 and dw in fp16 in; w and v out.
inline constexpr uint64_t kUpdateBytesRead = 10, kUpdateBytesWritten = 8;

// Norm, activation, pooling and residual of a layer, forward and backward: two passes over its output.
constexpr uint64_t element_wise_cycles(uint64_t elements, uint64_t lanes) {
  return 2 * ceil_div(elements, lanes);
}
// Per element, fp16: forward reads and writes it; backward reads it and its gradient and writes the next.
inline constexpr uint64_t kElementWiseBytesRead = 6, kElementWiseBytesWritten = 4;

}  // namespace nonzero::hw
