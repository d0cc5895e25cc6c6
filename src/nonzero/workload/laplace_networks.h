#pragma once

#include <string>
#include <vector>

#include "nonzero/workload/operation.h"

namespace nonzero {

// int8 weights of a layer, drawn from a Laplace distribution of mean 0 and scale `b`, rounded and clamped
// to -127 … 127: the usual stand-in for trained weights (BitWave spec, golden table).
// Throws InputError where b is not a positive number.
void draw_laplace_weights(IntegerLayer& layer, double b, uint64_t seed);

// The inference of one of sat_networks() on one image, its weights drawn so; attention scores, which have
// no weights, are left out.
std::vector<Operation> laplace_network(const std::string& network, double b, uint64_t seed);

// The operation of one layer, its activations to be drawn from the seed where they are wanted.
Operation convolution_operation(IntegerLayer layer, uint64_t seed = 1);

}  // namespace nonzero
