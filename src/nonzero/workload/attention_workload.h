#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nonzero/workload/attention_files.h"
#include "nonzero/workload/sanger.h"
#include "nonzero/workload/spec.h"

namespace nonzero {

// Sparse attention as the command line asks for it: where the pattern comes from, and of what size.
struct AttentionOptions {
  std::string mask;              // a description (tensor/attention_masks.h), or a file: .npy, .mtx
  std::vector<std::string> qkv;  // Q, K and V: one .npz or .safetensors, or three .npy
  TensorSelection selection;
  std::string scores;  // attention weights or logits: .npz, .npy or .safetensors
  ScoresAre scores_are = ScoresAre::kAuto;
  std::string model;  // of attention_models(), or stories260k
  std::optional<uint64_t> tokens, heads, head_dim;
  SangerOptions sanger;  // what prunes Q and K, and attention weights; causal and padding hold for masks too
  uint64_t seed = 1;     // of values drawn, and of a random mask that names no seed
};

inline constexpr const char* kStories = "stories260k";
// The mask of a model where none is asked for: as dense and as local as the paper's [choice].
inline constexpr const char* kModelMask = "diagloc:rho=0.1,phi=0.5,seed=7";

// The operations: one per model layer, layer of attention weights, or one in all. Throws InputError where
// nothing or too much is asked for and where sizes do not fit each other.
Workload attention_workload(const AttentionOptions& options);

}  // namespace nonzero
