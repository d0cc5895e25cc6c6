#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace nonzero {

// The families of attention_masks.h, row by row.

// Columns begin … end - 1.
struct ColumnRun {
  uint64_t begin = 0, end = 0;
};
using ColumnRuns = std::vector<ColumnRun>;

// Adds the runs of a row, in any order, overlapping or not, none beyond the last column. The same row gives
// the same runs on every call.
using MaskRow = std::function<void(uint64_t row, ColumnRuns& runs)>;

struct MaskRows {
  MaskRow row;
  double elements = 0;  // expected of a random mask; 0: to be counted
};

struct BigBirdBlocks {
  uint64_t block = 16, random = 1, window = 3, global = 1, seed = 1;
};

struct Diagloc {
  double density = 0.1, in_window = 0.5;
  uint64_t window = 1, seed = 1;
};

MaskRows dense_rows(uint64_t n);
MaskRows window_rows(uint64_t n, uint64_t window);
MaskRows dilated_rows(uint64_t n, uint64_t window, uint64_t step);
MaskRows strided_rows(uint64_t n, uint64_t step);
MaskRows longformer_rows(uint64_t n, uint64_t window, uint64_t global);
MaskRows longformer_block_rows(uint64_t n, uint64_t block, uint64_t window_blocks,
                               const std::vector<uint64_t>& global);
MaskRows bigbird_rows(uint64_t n, const BigBirdBlocks& mask);
MaskRows fixed_rows(uint64_t n, uint64_t block, uint64_t local);
MaskRows diagloc_rows(uint64_t n, const Diagloc& mask);

}  // namespace nonzero
