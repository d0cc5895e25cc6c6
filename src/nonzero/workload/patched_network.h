#pragma once

#include <optional>
#include <string>

#include "nonzero/workload/integer_network.h"

namespace nonzero {

// The network's .tflite file with the layers' weights in place of its own: scales, graph and all else stay.
// Nothing where that cannot be: no such file, or a layer that is not an int8 constant of a convolution,
// depthwise convolution or fully connected operator.
std::optional<std::string> patched_network(const IntegerNetwork& network);

}  // namespace nonzero
