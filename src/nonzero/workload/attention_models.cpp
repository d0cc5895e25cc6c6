#include "nonzero/workload/attention_models.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/base/suggest.h"
#include "nonzero/tensor/attention_masks.h"

namespace nonzero {
namespace {

std::string layer_name(const std::string& kind, uint64_t layer) {
  const size_t place = kind.find('#');
  if (place == std::string::npos) return fmt::format("{}.{}", kind, layer);
  return kind.substr(0, place) + std::to_string(layer) + kind.substr(place + 1);
}

void check_length(const AttentionModel& model, uint64_t tokens) {
  const bool known = std::find(model.lengths.begin(), model.lengths.end(), tokens) != model.lengths.end();
  if (model.only_these_lengths && !known)
    throw InputError(fmt::format("{} on {} tokens", model.name, tokens),
                     fmt::format("allowed: {}", fmt::join(model.lengths, ", ")));
}

}  // namespace

const std::vector<AttentionModel>& attention_models() {
  static const std::vector<uint64_t> lengths = {384, 512, 1024, 2048, 4096, 8192};
  static const std::vector<AttentionModel> all = {
      {"bert-base", {{"encoder", 12, false}}, 12, 64, lengths, false},
      {"bart",
       {{"encoder", 6, false}, {"decoder.#.self", 6, true}, {"decoder.#.cross", 6, false}},
       12,
       64,
       lengths,
       false},
      {"gpt2", {{"decoder", 12, true}}, 12, 64, lengths, false},
      {"vil", {{"encoder", 12, false}}, 12, 64, {1024}, true},
  };
  return all;
}

const AttentionModel& find_attention_model(const std::string& name) {
  std::vector<std::string> names;
  for (const AttentionModel& model : attention_models()) {
    if (model.name == name) return model;
    names.push_back(model.name);
  }
  throw InputError(fmt::format("unknown model '{}'{}", name, did_you_mean(name, names)),
                   fmt::format("allowed: {}", fmt::join(names, ", ")));
}

Operation attention_operation(std::string name, Attention attention, uint64_t seed) {
  Operation operation;
  operation.name = std::move(name);
  operation.kind = "attention";
  operation.seed = seed;
  operation.body = std::move(attention);
  return operation;
}

std::vector<Operation> attention_model_operations(const AttentionModel& model, uint64_t tokens,
                                                  const std::string& mask, uint64_t seed) {
  check_length(model, tokens);
  return attention_model_operations(model, {std::make_shared<const Csr>(attention_mask(mask, tokens))}, mask,
                                    seed);
}

std::vector<Operation> attention_model_operations(const AttentionModel& model,
                                                  const std::vector<std::shared_ptr<const Csr>>& masks,
                                                  const std::string& source, uint64_t seed) {
  const uint64_t tokens = masks.at(0)->rows;
  check_length(model, tokens);
  if (masks.size() != 1 && masks.size() != model.heads)
    throw InputError(fmt::format("masks of {} heads for {}", masks.size(), model.name),
                     fmt::format("allowed: 1 or {}", model.heads));
  std::vector<std::shared_ptr<const Csr>> causal;
  for (const AttentionLayers& layers : model.layers)
    if (layers.causal && causal.empty())
      for (const auto& mask : masks) causal.push_back(std::make_shared<const Csr>(causal_mask(*mask)));
  std::vector<Operation> operations;
  for (const AttentionLayers& layers : model.layers) {
    for (uint64_t l = 0; l < layers.layers; ++l) {
      Attention attention{tokens, model.heads, model.head_dim, layers.causal ? causal : masks,
                          source, nullptr};
      operations.push_back(attention_operation(layer_name(layers.name, l), std::move(attention), seed));
      operations.back().network = model.name;
    }
  }
  return operations;
}

}  // namespace nonzero
