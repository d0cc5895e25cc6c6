#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "nonzero/arch/asadi/config.h"
#include "nonzero/workload/operation.h"

namespace nonzero::asadi {

// Q, K and V as the analog modules make them of a layer's input, bit by bit through the crossbars and their ADCs.
struct Projection {
  std::shared_ptr<const AttentionTensors> tensors;
  uint64_t conversions = 0, clipped = 0;
  uint64_t largest_sum = 0;   // ones on a bit line
  double relative_error = 0;  // of Q, K and V against the products in double, Frobenius
};

// Input and weights are those of the operation's tensors. Where it has no tensors they are drawn with its seed:
// per head a tokens x head_dim input of standard normal numbers, and three head_dim x head_dim matrices of variance
// 1 / head_dim, as many as a tile's crossbars hold. A wider input passes them in slices, whose sums are added
// [choice]. Throws InputError where projection_problem() finds something.
Projection project(const Operation& operation, const Config& config);

// What is wrong, if anything: the operation brings Q, K and V without the layer that made them.
std::optional<std::string> projection_problem(const Operation& operation);

// How often a layer's input passes its crossbars, crossbar_side numbers at a time: once by the paper, whatever the
// width; where converters are asked for, in time or in values, once per slice.
uint64_t input_passes(const Attention& attention, const Config& config);

}  // namespace nonzero::asadi
