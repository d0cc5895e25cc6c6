#pragma once

#include <rapidcheck.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nonzero/base/random.h"
#include "nonzero/reference/attention.h"
#include "nonzero/tensor/attention_masks.h"
#include "nonzero/workload/operands.h"
#include "support/matrices.h"

// Attention for tests: masks drawn or described, one for all heads or one each.
namespace nonzero::test {

inline Operation attention_of(std::vector<Csr> masks, uint64_t heads, uint64_t head_dim,
                              std::string source = "drawn") {
  Attention attention;
  attention.tokens = masks.front().rows;
  attention.heads = heads;
  attention.head_dim = head_dim;
  attention.mask_source = std::move(source);
  for (Csr& mask : masks) attention.masks.push_back(std::make_shared<const Csr>(std::move(mask)));
  Operation operation;
  operation.name = "attention";
  operation.kind = "attention";
  operation.body = std::move(attention);
  return operation;
}

inline Operation described_attention(const std::string& mask, uint64_t tokens, uint64_t heads = 12,
                                     uint64_t head_dim = 64) {
  return attention_of({attention_mask(mask, tokens)}, heads, head_dim, mask);
}

// ASADI's worked example: 6 tokens, 17 non-zeros.
inline Csr asadi_example() {
  return draw_pattern(
      {"x x . x x .", "x x . . . x", ". x x x . .", "x . . . . .", ". . . x x x", ". . x . x x"});
}

// A pattern with each element present by `density`; rows may be empty.
inline Csr random_pattern(uint64_t n, double density, uint64_t seed) {
  Random random(seed);
  Csr mask{n, n, {0}, {}, {}};
  for (uint64_t row = 0; row < n; ++row) {
    for (uint32_t column = 0; column < n; ++column)
      if (random.chance(density)) mask.indices.push_back(column);
    mask.offsets.push_back(mask.indices.size());
  }
  return mask;
}

// Of all heads, as the plain reference computes it.
inline std::vector<double> expected_attention(const Operation& operation) {
  const Attention& attention = *operation.attention();
  const auto tensors = attention_tensors(operation);
  const uint64_t size = tensors->head_elements();
  std::vector<double> all;
  for (uint64_t head = 0; head < attention.heads; ++head) {
    const auto part = [&](const std::vector<float>& values) {
      return std::span<const float>(values).subspan(head * size, size);
    };
    const std::vector<double> z =
        reference::attention(attention.mask(head), part(tensors->q), part(tensors->k), part(tensors->v),
                             attention.head_dim, attention_scale(attention.head_dim));
    all.insert(all.end(), z.begin(), z.end());
  }
  return all;
}

}  // namespace nonzero::test
