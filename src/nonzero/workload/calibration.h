#pragma once

#include <span>

#include "nonzero/workload/integer_network.h"

namespace nonzero {

// Whether the network's activations are floats, so that it must be calibrated before it can run on codes.
bool wants_calibration(const IntegerNetwork& network);

// The network with int8 activations, whose weights were floats (BitWave spec, "Post-training quantisation"
// [choice]): the graph runs in float, with the weights as quantised, on real inputs [inputs, elements]; each
// tensor's code covers 0 and that share of what it held (1: everything, 0.999: less the farthest half per mille
// at each end). Biases become int32. A softmax gives 1/256, zero point -128, as TensorFlow Lite has it. Throws
// InputError for an operator that cannot run, named with its index, no inputs, NaN and Inf.
IntegerNetwork calibrated_network(const IntegerNetwork& network, std::span<const float> inputs,
                                  double share = 1);

}  // namespace nonzero
