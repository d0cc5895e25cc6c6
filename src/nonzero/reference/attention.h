#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/tensor/formats.h"

namespace nonzero::reference {

// Masked attention of one head in plain loops over the mask's elements, all in double. Q, K, V and Z are
// [n, head_dim], row-major; scores and weights are in the order of the mask's elements.

// Per element (i, j) of the mask, Q[i] . K[j].
std::vector<double> sddmm(const Csr& mask, std::span<const float> q, std::span<const float> k,
                          uint64_t head_dim);
// exp(scale * s) of each element over its row's sum.
std::vector<double> softmax(const Csr& mask, std::span<const double> scores, double scale);
// Z[i] = sum of weight (i, j) * V[j]; rows without elements are 0.
std::vector<double> spmm(const Csr& mask, std::span<const double> weights, std::span<const float> v,
                         uint64_t head_dim);
// softmax(scale * (mask o Q K^T)) V.
std::vector<double> attention(const Csr& mask, std::span<const float> q, std::span<const float> k,
                              std::span<const float> v, uint64_t head_dim, double scale);

// ||found - expected|| / ||expected|| (Frobenius); 0 where both are zero, infinity where sizes differ or the
// expected is zero and the found is not.
double relative_error(std::span<const float> found, std::span<const double> expected);

}  // namespace nonzero::reference
