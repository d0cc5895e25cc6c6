#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nonzero/tensor/formats.h"

namespace nonzero {

// A matrix from a file, with what the file said about it. Values are rounded to the nearest float on
// entry, whatever the file holds.
struct LoadedMatrix {
  Csr matrix;
  bool pattern = false;       // positions only: matrix.values is empty
  uint64_t duplicates = 0;    // elements of the file that were added to an earlier one
  uint64_t stored_zeros = 0;  // elements of `matrix` whose value is zero; they are kept
  uint64_t underflows = 0;    // entries of a .mtx file, mirror images too, that only rounding made zero
  // Entries of a symmetric .mtx file that keeps the upper triangle instead of the lower one.
  uint64_t above_the_diagonal = 0;
  std::string field;         // real, integer or pattern
  std::string symmetry;      // general, symmetric or skew-symmetric, as the file stores it
  bool dense_array = false;  // the file lists every element; zeros are not kept
};

namespace io {

// The most rows or columns a file of `bytes` bytes may claim: beyond it nothing but a typing error or
// an attack allocates memory for rows that the file does not mention.
uint64_t most_side(uint64_t bytes);

// Sorts the fibers of `csr` and adds elements that share a position (in double, in the file's order);
// returns how many were added to an earlier one.
uint64_t sort_and_add_duplicates(Csr& csr);

uint64_t count_zeros(const Csr& csr);

// Elements in any order, as a file lists them.
struct Elements {
  std::vector<uint32_t> rows, columns;
  std::vector<float> values;  // empty for a pattern
};

// Counting sort by row; elements of a row stay in the file's order.
Csr by_row(uint64_t rows, uint64_t columns, const Elements& elements);

}  // namespace io
}  // namespace nonzero
