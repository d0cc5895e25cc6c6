#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nonzero::hw {

// SYSTOLIC ARRAY: rows × columns of multiply-accumulate cells, each talking to its neighbours only.
//
//   weight-stationary (ws)   B[k][n] rests in cell (k, n); rows of A enter from the left, skewed by a cycle
//                            per row; partial sums sink to the bottom edge
//   input-stationary (is)    A[m][k] rests in cell (k, m); columns of B enter from the left
//   output-stationary (os)   C[m][n] rests in cell (m, n); A enters from the left, B from the top; results
//                            sink to the bottom edge at the end
//
//              columns: x        a product larger than the array is cut into folds; tiles lie in the upper
//            +---+---+---+       left corner, and partial sums sink through all `rows` of the array
//   a_0 ->   |   |   |   |
//            +---+---+---+       published (SIGMA, HPCA 2020, as evaluated there): load min(K, rows), stream
//   a_1 -> . |   |   |   |       the steps, drain rows; edge folds too
//            +---+---+---+       SCALE-Sim (v2, stall-free): folds · (2 rows + columns + steps − 2) − 1
//              |   |   |
//              v   v   v  partial sums
struct SystolicArray {
  uint64_t rows = 128;
  uint64_t columns = 128;
};

enum class Dataflow : uint8_t { kWeightStationary, kInputStationary, kOutputStationary };

// One tile of the stationary K×X operand: rows [k_begin, k_end), columns [x_begin, x_end).
struct SystolicFold {
  uint64_t k_begin = 0, k_end = 0;
  uint64_t x_begin = 0, x_end = 0;
};

struct SystolicCycles {
  uint64_t load = 0, stream = 0, drain = 0;
  [[nodiscard]] uint64_t total() const { return load + stream + drain; }
};

// All functions below throw InputError for an array without cells, and where a count leaves 64 bits.

// Tiles that cover a K×X operand: ceil(K / rows) · ceil(X / columns).
uint64_t folds(const SystolicArray& array, uint64_t k, uint64_t x);

// Tile number `index` < folds(array, k, x); x runs fastest.
SystolicFold fold_at(const SystolicArray& array, uint64_t k, uint64_t x, uint64_t index);

// One fold, published convention. `k_extent` is the K of the whole operand: edge folds cost the same.
SystolicCycles published_fold(const SystolicArray& array, uint64_t k_extent, uint64_t steps);

// All folds; nothing where a dimension is 0.
SystolicCycles published_run(const SystolicArray& array, uint64_t k, uint64_t x, uint64_t steps);

// SCALE-Sim's cycles of C[m,n] = A[m,k] · B[k,n]: the number of the last cycle, counted from 0 (hence the
// −1, once per run); 0 where a dimension is 0.
uint64_t scalesim_cycles(const SystolicArray& array, Dataflow dataflow, uint64_t m, uint64_t n, uint64_t k);

// The same, split: load is `rows` per fold, stream the steps, drain the rest. On a 1×1 array, where no rest
// is left to bear the −1, load does.
SystolicCycles scalesim_run(const SystolicArray& array, Dataflow dataflow, uint64_t m, uint64_t n,
                            uint64_t k);

// What one fold computes: streamed (steps × k, row-major) times stationary (k × x, row-major) gives partial
// sums (steps × x), each added from the top row down, as the cells add them.
std::vector<float> systolic_fold_psums(std::span<const float> stationary, std::span<const float> streamed,
                                       uint64_t k, uint64_t x, uint64_t steps);

// Register writes in the mapped part of the array. A word that enters a cell is one shift.
struct SystolicActivity {
  uint64_t mapped_cells = 0;    // summed over folds
  uint64_t macs = 0;            // zeros included
  uint64_t load_shifts = 0;     // stationary words on their way down to their cell
  uint64_t operand_shifts = 0;  // streamed words: in at every mapped cell they pass (os: both operands)
  uint64_t psum_shifts = 0;     // ws, is: a partial sum enters every row of the array; os: results sinking
};

// Of the whole run; of one fold where m, n, k are the fold's own extents.
SystolicActivity systolic_activity(const SystolicArray& array, Dataflow dataflow, uint64_t m, uint64_t n,
                                   uint64_t k);

}  // namespace nonzero::hw
