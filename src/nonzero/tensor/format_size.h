#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nonzero/tensor/formats.h"

namespace nonzero {

// What a format stores beside the values' own bits (SIGMA, Fig. 7).
struct FormatSize {
  std::string format;
  double stored_elements = 0;  // values stored: padding of a run-length code and dense zeros included
  double metadata_bits = 0;
};

// Expected sizes for uniformly random zeros, in Fig. 7's order: none (dense), csr, csc, coo, rlc-4,
// rlc-2, bitmap. An index costs ceil(log2 dimension) bits, an offset ceil(log2(nnz + 1)); an RLC-b
// entry b bits, and its padding is metadata whole, value included, at `value_bits` each.
std::vector<FormatSize> expected_format_sizes(uint64_t rows, uint64_t columns, double density,
                                              uint32_t value_bits = 16);

// Exact sizes of one matrix.
std::vector<FormatSize> format_sizes(const Csr& csr, uint32_t value_bits = 16);

}  // namespace nonzero
