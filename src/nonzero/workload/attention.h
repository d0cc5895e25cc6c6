#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nonzero/tensor/formats.h"

namespace nonzero {

// The linear layer that makes Q, K and V of a layer's input: X W for every head.
struct AttentionProjection {
  uint64_t width = 0;
  std::vector<float> x;           // [tokens, width]
  std::vector<float> wq, wk, wv;  // [heads, width, head_dim]
  bool rotary = false;            // Q and K are then turned by their position (workload/rotary.h)
};

// Q, K and V of the heads of one attention layer, fp32, each [heads, tokens, head_dim] in C order.
struct AttentionTensors {
  uint64_t heads = 1, tokens = 0, head_dim = 0;
  std::vector<float> q, k, v;
  std::string source;
  std::shared_ptr<const AttentionProjection> projection;  // null: only Q, K and V are known

  [[nodiscard]] uint64_t head_elements() const { return tokens * head_dim; }
};

// What scores are multiplied by before softmax.
inline double attention_scale(uint64_t head_dim) { return 1 / std::sqrt(static_cast<double>(head_dim)); }

// Sparse attention of one encoder or decoder layer (common.md, "Operations"): per head, S = mask o (Q K^T),
// softmax over the mask's non-zeros of each row, Z = S V.
struct Attention {
  uint64_t tokens = 0, heads = 1, head_dim = 64;
  // Patterns of tokens x tokens: one for all heads, or one per head.
  std::vector<std::shared_ptr<const Csr>> masks;
  std::string mask_source;                          // its description or file
  std::shared_ptr<const AttentionTensors> tensors;  // null: drawn from the operation's seed where wanted

  // Of Z, over all heads.
  [[nodiscard]] uint64_t output_elements() const { return tokens * heads * head_dim; }
  [[nodiscard]] const Csr& mask(uint64_t head) const { return *masks[masks.size() == 1 ? 0 : head]; }
  // Non-zeros of the masks, all heads together.
  [[nodiscard]] uint64_t nnz() const {
    uint64_t sum = 0;
    for (uint64_t head = 0; head < heads; ++head) sum += mask(head).nnz();
    return sum;
  }
};

}  // namespace nonzero
