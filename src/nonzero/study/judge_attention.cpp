#include "nonzero/study/judge_attention.h"

#include <cmath>
#include <limits>
#include <vector>

#include "nonzero/base/random.h"
#include "nonzero/reference/attention.h"
#include "nonzero/workload/operands.h"

namespace nonzero {
namespace {

constexpr uint64_t kSampledRows = 64;

// Rows that are compared: all, or about kSampledRows.
std::vector<bool> choose_rows(uint64_t tokens, bool all, Random& random) {
  std::vector<bool> chosen(tokens, all);
  if (all) return chosen;
  for (uint64_t i = 0; i < kSampledRows; ++i) chosen[random.below(tokens)] = true;
  return chosen;
}

Csr keep_rows(const Csr& mask, const std::vector<bool>& chosen) {
  Csr kept{mask.rows, mask.columns, {0}, {}, {}};
  kept.offsets.reserve(mask.rows + 1);
  for (uint64_t row = 0; row < mask.rows; ++row) {
    const auto fiber = mask.fiber(row);
    if (chosen[row]) kept.indices.insert(kept.indices.end(), fiber.begin(), fiber.end());
    kept.offsets.push_back(kept.indices.size());
  }
  return kept;
}

// Q, K and V that the machine made itself, or the operation's.
std::shared_ptr<const AttentionTensors> tensors_of(const Result& result, const Operation& operation) {
  if (result.tensors.empty()) return attention_tensors(operation);
  auto own = std::make_shared<AttentionTensors>();
  for (const OutputTensor& tensor : result.tensors)
    (tensor.name == "q" ? own->q : tensor.name == "k" ? own->k : own->v) = tensor.values;
  return own;
}

// Sums of squares, over the heads.
struct Distance {
  double difference = 0, norm = 0;

  void add(double found, double expected) {
    difference += (found - expected) * (found - expected);
    norm += expected * expected;
  }
  [[nodiscard]] double relative() const {
    if (difference == 0) return 0;
    return norm > 0 ? std::sqrt(difference / norm) : std::numeric_limits<double>::infinity();
  }
};

}  // namespace

double judge_attention(Result& result, const Operation& operation, uint64_t most_multiplications) {
  const Attention& attention = *operation.attention();
  const uint64_t tokens = attention.tokens, d = attention.head_dim, size = tokens * d;
  const bool all = expected_effectual(operation) <= most_multiplications;
  const std::shared_ptr<const AttentionTensors> tensors = tensors_of(result, operation);
  Distance distance;
  Random random(derive_seed(operation.seed, 9));
  if (result.product->values.size() != attention.heads * size)
    distance.difference = std::numeric_limits<double>::infinity();
  for (uint64_t head = 0; head < attention.heads && std::isfinite(distance.difference); ++head) {
    const auto part = [&](const std::vector<float>& values) {
      return std::span<const float>(values).subspan(head * size, size);
    };
    const std::vector<bool> chosen = choose_rows(tokens, all, random);
    const std::vector<double> expected =
        reference::attention(keep_rows(attention.mask(head), chosen), part(tensors->q), part(tensors->k),
                             part(tensors->v), d, attention_scale(d));
    for (uint64_t i = 0; i < size; ++i)
      if (chosen[i / d]) distance.add(result.product->values[head * size + i], expected[i]);
  }
  result.output.checked = true;
  result.output.method = all ? "reference" : "reference rows";
  result.output.relative_error = distance.relative();
  return result.output.relative_error;
}

}  // namespace nonzero
