#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nonzero/workload/attention.h"

namespace nonzero {

// Which arrays of a file are Q, K and V, and how those of two dimensions are read.
struct TensorSelection {
  std::string q = "q", k = "k", v = "v";
  std::string prefix;  // in front of each of the three names
  uint64_t heads = 0;  // 0: as the file says; else [tokens, heads * head_dim], head by head within a token
};

// Q, K and V as [heads, tokens, head_dim], or [tokens, head_dim] for one head, rounded to fp32: from one .npz
// or .safetensors, or from three .npy in that order. Throws InputError for other files and shapes, for
// shapes that differ, Fortran order, element types other than floating point (f2, f4, f8; F16, BF16, F32), no
// tokens or dimensions, heads that do not divide the width, and elements that are not finite. A file without q but
// with x [tokens, width] and wq, wk, wv, [heads, width, head_dim] or [width, heads * head_dim], gives their products
// and the projection, and throws InputError where they exceed the memory or fp32; beside q these are not read.
AttentionTensors read_attention_tensors(const std::vector<std::string>& files,
                                        const TensorSelection& selection = {});

// A seeded example: a trained model's habits in the small. Tokens attend to their neighbours (a rotation
// of both Q and K by the position) and to what resembles them (a few topics).
AttentionTensors demo_attention_tensors(uint64_t heads, uint64_t tokens, uint64_t head_dim, uint64_t seed);

// Arrays q, k and v as .npz, or .safetensors by suffix.
void write_attention_tensors(const std::string& path, const AttentionTensors& tensors);

// What a file of attention holds: weights, after softmax, or logits, the scores before it.
enum class ScoresAre { kAuto, kWeights, kLogits };
// `auto`, `weights` or `logits`. Throws InputError for anything else.
ScoresAre parse_scores_are(const std::string& text);

// A layer's attention as a model left it, [heads, tokens, tokens] in C order.
struct AttentionProbabilities {
  std::string name;
  uint64_t heads = 1, tokens = 0;
  std::vector<float> values;
  bool logits = false;     // else weights
  uint64_t zero_rows = 0;  // rows of zeros: padding where these are weights
};

// From .npy, .npz or .safetensors, every square array a layer, in the order of the numbers in their names;
// an array `tokens` of token ids beside them is allowed. kAuto takes an array for weights where every row sums
// to 1 or is zero throughout, else for logits. Logits may be minus infinity, where a token is not attended to.
// Throws InputError as above, and for weights below 0.
std::vector<AttentionProbabilities> read_attention_probabilities(const std::string& path,
                                                                 ScoresAre scores_are = ScoresAre::kAuto);

// A mask for all heads, [tokens, tokens], or one per head: .npy of bool or uint8, or .mtx pattern (or
// values 0 and 1). Throws InputError where it is not square or holds anything but 0 and 1.
std::vector<std::shared_ptr<const Csr>> read_attention_masks(const std::string& path);

}  // namespace nonzero
