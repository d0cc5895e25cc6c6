#include "nonzero/arch/attention_peers/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nonzero/base/error.h"
#include "nonzero/base/parallel.h"
#include "nonzero/base/progress.h"
#include "nonzero/workload/attention.h"

namespace nonzero::attention_peers {
namespace {

// One row of scores at a time, as a bank or an iteration has it.
class RowEngine {
 public:
  RowEngine(const Csr& mask, uint64_t head_dim, const asadi::HeadValues& head)
      : mask_(mask), d_(head_dim), scale_(static_cast<float>(attention_scale(head_dim))), head_(head) {}

  void row(uint64_t i) {
    const std::span<const uint32_t> columns = mask_.fiber(i);
    float* z = &head_.z[i * d_];
    std::fill(z, z + d_, 0.0F);
    if (columns.empty()) return;
    score(i, columns);
    const float sum = exponentiate();
    for (size_t e = 0; e < columns.size(); ++e) {
      const float* v = &head_.v[columns[e] * d_];
      const float weight = weights_[e] / sum;
      for (uint64_t a = 0; a < d_; ++a) z[a] += weight * v[a];
    }
  }

 private:
  void score(uint64_t i, std::span<const uint32_t> columns) {
    weights_.resize(columns.size());
    const float* q = &head_.q[i * d_];
    for (size_t e = 0; e < columns.size(); ++e) {
      const float* k = &head_.k[columns[e] * d_];
      float sum = 0;
      for (uint64_t a = 0; a < d_; ++a) sum += q[a] * k[a];
      weights_[e] = sum * scale_;
      if (!std::isfinite(weights_[e]))
        throw InputError(fmt::format("the score of row {}, column {} is {}", i, columns[e], weights_[e]),
                         "allowed: finite numbers");
    }
  }

  float exponentiate() {
    const float most = *std::max_element(weights_.begin(), weights_.end());
    float sum = 0;
    for (float& weight : weights_) sum += weight = std::exp(weight - most);
    return sum;
  }

  const Csr& mask_;
  uint64_t d_;
  float scale_;
  const asadi::HeadValues& head_;
  std::vector<float> weights_;
};

}  // namespace

uint64_t filled_rows(const Csr& mask) {
  uint64_t rows = 0;
  for (uint64_t row = 0; row < mask.rows; ++row) rows += mask.offsets[row + 1] > mask.offsets[row];
  return rows;
}

void compute_rows(const Csr& mask, uint64_t head_dim, std::span<const asadi::HeadValues> values) {
  parallel_for(values.size(), [&](uint64_t h) {
    RowEngine engine(mask, head_dim, values[h]);
    for (uint64_t row = 0; row < mask.rows; ++row) {
      if (row % 64 == 0) Progress::throw_if_stopped();
      engine.row(row);
    }
  });
}

}  // namespace nonzero::attention_peers
