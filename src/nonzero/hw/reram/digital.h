#pragma once

#include <cstdint>

#include "nonzero/tensor/diagonal.h"

namespace nonzero::hw {

// Cycles of one operation of an array on all its rows at once (ASADI, HPCA 2024; the first three from AritPIM,
// fp32). `work_cells` of each row must be free while an operation runs.
struct ReramOpCycles {
  uint64_t multiply = 1407, add = 1359, divide = 3963;
  uint64_t shift = 64;        // a vector by any number of rows: 32 bit columns read and written
  uint64_t copy = 2;          // one word to another row
  uint64_t search = 32;       // maximum of a vector, bit by bit
  uint64_t exponential = 32;  // 2^x of a vector, by conditional shifts
  uint64_t work_cells = 384;

  static ReramOpCycles aritpim_parallel() { return {}; }
  static ReramOpCycles aritpim_serial();
};

// How often each operation is done, one after the other.
struct ReramOps {
  uint64_t multiplications = 0, additions = 0, divisions = 0;
  uint64_t shifts = 0, copies = 0, searches = 0, exponentials = 0;

  ReramOps& operator+=(const ReramOps& other);
  friend ReramOps operator+(ReramOps a, const ReramOps& b) { return a += b; }
  friend ReramOps operator*(ReramOps ops, uint64_t times);
  bool operator==(const ReramOps&) const = default;
};

// ASADI's digital module: arrays that compute in their rows. Array a holds dimension a of Q, K and V, and the
// stored diagonals m with m mod d = a; n tokens take ceil(n / rows) such groups of d arrays, the row blocks,
// which work side by side.
//
//   array 0     array 1          array d-1
//   Q.0 K.0     Q.1 K.1    ...   Q.d-1 K.d-1     SDDMM: per diagonal a slice in every array, then all d slices
//   diag 0, d   diag 1, d+1      diag d-1        to the diagonal's own array; SpMM: diagonals go round
class ReramDigitalModule {
 public:
  struct Shape {
    uint64_t arrays = 512, rows = 1024, columns = 1024;
    uint32_t word_bits = 32;
  };

  ReramDigitalModule(const Shape& shape, const ReramOpCycles& cycles) : shape_(shape), cycles_(cycles) {}

  [[nodiscard]] uint64_t cycles(const ReramOps& ops) const;
  [[nodiscard]] uint64_t row_blocks(uint64_t tokens) const;
  [[nodiscard]] uint64_t arrays_needed(uint64_t tokens, uint64_t head_dim) const;
  [[nodiscard]] uint64_t arrays() const { return shape_.arrays; }
  // Cells of one row: Q, K, V, the array's share of the diagonals, a result, and work cells.
  [[nodiscard]] uint64_t cells_needed(uint64_t diagonals, uint64_t head_dim) const;
  [[nodiscard]] uint64_t cells() const { return shape_.columns; }

  // What the slowest array does one after the other. By diagonals (ASADI, Algorithms 1 and 2):
  // Q shifted to the diagonal, moved elements' rows copied in and back, one multiplication.
  static ReramOps score(const StoredDiagonal& diagonal);
  // The d slices of every diagonal added in its own array.
  static ReramOps add_slices(uint64_t diagonals, uint64_t head_dim);
  // Global maximum, exponentials, row sums, one division, scaling of Z.
  static ReramOps softmax(uint64_t diagonals, uint64_t head_dim);
  // One multiplication, then decompression: normal slots shifted home and added, moved ones copied to their
  // rows and added, those of one row after each other.
  static ReramOps weigh(const StoredDiagonal& diagonal);

  // By rows, as CSR holds them: one iteration per row that holds anything, elements copied one by one.
  [[nodiscard]] ReramOps score_rows(uint64_t rows, uint64_t elements, uint64_t tokens,
                                    uint64_t head_dim) const;
  [[nodiscard]] ReramOps weigh_rows(uint64_t rows, uint64_t elements, uint64_t tokens) const;

 private:
  Shape shape_;
  ReramOpCycles cycles_;
};

}  // namespace nonzero::hw
