#pragma once

#include <string>

#include "nonzero/workload/integer_network.h"

namespace nonzero {

// The weights of one layer in a .npy file: int8 [K, C, FY, FX], depthwise [C, 1, FY, FX], or [K, C]; float16
// and float32 ones are quantised per output channel, -128 becomes -127 and is counted. The layer's inputs are as
// small as its kernel. Throws InputError on another type or rank, no elements, NaN and Inf.
IntegerNetwork read_weight_file(const std::string& path);

}  // namespace nonzero
