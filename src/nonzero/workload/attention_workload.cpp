#include "nonzero/workload/attention_workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/tensor/attention_masks.h"
#include "nonzero/workload/attention_models.h"
#include "nonzero/workload/data_folder.h"
#include "nonzero/workload/stories.h"

namespace nonzero {
namespace {

using Masks = std::vector<std::shared_ptr<const Csr>>;

constexpr uint64_t kHeads = 12, kHeadDim = 64, kTokens = 512;  // of the paper's models

bool is_file(const std::string& mask) {
  return mask.ends_with(".npy") || mask.ends_with(".mtx") || mask.ends_with(".mtx.gz");
}

void require_equal(const char* what, const std::optional<uint64_t>& asked, uint64_t found,
                   const std::string& where) {
  if (asked && *asked != found)
    throw InputError(fmt::format("{} {}", *asked, what), fmt::format("{} holds {}", where, found));
}

std::string stem_of(const std::string& path) { return std::filesystem::path(path).stem().string(); }

std::string name_of_mask(const std::string& mask) { return is_file(mask) ? stem_of(mask) : mask; }

// As it is printed: a description with the seed it is drawn from.
std::string resolved_mask(const AttentionOptions& o) {
  return is_file(o.mask) ? o.mask : with_mask_seed(o.mask, o.seed);
}

// The masks asked for, cut as asked; of a file's size, else of as many tokens as asked for.
Masks make_masks(const AttentionOptions& o, uint64_t otherwise) {
  Masks masks;
  if (is_file(o.mask)) {
    masks = read_attention_masks(o.mask);
    require_equal("tokens", o.tokens, masks[0]->rows, o.mask);
  } else {
    masks = {std::make_shared<const Csr>(attention_mask(resolved_mask(o), o.tokens.value_or(otherwise)))};
  }
  for (auto& mask : masks) {
    if (o.sanger.causal) mask = std::make_shared<const Csr>(causal_mask(*mask));
    if (o.sanger.padding > 0) mask = std::make_shared<const Csr>(padded_mask(*mask, o.sanger.padding));
  }
  return masks;
}

void check_heads(const Masks& masks, uint64_t heads, const std::string& where) {
  if (masks.size() != 1 && masks.size() != heads)
    throw InputError(fmt::format("masks of {} heads for {}", masks.size(), heads),
                     fmt::format("allowed: 1 or {}", heads), {where, 0});
}

std::string pruning_text(const SangerOptions& s) {
  std::string text = s.top_k ? fmt::format("top {}", *s.top_k) : fmt::format("p > {}", s.tau);
  if (s.causal) text += ", causal";
  if (s.padding > 0) text += fmt::format(", padding {}", s.padding);
  return text;
}

std::string sanger_text(const SangerOptions& s) {
  return fmt::format("sanger: {} bit{}, {}", s.bits, s.normalise ? "" : ", not normalised", pruning_text(s));
}

// Q and K pruned by their own predicted scores, unless a mask is given.
Operation from_tensors(const AttentionOptions& o, std::string name, AttentionTensors read,
                       Workload& workload) {
  const auto tensors = std::make_shared<const AttentionTensors>(std::move(read));
  require_equal("tokens", o.tokens, tensors->tokens, tensors->source);
  require_equal("dimensions of a head", o.head_dim, tensors->head_dim, tensors->source);
  Attention attention{tensors->tokens, tensors->heads, tensors->head_dim, {}, "", tensors};
  if (!o.mask.empty()) {
    attention.masks = make_masks(o, tensors->tokens);
    require_equal("tokens", tensors->tokens, attention.masks[0]->rows, o.mask);
    attention.mask_source = resolved_mask(o);
    check_heads(attention.masks, tensors->heads, o.mask);
  } else {
    SangerMasks sanger = sanger_masks(*tensors, o.sanger);
    attention.masks = std::move(sanger.masks);
    attention.mask_source = sanger_text(o.sanger);
    if (sanger.zero_tokens > 0 && o.sanger.normalise)
      workload.warnings.push_back(
          fmt::format("{}: {} vectors of Q and K are zero throughout: their scores are taken as 0",
                      tensors->source, sanger.zero_tokens));
  }
  return attention_operation(std::move(name), std::move(attention), o.seed);
}

void read_qkv(const AttentionOptions& o, Workload& workload) {
  TensorSelection selection = o.selection;
  selection.heads = o.heads.value_or(0);
  const std::string name = selection.prefix.empty() ? stem_of(o.qkv.at(0)) : selection.prefix;
  workload.operations.push_back(from_tensors(o, name, read_attention_tensors(o.qkv, selection), workload));
}

// Where the reading was a guess that changes the pattern.
void warn_of_reading(const AttentionOptions& o, const AttentionProbabilities& layer, Workload& workload) {
  if (o.scores_are != ScoresAre::kAuto) return;
  if (layer.logits)
    workload.warnings.push_back(fmt::format(
        "{}: {} holds logits; softmax is taken of what each row may attend to", o.scores, layer.name));
  else if (layer.zero_rows > 0)
    workload.warnings.push_back(
        fmt::format("{}: {} is read as weights, its {} rows of zeros as padding; --scores-are logits reads "
                    "scores before softmax",
                    o.scores, layer.name, layer.zero_rows));
}

void read_scores(const AttentionOptions& o, Workload& workload) {
  const std::vector<AttentionProbabilities> layers = read_attention_probabilities(o.scores, o.scores_are);
  workload.operations.reserve(layers.size());
  for (const AttentionProbabilities& layer : layers) {
    warn_of_reading(o, layer, workload);
    require_equal("tokens", o.tokens, layer.tokens, o.scores);
    require_equal("heads", o.heads, layer.heads, o.scores);
    Attention attention{layer.tokens, layer.heads, o.head_dim.value_or(kHeadDim), {}, "", nullptr};
    attention.mask_source =
        fmt::format("{}: {}, {}", o.scores, layer.logits ? "logits" : "weights", pruning_text(o.sanger));
    attention.masks.reserve(layer.heads);
    const uint64_t size = layer.tokens * layer.tokens;
    for (uint64_t h = 0; h < layer.heads; ++h) {
      const auto p = std::span<const float>(layer.values).subspan(h * size, size);
      attention.masks.push_back(
          std::make_shared<const Csr>(layer.logits ? score_mask(p, layer.tokens, o.sanger)
                                                   : probability_mask(p, layer.tokens, o.sanger)));
    }
    workload.operations.push_back(attention_operation(layer.name, std::move(attention), o.seed));
    workload.operations.back().network = stem_of(o.scores);
  }
}

void run_stories(const AttentionOptions& o, Workload& workload) {
  const std::filesystem::path data = require_data_folder(kStories);
  std::vector<int64_t> tokens = read_tokens(data / "attention/stories260K_story_T256.npz");
  if (o.tokens && (*o.tokens == 0 || *o.tokens > tokens.size()))
    throw InputError(fmt::format("{} tokens of {}", *o.tokens, kStories),
                     fmt::format("allowed: 1 to {}", tokens.size()));
  tokens.resize(o.tokens.value_or(tokens.size()));
  AttentionOptions causal = o;
  causal.sanger.causal = true;
  std::vector<AttentionTensors> layers = stories_attention(data / "float/stories260K", tokens);
  workload.operations.reserve(layers.size());
  for (AttentionTensors& layer : layers) {
    require_equal("heads", o.heads, layer.heads, kStories);
    workload.operations.push_back(from_tensors(causal, fmt::format("layer.{}", workload.operations.size()),
                                               std::move(layer), workload));
    workload.operations.back().network = kStories;
  }
}

void make_model(const AttentionOptions& o, Workload& workload) {
  const AttentionModel& model = find_attention_model(o.model);
  require_equal("heads", o.heads, model.heads, model.name);
  require_equal("dimensions of a head", o.head_dim, model.head_dim, model.name);
  AttentionOptions with_mask = o;
  if (o.mask.empty()) with_mask.mask = kModelMask;
  const Masks masks = make_masks(with_mask, model.only_these_lengths ? model.lengths[0] : kTokens);
  workload.operations = attention_model_operations(model, masks, resolved_mask(with_mask), o.seed);
}

void make_mask_alone(const AttentionOptions& o, Workload& workload) {
  Masks masks = make_masks(o, kTokens);
  const uint64_t tokens = masks[0]->rows;
  const uint64_t heads = o.heads.value_or(masks.size() > 1 ? masks.size() : kHeads);
  check_heads(masks, heads, o.mask);
  if (heads == 0 || o.head_dim == 0U)
    throw InputError(fmt::format("{} heads of {} dimensions", heads, o.head_dim.value_or(kHeadDim)),
                     "allowed: at least 1");
  workload.operations.push_back(attention_operation(
      name_of_mask(o.mask),
      {tokens, heads, o.head_dim.value_or(kHeadDim), std::move(masks), resolved_mask(o), nullptr}, o.seed));
}

}  // namespace

Workload attention_workload(const AttentionOptions& o) {
  const int sources = !o.qkv.empty() + !o.scores.empty() + !o.model.empty();
  if (sources > 1) throw InputError("more than one of --qkv, --scores and --model", "allowed: one of them");
  if (sources == 0 && o.mask.empty())
    throw InputError(
        "no attention",
        "give one of --mask KIND|FILE, --qkv FILE, --scores FILE, --model NAME; or --demo-qkv FILE first");
  if (!o.scores.empty() && !o.mask.empty())
    throw InputError("--mask beside --scores", "allowed: one of them");
  if (o.scores.empty() && o.scores_are != ScoresAre::kAuto)
    throw InputError("--scores-are without --scores", "allowed: with --scores FILE");
  Workload workload;
  if (!o.qkv.empty())
    read_qkv(o, workload);
  else if (!o.scores.empty())
    read_scores(o, workload);
  else if (o.model == kStories)
    run_stories(o, workload);
  else if (!o.model.empty())
    make_model(o, workload);
  else
    make_mask_alone(o, workload);
  return workload;
}

}  // namespace nonzero
