#include "nonzero/tensor/attention_mask_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/base/memory.h"
#include "nonzero/base/progress.h"
#include "nonzero/tensor/hash_mask.h"

namespace nonzero {
namespace {

void require(bool condition, const std::string& problem, const std::string& allowed) {
  if (!condition) throw InputError(problem, "allowed: " + allowed, {"mask", 0});
}

void require_window(uint64_t n, uint64_t window) {
  require(window >= 1 && window <= 2 * n - 1, fmt::format("a window of {} of {} tokens", window, n),
          fmt::format("1 to {}", 2 * n - 1));
}

void require_step(uint64_t n, uint64_t step) {
  require(step >= 1 && step <= n, fmt::format("s = {} of {} tokens", step, n), fmt::format("1 to {}", n));
}

// The number of blocks along a side.
uint64_t blocks_of(uint64_t n, uint64_t block) {
  require(block >= 1 && n % block == 0, fmt::format("{} tokens in blocks of {}", n, block),
          "a multiple of the block");
  return n / block;
}

void require_blocks(const char* what, uint64_t count, uint64_t blocks) {
  require(count <= blocks, fmt::format("{} {} blocks of {}", count, what, blocks),
          fmt::format("0 to {}", blocks));
}

// `before` columns before the row's own to `after` behind it.
ColumnRun around(uint64_t n, uint64_t row, uint64_t before, uint64_t after) {
  return {row - std::min(row, before), std::min(n, row + after + 1)};
}

ColumnRun window_run(uint64_t n, uint64_t row, uint64_t window) {
  const uint64_t before = window / 2;
  return around(n, row, before, window - before - 1);
}

// Rows of elements from rows of blocks.
MaskRows of_blocks(uint64_t block, const MaskRow& block_row) {
  return {[block, block_row](uint64_t row, ColumnRuns& runs) {
    const size_t first = runs.size();
    block_row(row / block, runs);
    for (size_t r = first; r < runs.size(); ++r) runs[r] = {runs[r].begin * block, runs[r].end * block};
  }};
}

ColumnRun window_blocks_run(uint64_t blocks, uint64_t row, uint64_t window) {
  const uint64_t side = (window - 1) / 2;
  return around(blocks, row, side, side);
}

// A fraction of 2^53 as a bound on the upper 53 bits: u < p iff (next >> 11) < bound.
uint64_t bound(double p) { return static_cast<uint64_t>(std::ceil(std::min(1.0, p) * 0x1p53)); }

constexpr uint64_t kSplitMixStep = 0x9e3779b97f4a7c15ULL;

// For each block row, its random block columns.
std::vector<uint32_t> random_blocks(uint64_t blocks, const BigBirdBlocks& mask) {
  std::vector<uint32_t> chosen, others;
  chosen.reserve(blocks * mask.random);
  others.reserve(blocks);
  uint64_t state = mask.seed;
  for (uint64_t row = mask.global; row < blocks; ++row) {
    Progress::throw_if_stopped();
    const ColumnRun window =
        mask.window == 0 ? ColumnRun{row, row} : window_blocks_run(blocks, row, mask.window);
    others.clear();
    for (uint64_t column = mask.global; column < blocks; ++column)
      if (column < window.begin || column >= window.end) others.push_back(static_cast<uint32_t>(column));
    require(mask.random <= others.size(),
            fmt::format("{} random blocks where {} are neither global nor in the window", mask.random,
                        others.size()),
            fmt::format("0 to {}", others.size()));
    for (uint64_t k = 0; k < mask.random; ++k) {
      const double u = static_cast<double>(split_mix_step(state) >> 11U) * 0x1p-53;
      state += kSplitMixStep;
      const auto pick = k + static_cast<uint64_t>(u * static_cast<double>(others.size() - k));
      std::swap(others[k], others[pick]);
      chosen.push_back(others[k]);
    }
  }
  return chosen;
}

}  // namespace

MaskRows dense_rows(uint64_t n) {
  return {[n](uint64_t, ColumnRuns& runs) { runs.push_back({0, n}); }};
}

MaskRows window_rows(uint64_t n, uint64_t window) {
  require_window(n, window);
  return {[n, window](uint64_t row, ColumnRuns& runs) { runs.push_back(window_run(n, row, window)); }};
}

MaskRows dilated_rows(uint64_t n, uint64_t window, uint64_t step) {
  require_window(n, window);
  require_step(n, step);
  return {[=](uint64_t row, ColumnRuns& runs) {
    const uint64_t before = std::min(window / 2, row / step);
    const uint64_t after = std::min(window / 2, (n - 1 - row) / step);
    for (uint64_t t = 0; t <= before + after; ++t) {
      const uint64_t column = row - before * step + t * step;
      runs.push_back({column, column + 1});
    }
  }};
}

MaskRows strided_rows(uint64_t n, uint64_t step) {
  require_step(n, step);
  return {[=](uint64_t row, ColumnRuns& runs) {
    runs.push_back(around(n, row, step - 1, step - 1));
    for (uint64_t column = step - 1; column < n; column += step) runs.push_back({column, column + 1});
  }};
}

MaskRows longformer_rows(uint64_t n, uint64_t window, uint64_t global) {
  require_window(n, window);
  require(global <= n, fmt::format("{} global tokens of {}", global, n), fmt::format("0 to {}", n));
  return {[=](uint64_t row, ColumnRuns& runs) {
    if (row < global) {
      runs.push_back({0, n});
      return;
    }
    runs.push_back({0, global});
    runs.push_back(around(n, row, window / 2, window / 2));
  }};
}

MaskRows longformer_block_rows(uint64_t n, uint64_t block, uint64_t window_blocks,
                               const std::vector<uint64_t>& global) {
  const uint64_t blocks = blocks_of(n, block);
  require_blocks("window", window_blocks, blocks);
  for (const uint64_t one : global)
    require(one < blocks, fmt::format("global block {} of {}", one, blocks),
            fmt::format("0 to {}", blocks - 1));
  return of_blocks(block, [=](uint64_t row, ColumnRuns& runs) {
    if (std::find(global.begin(), global.end(), row) != global.end()) {
      runs.push_back({0, blocks});
      return;
    }
    for (const uint64_t one : global) runs.push_back({one, one + 1});
    if (window_blocks > 0) runs.push_back(window_blocks_run(blocks, row, window_blocks));
  });
}

MaskRows bigbird_rows(uint64_t n, const BigBirdBlocks& mask) {
  const uint64_t blocks = blocks_of(n, mask.block);
  require_blocks("random", mask.random, blocks);
  require_blocks("window", mask.window, blocks);
  require_blocks("global", mask.global, blocks);
  require_memory(4 * static_cast<double>(blocks) * static_cast<double>(mask.random + 1), "the random blocks");
  return of_blocks(mask.block, [=, chosen = random_blocks(blocks, mask)](uint64_t row, ColumnRuns& runs) {
    if (row < mask.global) {
      runs.push_back({0, blocks});
      return;
    }
    runs.push_back({0, mask.global});
    if (mask.window > 0) runs.push_back(window_blocks_run(blocks, row, mask.window));
    const uint32_t* one = chosen.data() + (row - mask.global) * mask.random;
    for (uint64_t k = 0; k < mask.random; ++k) runs.push_back({one[k], uint64_t{one[k]} + 1});
  });
}

MaskRows fixed_rows(uint64_t n, uint64_t block, uint64_t local) {
  const uint64_t blocks = blocks_of(n, block);
  require(local >= 1 && local <= blocks, fmt::format("groups of {} blocks of {}", local, blocks),
          fmt::format("1 to {}", blocks));
  return of_blocks(block, [=](uint64_t row, ColumnRuns& runs) {
    const uint64_t group = row / local * local;
    runs.push_back({group, std::min(group + local, blocks)});
    // The last group may be short; its last block counts as well [choice].
    for (uint64_t last = local - 1; last < blocks + local - 1; last += local) {
      const uint64_t column = std::min(last, blocks - 1);
      runs.push_back({column, column + 1});
    }
  });
}

MaskRows diagloc_rows(uint64_t n, const Diagloc& mask) {
  require_window(n, mask.window);
  double area = 0;
  for (uint64_t row = 0; row < n; ++row) {
    const ColumnRun window = window_run(n, row, mask.window);
    area += static_cast<double>(window.end - window.begin);
  }
  const double all = static_cast<double>(n) * static_cast<double>(n), elements = mask.density * all;
  const uint64_t inside = bound(mask.in_window * elements / area);
  const uint64_t outside = area < all ? bound((1 - mask.in_window) * elements / (all - area)) : 0;
  const auto row_runs = [=](uint64_t row, ColumnRuns& runs) {
    const uint64_t state = mask.seed + row * n * kSplitMixStep;
    const auto draw = [&](uint64_t begin, uint64_t end, uint64_t limit) {
      for (uint64_t column = begin; column < end; ++column)
        if (split_mix_step(state + column * kSplitMixStep) >> 11U < limit)
          runs.push_back({column, column + 1});
    };
    const ColumnRun window = window_run(n, row, mask.window);
    draw(0, window.begin, outside);
    draw(window.begin, window.end, inside);
    draw(window.end, n, outside);
  };
  return {row_runs, std::max(elements, 1.0)};
}

}  // namespace nonzero
