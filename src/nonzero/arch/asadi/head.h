#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "nonzero/arch/asadi/config.h"

namespace nonzero::asadi {

// Q, K and V of one head, each [tokens, head_dim], and where Z goes.
struct HeadValues {
  std::span<const float> q, k, v;
  std::span<float> z;
};

// What a head does on its tile.
struct Head {
  uint64_t tokens = 0, head_dim = 0, nnz = 0;
  uint64_t window = 0;
  uint64_t iterations = 0;  // of each product: stored diagonals, or rows
  uint64_t overflow = 0, grey = 0;
  uint64_t slots = 0;        // places of elements computed in each product, bubbles included
  uint64_t controlled = 0;   // diagonals the controller sets up, for each product
  uint64_t moved_bytes = 0;  // over the interconnect, for each product
  hw::ReramOps qk, softmax, sv;
};

// The same in cycles, in the order of the run. Each product has its moves and its control.
struct HeadCycles {
  uint64_t linear1 = 0, qk = 0, softmax = 0, sv = 0, linear2 = 0;
  uint64_t move = 0, control = 0;  // of one product

  [[nodiscard]] uint64_t digital() const { return qk + softmax + sv; }
  [[nodiscard]] uint64_t total() const { return linear1 + digital() + 2 * (move + control) + linear2; }
  HeadCycles& operator+=(const HeadCycles& other);
};

// The first linear layer takes `passes` passes of its crossbars.
HeadCycles cycles_of(const Head& head, const Config& config, uint64_t passes);

// How a design holds the scores of a head; one function walks that mapping for the time and, for every head in
// `values` (they share the mask), for Z. Throws InputError where the scores do not fit the arrays.
using WalkHead = Head (*)(const Csr& mask, uint64_t head_dim, const Config& config,
                          std::span<const HeadValues> values);

// Z of every head through the diagonals, side by side. Throws InputError where the hardware's order of softmax
// loses a row.
void compute_heads(const DiagonalMatrix& scores, uint64_t head_dim, const Config& config,
                   std::span<const HeadValues> values);

// ASADI: stored diagonals.
Head walk_diagonals(const Csr& mask, uint64_t head_dim, const Config& config,
                    std::span<const HeadValues> values);

// Of each product, over a head's interconnect: d - 1 of the d slices of a diagonal go to its array; the diagonal
// goes past d - 1 arrays.
uint64_t moved_bytes(uint64_t iterations, uint64_t tokens, uint64_t head_dim);

// Diagonals that the window keeps.
uint64_t window_of(const Csr& mask, const Config& config);
DiagonalOptions diagonal_options(uint64_t window, const Config& config);

// Throws InputError with the cells needed and available.
void check_capacity(uint64_t diagonals, uint64_t head_dim, const Config& config);
// The same as a text; nothing where they fit.
std::optional<std::string> capacity_problem(uint64_t diagonals, uint64_t head_dim, const Config& config);

}  // namespace nonzero::asadi
