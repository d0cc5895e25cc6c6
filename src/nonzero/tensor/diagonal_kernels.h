#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/tensor/diagonal.h"

namespace nonzero {

// Sparse attention of one head on stored diagonals (ASADI, Alg. 1 and 2). Q, K, V and Z are [n, head_dim],
// row-major, fp32; scores and weights are one per element of the mask, in its order. They depend on nothing but
// their inputs; call them for several heads at once from several threads.

// The scores: Q[row] . K[slot] of every element. Throws InputError where sizes
// do not fit or head_dim is 0; so do all below.
std::vector<float> diagonal_sddmm(const DiagonalMatrix& mask, std::span<const float> q,
                                  std::span<const float> k, uint64_t head_dim);

// Z = S V: an element at home in column c adds to row c - DI, a moved one to the row that its list names.
std::vector<float> diagonal_spmm(const DiagonalMatrix& mask, std::span<const float> weights,
                                 std::span<const float> v, uint64_t head_dim);

// exp(scale * s) of every element, divided by the sum over its row; a row without elements has no
// weights. Throws InputError for a score that is not a number or infinite, naming its row and column.
std::vector<float> diagonal_softmax(const DiagonalMatrix& mask, std::span<const float> scores, float scale);

// The order of the hardware [choice]: one maximum of all scores is subtracted, every diagonal exponentiated as
// 2^(x log2 e), aligned to rows and added in the array it lies in (diagonal k in array k mod `arrays`), the
// arrays added by a tree; the division waits until after S V.
struct DeferredSoftmax {
  std::vector<float> weights;  // undivided
  std::vector<float> sums;     // [n], 0 for rows without elements
  // Rows with elements whose weights all vanish in fp32, over 80 below the maximum; their Z is 0.
  uint64_t lost_rows = 0;
};
DeferredSoftmax deferred_softmax(const DiagonalMatrix& mask, std::span<const float> scores, float scale,
                                 uint64_t arrays);
// Divides each row of Z by its sum; rows without a sum become 0.
void divide_rows(std::span<float> z, std::span<const float> sums, uint64_t head_dim);

enum class SoftmaxOrder : uint8_t { kRowWise, kHardware };

struct DiagonalAttention {
  std::vector<float> z;  // rows without elements are 0
  uint64_t lost_rows = 0;
};
// softmax(scale * (mask o Q K^T)) V.
DiagonalAttention diagonal_attention(const DiagonalMatrix& mask, std::span<const float> q,
                                     std::span<const float> k, std::span<const float> v, uint64_t head_dim,
                                     float scale, SoftmaxOrder order = SoftmaxOrder::kRowWise);

}  // namespace nonzero
