#pragma once

#include <cstdint>
#include <string>

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

}  // namespace nonzero
