#include "nonzero/tensor/format_size.h"

#include <fmt/format.h>

#include <cmath>

#include "nonzero/base/math.h"

namespace nonzero {
namespace {

struct Shape {
  double rows, columns, nnz;
  uint32_t row_bits, column_bits, offset_bits;
};

Shape shape_of(uint64_t rows, uint64_t columns, double nnz) {
  return {static_cast<double>(rows),
          static_cast<double>(columns),
          nnz,
          ceil_log2(rows),
          ceil_log2(columns),
          ceil_log2(static_cast<uint64_t>(std::llround(nnz)) + 1)};
}

// Padding entries are metadata: nothing of the matrix stands in them.
FormatSize rlc_size(uint32_t run_bits, double nnz, double padding, uint32_t value_bits) {
  return {fmt::format("rlc-{}", run_bits), nnz + padding, (nnz + padding) * run_bits + padding * value_bits};
}

std::vector<FormatSize> sizes(const Shape& s, double padding_4, double padding_2, uint32_t value_bits) {
  return {
      {"none", s.rows * s.columns, 0},
      {"csr", s.nnz, s.nnz * s.column_bits + (s.rows + 1) * s.offset_bits},
      {"csc", s.nnz, s.nnz * s.row_bits + (s.columns + 1) * s.offset_bits},
      {"coo", s.nnz, s.nnz * (s.row_bits + s.column_bits)},
      rlc_size(4, s.nnz, padding_4, value_bits),
      rlc_size(2, s.nnz, padding_2, value_bits),
      {"bitmap", s.nnz, s.rows * s.columns},
  };
}

// A run of zeros is geometric: padding entries per element are the sum over i >= 1 of
// (1-d)^(i 2^b) = q / (1 - q) with q = (1-d)^(2^b).
double expected_padding(double elements, double density, uint32_t run_bits) {
  if (density <= 0) return 0;
  const double q = std::pow(1 - density, std::ldexp(1.0, static_cast<int>(run_bits)));
  return elements * density * q / (1 - q);
}

double exact_padding(const Csr& csr, uint32_t run_bits) {
  uint64_t padding = 0, next = 0;
  for (uint64_t r = 0; r < csr.rows; ++r) {
    for (const uint32_t c : csr.fiber(r)) {
      const uint64_t position = r * csr.columns + c;
      padding += (position - next) >> run_bits;
      next = position + 1;
    }
  }
  return static_cast<double>(padding);
}

}  // namespace

std::vector<FormatSize> expected_format_sizes(uint64_t rows, uint64_t columns, double density,
                                              uint32_t value_bits) {
  const double elements = static_cast<double>(rows) * static_cast<double>(columns);
  return sizes(shape_of(rows, columns, elements * density), expected_padding(elements, density, 4),
               expected_padding(elements, density, 2), value_bits);
}

std::vector<FormatSize> format_sizes(const Csr& csr, uint32_t value_bits) {
  return sizes(shape_of(csr.rows, csr.columns, static_cast<double>(csr.nnz())), exact_padding(csr, 4),
               exact_padding(csr, 2), value_bits);
}

}  // namespace nonzero
