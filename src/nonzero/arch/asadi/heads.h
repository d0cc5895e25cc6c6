#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nonzero/arch/asadi/head.h"
#include "nonzero/result/result.h"
#include "nonzero/workload/operation.h"

namespace nonzero::asadi {

// What is wrong with its shape, if anything: no tokens, heads or dimensions; masks that are not one for all heads
// or one each, or not tokens x tokens.
std::optional<std::string> shape_problem(const Attention& attention);

// All heads of a layer, walked; a mask that heads share is walked once.
struct Heads {
  std::vector<Head> heads;
  std::shared_ptr<const Product> z;  // [heads * tokens, head_dim], if asked for
};

// Z is computed from `tensors` where there are any.
Heads walk_heads(const Operation& operation, const Config& config, WalkHead walk,
                 const std::shared_ptr<const AttentionTensors>& tensors);

// Z of all heads as a product: a row per head and token, every element kept.
std::shared_ptr<const Product> product_of(const std::vector<float>& z, uint64_t rows, uint64_t columns);

// Q, K, V of a head and its part of Z.
HeadValues values_of(const AttentionTensors& tensors, std::vector<float>& z, uint64_t head);

}  // namespace nonzero::asadi
