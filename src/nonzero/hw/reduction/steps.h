#pragma once

#include <span>
#include <vector>

#include "nonzero/hw/reduction/groups.h"

namespace nonzero::hw {

// Evaluates a reduction plan in fp32: every step in order, then the operand that is each group's sum.
// Throws InputError where the number of products is not `lanes`.
std::vector<float> follow_steps(uint32_t lanes, std::span<const ReductionStep> steps,
                                std::span<const uint32_t> sum_of_group, std::span<const float> products,
                                const char* network);

}  // namespace nonzero::hw
