#pragma once

#include <cstdint>
#include <vector>

#include "nonzero/io/layers.h"
#include "nonzero/tensor/formats.h"
#include "nonzero/workload/suites.h"

namespace nonzero {

// Activations of one image (channels x height x width, in C order) as the K x N operand B of a
// convolution: k counts channels, then kernel rows and columns, n output pixels (common.md, conv2d).
// Zeros, those of the padding too, are left out. Throws InputError where the sizes do not agree.
Csr im2col(const std::vector<float>& activations, const ConvBounds& conv);

// The 26 layers of SqueezeNet as Deep Compression pruned it, weights (A) and the activations of one
// photograph (B) with their values, from the data folder. Throws InputError naming what is missing.
std::vector<Operation> pruned_squeezenet_operations(uint64_t seed);

// Every pattern of the Deep Learning Matrix Collection in the data folder as A, times random activations
// of N = 256 columns at `density->b` (dense without). Throws InputError where `density->a` is not 1:
// the patterns are given.
std::vector<Operation> dlmc_operations(const Densities* density, uint64_t seed);

}  // namespace nonzero
