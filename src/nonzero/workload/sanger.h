#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "nonzero/workload/attention.h"

namespace nonzero {

// Dynamic pruning by quantised prediction (Lu et al., Sanger, MICRO 2021, Section 3; author code): scores
// are predicted from a few bits of Q and K, and a position is kept where its predicted probability is above
// a threshold.
struct SangerOptions {
  int64_t bits = 4;
  double tau = 2e-3;
  bool normalise = true;          // divide each token's vector by its L2 norm before quantising
  bool causal = false;            // j <= i only
  uint64_t padding = 0;           // of the last tokens, which neither attend nor are attended to
  std::optional<uint64_t> top_k;  // keep the k largest scores of each row instead of those above tau
};

// Throws InputError for bits not in 2..8, tau not in (0,1), no top k and more padding than tokens.
void check(const SangerOptions& options, uint64_t tokens);

// Q or K of one head as quantised, symmetrically with one scale; codes are [tokens, head_dim].
struct SangerCodes {
  std::vector<int16_t> codes;
  double scale = 1;           // code = round_half_even(x * scale)
  std::vector<double> norms;  // of each token; all 1 without normalisation
  uint64_t zero_tokens = 0;   // vectors without a direction: their scores are 0
};
SangerCodes sanger_codes(std::span<const float> rows, uint64_t tokens, uint64_t head_dim,
                         const SangerOptions& options);

// Predicted scores of row i over the first `columns` tokens.
void sanger_scores(const SangerCodes& q, const SangerCodes& k, uint64_t head_dim, uint64_t i,
                   std::span<double> scores);

// Softmax in place; nothing where there are no scores.
void softmax(std::span<double> scores);

// The mask of one head. A row left empty keeps its largest score [choice]; padded rows stay empty.
Csr sanger_mask(std::span<const float> q, std::span<const float> k, uint64_t tokens, uint64_t head_dim,
                const SangerOptions& options);

struct SangerMasks {
  std::vector<std::shared_ptr<const Csr>> masks;  // one per head
  uint64_t zero_tokens = 0;                       // over all heads, of Q and K
};
SangerMasks sanger_masks(const AttentionTensors& tensors, const SangerOptions& options);

// The mask of attention weights that are known, [tokens, tokens]: kept where p > tau, or the k largest; a
// row left empty keeps its largest unless it is zero throughout. bits and normalise play no part.
Csr probability_mask(std::span<const float> probabilities, uint64_t tokens, const SangerOptions& options);

// The same of scores, [tokens, tokens] before softmax, which is taken over the columns that a row may attend
// to. Minus infinity is never kept; a row of nothing else stays empty.
Csr score_mask(std::span<const float> scores, uint64_t tokens, const SangerOptions& options);

}  // namespace nonzero
