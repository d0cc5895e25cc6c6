#pragma once

#include <memory>
#include <vector>

#include "nonzero/arch/asadi/head.h"
#include "nonzero/result/result.h"
#include "nonzero/workload/operation.h"

namespace nonzero::asadi {

// All heads of a layer, walked; a mask that heads share is walked once.
struct Heads {
  std::vector<Head> heads;
  std::shared_ptr<const Product> z;  // [heads * tokens, head_dim], if asked for
};

Heads walk_heads(const Operation& operation, const Config& config, WalkHead walk, bool compute_product);

// Z of all heads as a product: a row per head and token, every element kept.
std::shared_ptr<const Product> product_of(const std::vector<float>& z, uint64_t rows, uint64_t columns);

// Q, K, V of a head and its part of Z.
HeadValues values_of(const AttentionTensors& tensors, std::vector<float>& z, uint64_t head);

}  // namespace nonzero::asadi
