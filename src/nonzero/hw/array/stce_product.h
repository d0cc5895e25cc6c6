#pragma once

#include <span>
#include <vector>

#include "nonzero/hw/array/stce.h"

namespace nonzero::hw {

// The same output as step_stce, to the bit, for arrays of any size: fp32 additions in ascending k
// (output-stationary), or per k tile in ascending k from +0 and the tiles in order (weight-stationary).
// `a` is positions x (taps * channels) row-major.
std::vector<float> stce_product(const StceArray& array, const StceGemm& gemm, StceDataflow dataflow,
                                std::span<const float> a, std::span<const float> w, const NmCompact* compact);

// Of those multiplications the ones whose operands are both other than zero.
uint64_t stce_effectual(const StceGemm& gemm, std::span<const float> a, std::span<const float> w,
                        const NmCompact* compact);

}  // namespace nonzero::hw
