#pragma once

#include <cstdint>
#include <vector>

namespace nonzero {

// `count` draws of Laplace(0, b), rounded to the nearest integer and clamped to -127 … 127: the stand-in for a
// trained layer's int8 weights (BitWave spec). Throws InputError unless b is finite and above 0.
std::vector<int8_t> laplace_weights(uint64_t count, double b, uint64_t seed);

}  // namespace nonzero
