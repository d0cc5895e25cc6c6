#pragma once

// SuiteSparse:GraphBLAS as a second, independent judge of products.

#include <climits>
#include <cmath>
#include <complex>
#include <cstdbool>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

// The header of Debian's package leaves C linkage to its user.
extern "C" {
#include <GraphBLAS.h>
}

#include "nonzero/result/result.h"
#include "nonzero/tensor/formats.h"

namespace nonzero::test {

inline void grb(GrB_Info info) {
  if (info != GrB_SUCCESS && info != GrB_NO_VALUE) throw std::runtime_error("GraphBLAS call failed");
}

inline void start_graphblas() {
  static const bool started = [] {
    grb(GrB_init(GrB_NONBLOCKING));
    grb(GxB_Global_Option_set(GxB_GLOBAL_NTHREADS, 1));
    return true;
  }();
  (void)started;
}

inline GrB_Matrix to_graphblas(const Csr& csr) {
  start_graphblas();
  GrB_Matrix matrix = nullptr;
  std::vector<GrB_Index> rows, columns;
  std::vector<double> values(csr.values.begin(), csr.values.end());
  for (uint64_t r = 0; r < csr.rows; ++r)
    for (const uint32_t c : csr.fiber(r)) {
      rows.push_back(r);
      columns.push_back(c);
    }
  grb(GrB_Matrix_new(&matrix, GrB_FP64, csr.rows, csr.columns));
  if (csr.nnz() == 0) return matrix;
  grb(GrB_Matrix_build_FP64(matrix, rows.data(), columns.data(), values.data(), values.size(),
                            GrB_PLUS_FP64));
  return matrix;
}

inline Product graphblas_product(const Csr& a, const Csr& b) {
  GrB_Matrix ga = to_graphblas(a), gb = to_graphblas(b), gc = nullptr;
  grb(GrB_Matrix_new(&gc, GrB_FP64, a.rows, b.columns));
  grb(GrB_mxm(gc, nullptr, nullptr, GrB_PLUS_TIMES_SEMIRING_FP64, ga, gb, nullptr));
  grb(GrB_Matrix_wait(gc, GrB_MATERIALIZE));  // otherwise rows may come unsorted
  GrB_Index count = 0;
  grb(GrB_Matrix_nvals(&count, gc));
  std::vector<GrB_Index> rows(count), columns(count);
  Product product{a.rows, b.columns, std::vector<uint64_t>(a.rows + 1), {}, std::vector<double>(count)};
  if (count > 0)
    grb(GrB_Matrix_extractTuples_FP64(rows.data(), columns.data(), product.values.data(), &count, gc));
  for (const GrB_Index row : rows) ++product.offsets[row + 1];
  for (size_t r = 0; r < a.rows; ++r) product.offsets[r + 1] += product.offsets[r];
  product.indices.assign(columns.begin(), columns.end());
  for (GrB_Matrix* m : {&ga, &gb, &gc}) grb(GrB_Matrix_free(m));
  return product;
}

}  // namespace nonzero::test
