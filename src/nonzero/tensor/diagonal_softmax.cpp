#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "nonzero/base/error.h"
#include "nonzero/tensor/diagonal_kernels.h"

namespace nonzero {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();

void check(const DiagonalMatrix& mask, std::span<const float> scores, float scale) {
  if (scores.size() != mask.nnz())
    throw InputError(fmt::format("{} scores for {} elements", scores.size(), mask.nnz()),
                     "allowed: one per element");
  if (!(scale > 0) || !std::isfinite(scale))
    throw InputError(fmt::format("scores scaled by {}", scale), "allowed: a number above 0");
  for (uint64_t e = 0; e < scores.size(); ++e)
    if (!std::isfinite(scores[e] * scale))
      throw InputError(fmt::format("the score of row {}, column {} is {}", mask.elements[e].row,
                                   mask.elements[e].slot, scores[e] * scale),
                       "allowed: finite numbers");
}

// Each array's row sums of its own diagonals: [arrays][n].
std::vector<float> array_sums(const DiagonalMatrix& mask, const std::vector<float>& weights,
                              uint64_t arrays) {
  std::vector<float> sums(arrays * mask.n);
  for (uint64_t m = 0; m < mask.diagonals.size(); ++m) {
    float* const of_array = sums.data() + m % arrays * mask.n;
    for (uint64_t e = mask.offsets[m]; e < mask.offsets[m + 1]; ++e)
      of_array[mask.elements[e].row] += weights[e];
  }
  return sums;
}

// The arrays' vectors added pairwise; the first n are the sum.
void add_by_tree(std::vector<float>& sums, uint64_t n, uint64_t arrays) {
  for (uint64_t apart = 1; apart < arrays; apart *= 2)
    for (uint64_t a = 0; a + apart < arrays; a += 2 * apart)
      for (uint64_t row = 0; row < n; ++row) sums[a * n + row] += sums[(a + apart) * n + row];
  sums.resize(n);
}

uint64_t rows_without_sum(const DiagonalMatrix& mask, const std::vector<float>& sums) {
  std::vector<bool> lost(mask.n);
  for (const PlacedElement& element : mask.elements)
    if (sums[element.row] == 0) lost[element.row] = true;
  return static_cast<uint64_t>(std::count(lost.begin(), lost.end(), true));
}

}  // namespace

std::vector<float> diagonal_softmax(const DiagonalMatrix& mask, std::span<const float> scores, float scale) {
  check(mask, scores, scale);
  const std::vector<PlacedElement>& elements = mask.elements;
  std::vector<float> most(mask.n, kLowest);
  for (uint64_t e = 0; e < scores.size(); ++e)
    most[elements[e].row] = std::max(most[elements[e].row], scores[e]);
  std::vector<float> weights(scores.size());
  // In double: rows of thousands of weights still add up to 1 within 1e-6.
  std::vector<double> sums(mask.n);
  for (uint64_t e = 0; e < scores.size(); ++e) {
    weights[e] = std::exp((scores[e] - most[elements[e].row]) * scale);
    sums[elements[e].row] += double{weights[e]};
  }
  for (uint64_t e = 0; e < scores.size(); ++e)
    weights[e] = static_cast<float>(double{weights[e]} / sums[elements[e].row]);
  return weights;
}

DeferredSoftmax deferred_softmax(const DiagonalMatrix& mask, std::span<const float> scores, float scale,
                                 uint64_t arrays) {
  check(mask, scores, scale);
  if (arrays == 0) throw InputError("row sums in 0 arrays", "allowed: at least 1");
  const float most = scores.empty() ? 0 : *std::max_element(scores.begin(), scores.end());
  DeferredSoftmax softmax;
  softmax.weights.resize(scores.size());
  for (uint64_t e = 0; e < scores.size(); ++e)
    softmax.weights[e] = std::exp2((scores[e] - most) * scale * std::numbers::log2e_v<float>);
  const uint64_t used = std::min<uint64_t>(arrays, std::max<uint64_t>(1, mask.diagonals.size()));
  softmax.sums = array_sums(mask, softmax.weights, used);
  add_by_tree(softmax.sums, mask.n, used);
  softmax.lost_rows = rows_without_sum(mask, softmax.sums);
  return softmax;
}

void divide_rows(std::span<float> z, std::span<const float> sums, uint64_t head_dim) {
  for (uint64_t row = 0; row < sums.size(); ++row)
    for (uint64_t a = 0; a < head_dim; ++a) {
      float& value = z[row * head_dim + a];
      value = sums[row] == 0 ? 0 : value / sums[row];
    }
}

DiagonalAttention diagonal_attention(const DiagonalMatrix& mask, std::span<const float> q,
                                     std::span<const float> k, std::span<const float> v, uint64_t head_dim,
                                     float scale, SoftmaxOrder order) {
  const std::vector<float> scores = diagonal_sddmm(mask, q, k, head_dim);
  if (order == SoftmaxOrder::kRowWise)
    return {diagonal_spmm(mask, diagonal_softmax(mask, scores, scale), v, head_dim), 0};
  const DeferredSoftmax softmax = deferred_softmax(mask, scores, scale, head_dim);
  DiagonalAttention out{diagonal_spmm(mask, softmax.weights, v, head_dim), softmax.lost_rows};
  divide_rows(out.z, softmax.sums, head_dim);
  return out;
}

}  // namespace nonzero
