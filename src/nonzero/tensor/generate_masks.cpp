#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/progress.h"
#include "nonzero/base/random.h"
#include "nonzero/tensor/generate.h"

namespace nonzero {
namespace {

void check_tokens(uint64_t tokens) {
  if (tokens == 0 || tokens > (uint64_t{1} << 32U))
    throw InputError(fmt::format("a mask of {} tokens", tokens), "allowed: 1 to 2^32");
}

// The block columns that block row `row` attends to: first the global blocks and the window, then
// `random_blocks` of the others (a partial Fisher-Yates shuffle).
std::vector<uint64_t> attended_blocks(uint64_t row, uint64_t blocks, const BigBird& mask, Random& random) {
  if (row < mask.global_blocks) {
    std::vector<uint64_t> all(blocks);
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  std::vector<uint64_t> chosen, others;
  for (uint64_t column = 0; column < blocks; ++column) {
    const uint64_t distance = column > row ? column - row : row - column;
    const bool attended = column < mask.global_blocks || 2 * distance + 1 <= mask.window_blocks;
    (attended ? chosen : others).push_back(column);
  }
  for (uint64_t i = 0; i < std::min<uint64_t>(mask.random_blocks, others.size()); ++i) {
    std::swap(others[i], others[i + random.below(others.size() - i)]);
    chosen.push_back(others[i]);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

Csr generate_sliding_window(uint64_t tokens, uint64_t window, uint64_t seed) {
  check_tokens(tokens);
  if (window == 0) throw InputError("a window of 0 diagonals", "allowed: at least 1");
  Csr csr{tokens, tokens, {0}, {}, {}};
  const uint64_t before = window / 2, after = (window - 1) / 2;
  for (uint64_t row = 0; row < tokens; ++row) {
    Progress::throw_if_stopped();
    const uint64_t last = std::min(row + after, tokens - 1);
    for (uint64_t column = row - std::min(row, before); column <= last; ++column)
      csr.indices.push_back(static_cast<uint32_t>(column));
    csr.offsets.push_back(csr.indices.size());
  }
  draw_values(csr.values, csr.nnz(), seed);
  return csr;
}

Csr generate_bigbird(uint64_t tokens, const BigBird& mask, uint64_t seed) {
  check_tokens(tokens);
  if (mask.block == 0) throw InputError("blocks of 0 tokens", "allowed: at least 1");
  Csr csr{tokens, tokens, {0}, {}, {}};
  Random random(derive_seed(seed, 1));
  const uint64_t side = std::min(mask.block, tokens);
  const uint64_t blocks = ceil_div(tokens, side);
  for (uint64_t block_row = 0; block_row < blocks; ++block_row) {
    Progress::throw_if_stopped();
    const std::vector<uint64_t> attended = attended_blocks(block_row, blocks, mask, random);
    const uint64_t end = std::min((block_row + 1) * side, tokens);
    for (uint64_t row = block_row * side; row < end; ++row) {
      for (const uint64_t block : attended)
        for (uint64_t c = block * side; c < std::min((block + 1) * side, tokens); ++c)
          csr.indices.push_back(static_cast<uint32_t>(c));
      csr.offsets.push_back(csr.indices.size());
    }
  }
  draw_values(csr.values, csr.nnz(), seed);
  return csr;
}

}  // namespace nonzero
