#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nonzero/tensor/formats.h"

namespace nonzero {

// Attention masks as patterns of tokens x tokens: element (i, j) is there where token i attends to token j
// (ASADI spec, "Workloads"). A description is `kind` or `kind:key=value,…`; keys with their defaults, n =
// tokens:
//
//   dense
//   window            w = n/8         DI = j - i in -floor(w/2) … -floor(w/2) + w - 1
//   dilated           w, s            DI = s * t, |t| <= floor(w/2) [choice]
//   strided           s               |DI| < s, or j mod s = s - 1 [choice]
//   longformer        window, global = 1     |DI| <= floor(window/2), or i < global, or j < global [choice]
//   longformer-block  b = 16, window_blocks = 3, global = 0     global: block indexes joined by '+' [author code]
//   bigbird           b = 16, random = 1, window_blocks = 3, global = 1, seed = 1 [author code]
//   fixed             b = 16, local = 4      groups of `local` blocks, each group's last block seen by all
//   diagloc           rho, phi, w = n/8, seed = 1     random, density rho, share phi of it in the window
//
// Block masks: b x b blocks; a window of an even number of blocks is that of one block less; global blocks are
// rows and columns. All kinds: `causal` keeps j <= i; padding = p takes the last p tokens for padding, which
// neither attend nor are attended to [choice].
//
// Random numbers are those of splitmix64 from the start value `seed`. diagloc draws one per element, row by
// row, u = (next >> 11) * 2^-53, and keeps the element where u < p. bigbird draws one per random block, block
// row by block row, and takes candidate floor(u * candidates left) of a partial shuffle of the ascending block
// columns that are neither global nor in the window; generate_bigbird() draws from another generator, allows a
// ragged last block and carries values.
//
// Throws InputError for an unknown kind or key (with the nearest known one), a missing value, a number out of
// range, tokens that are no multiple of the block, and where the mask exceeds the machine's memory.
Csr attention_mask(const std::string& description, uint64_t tokens);

// The description with `seed` where its kind is random and it names none; else as it is.
std::string with_mask_seed(const std::string& description, uint64_t seed);

struct MaskKind {
  std::string name;
  std::vector<std::string> keys;
};
std::vector<MaskKind> attention_mask_kinds();

// The modifiers, for masks of other origin; values stay with their elements.
Csr causal_mask(const Csr& mask);
Csr padded_mask(const Csr& mask, uint64_t padding);

}  // namespace nonzero
