#include "nonzero/reference/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nonzero/base/progress.h"

namespace nonzero::reference {

std::vector<double> sddmm(const Csr& mask, std::span<const float> q, std::span<const float> k,
                          uint64_t head_dim) {
  std::vector<double> scores(mask.nnz());
  for (uint64_t i = 0; i < mask.rows; ++i) {
    Progress::throw_if_stopped();
    for (uint64_t e = mask.offsets[i]; e < mask.offsets[i + 1]; ++e)
      for (uint64_t a = 0; a < head_dim; ++a)
        scores[e] += double{q[i * head_dim + a]} * double{k[mask.indices[e] * head_dim + a]};
  }
  return scores;
}

std::vector<double> softmax(const Csr& mask, std::span<const double> scores, double scale) {
  std::vector<double> weights(mask.nnz());
  for (uint64_t i = 0; i < mask.rows; ++i) {
    const uint64_t begin = mask.offsets[i], end = mask.offsets[i + 1];
    if (begin == end) continue;
    const double most = *std::max_element(scores.begin() + static_cast<int64_t>(begin),
                                          scores.begin() + static_cast<int64_t>(end));
    double sum = 0;
    for (uint64_t e = begin; e < end; ++e) sum += weights[e] = std::exp(scale * (scores[e] - most));
    for (uint64_t e = begin; e < end; ++e) weights[e] /= sum;
  }
  return weights;
}

std::vector<double> spmm(const Csr& mask, std::span<const double> weights, std::span<const float> v,
                         uint64_t head_dim) {
  std::vector<double> z(mask.rows * head_dim);
  for (uint64_t i = 0; i < mask.rows; ++i) {
    Progress::throw_if_stopped();
    for (uint64_t e = mask.offsets[i]; e < mask.offsets[i + 1]; ++e)
      for (uint64_t a = 0; a < head_dim; ++a)
        z[i * head_dim + a] += weights[e] * double{v[mask.indices[e] * head_dim + a]};
  }
  return z;
}

std::vector<double> attention(const Csr& mask, std::span<const float> q, std::span<const float> k,
                              std::span<const float> v, uint64_t head_dim, double scale) {
  return spmm(mask, softmax(mask, sddmm(mask, q, k, head_dim), scale), v, head_dim);
}

double relative_error(std::span<const float> found, std::span<const double> expected) {
  if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double difference = 0, norm = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    difference += (double{found[i]} - expected[i]) * (double{found[i]} - expected[i]);
    norm += expected[i] * expected[i];
  }
  if (difference == 0) return 0;
  return norm > 0 ? std::sqrt(difference / norm) : std::numeric_limits<double>::infinity();
}

}  // namespace nonzero::reference
