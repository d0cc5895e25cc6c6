#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "nonzero/workload/attention.h"

namespace nonzero {

// Q, K and V of every layer of stories260K, a trained transformer with causal attention, on the given
// tokens: RMSNorm, rotary positions on adjacent pairs, each key/value head serving two query heads. Its
// weights are the .npy files of `folder` (token_embedding, wq, wk, wv, wo, w1, w2, w3, rms_att, rms_ffn);
// layers, width and heads' width follow from their shapes, the number of heads is given. Throws InputError
// where files do not fit each other and for token ids that the model does not know.
std::vector<AttentionTensors> stories_attention(const std::filesystem::path& folder,
                                                std::span<const int64_t> tokens, uint64_t heads = 8);

// The token ids stored as `tokens` beside a file's attention weights.
std::vector<int64_t> read_tokens(const std::filesystem::path& npz);

}  // namespace nonzero
