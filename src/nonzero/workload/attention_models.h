#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nonzero/workload/operation.h"

namespace nonzero {

// One attention of every layer of a kind, `layers` times: encoder self-attention, decoder self-attention
// (causal) or cross attention.
struct AttentionLayers {
  std::string name;  // "encoder" gives encoder.0, encoder.1, …; "decoder.#.self" gives decoder.0.self, …
  uint64_t layers = 12;
  bool causal = false;
};

// A transformer as ASADI runs it (HPCA 2024, Section 5; spec, "Workloads").
struct AttentionModel {
  std::string name;
  std::vector<AttentionLayers> layers;
  uint64_t heads = 12, head_dim = 64;
  std::vector<uint64_t> lengths;  // the paper's, in tokens
  bool only_these_lengths = false;
};

// bert-base, bart, gpt2, vil.
const std::vector<AttentionModel>& attention_models();
// Throws InputError with the nearest name where there is none.
const AttentionModel& find_attention_model(const std::string& name);

// Attention as an operation of kind "attention".
Operation attention_operation(std::string name, Attention attention, uint64_t seed = 1);

// An operation per attention, in the order of the layers. `mask` (tensor/attention_masks.h) is made once and,
// cut where j > i, once more for causal layers; heads and layers share it. Throws InputError for a length that
// the model does not know.
std::vector<Operation> attention_model_operations(const AttentionModel& model, uint64_t tokens,
                                                  const std::string& mask, uint64_t seed = 1);

// The same with masks of other origin: one for all heads or one per head.
std::vector<Operation> attention_model_operations(const AttentionModel& model,
                                                  const std::vector<std::shared_ptr<const Csr>>& masks,
                                                  const std::string& source, uint64_t seed = 1);

}  // namespace nonzero
