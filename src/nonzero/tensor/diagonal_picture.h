#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nonzero/tensor/diagonal.h"

namespace nonzero {

// Pictures as text, a line per row of cells. Up to `side` x `side` elements each has a character of its own:
// `o` an element within the window, `x` one outside it or moved, `.` nothing. Beyond that a cell is a square
// of elements, and one of " .:-=+*#%@" says how full it is; only an empty one is blank.

// The matrix, row by row. Throws InputError where it is not square.
std::string picture_of_matrix(const Csr& csr, uint64_t window, uint64_t side = 64);
// Its stored diagonals, slots from left to right, each line (or the first diagonal of one) with its name: DI,
// or `over 0` for an overflow diagonal.
std::string picture_of_diagonals(const DiagonalMatrix& matrix, uint64_t side = 64);

// The same as numbers, for a page to draw: a cell is row_step x column_step elements, fewer at the edges, and
// holds the percentage of them that lie at home (in the window) and elsewhere (outside it, or moved), rounded up.
struct DiagonalGrid {
  uint64_t rows = 0, columns = 0;  // elements
  uint64_t row_step = 1, column_step = 1;
  std::vector<uint8_t> home, away;  // row by row of cells

  bool operator==(const DiagonalGrid&) const = default;
};
// At most `side` x `side` cells. Throws InputError where the matrix is not square.
DiagonalGrid grid_of_matrix(const Csr& csr, uint64_t window, uint64_t side = 64);
// A row per stored diagonal, a column per slot.
DiagonalGrid grid_of_diagonals(const DiagonalMatrix& matrix, uint64_t side = 64);

}  // namespace nonzero
