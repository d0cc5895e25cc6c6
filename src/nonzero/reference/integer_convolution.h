#pragma once

#include <cstdint>
#include <vector>

#include "nonzero/result/result.h"
#include "nonzero/workload/integer_layer.h"

namespace nonzero::reference {

// The accumulators of a layer, K x (OY * OX): sum of w * (a - zero point of the input), nothing where the
// kernel lies outside the input. Plain loops, in int64. Throws InputError where weights or codes are not
// as many as the shape needs.
std::vector<int64_t> convolve(const IntegerLayer& layer, const IntegerActivations& input);

// Whether `product` holds exactly these accumulators (or leaves out zeros).
bool equals(const Product& product, const std::vector<int64_t>& accumulators);

// For layers too big to compare: output channels added up with drawn weights of +-1 must be the convolution
// with their kernels added up so (Freivalds' check). Of a depthwise layer every channel is compared, as there
// is nothing to add up. A wrong product passes one round with probability <= 1/2.
bool passes_freivalds(const IntegerLayer& layer, const IntegerActivations& input, const Product& product,
                      uint64_t seed, int rounds = 20);

}  // namespace nonzero::reference
