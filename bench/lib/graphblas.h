#pragma once

extern "C" {
#include <GraphBLAS.h>
}

#include <stdexcept>
#include <string>
#include <vector>

#include "nonzero/tensor/formats.h"

namespace nonzero::bench {

inline void check(GrB_Info info) {
  if (info != GrB_SUCCESS) throw std::runtime_error("GraphBLAS error " + std::to_string(info));
}

// SuiteSparse:GraphBLAS on one thread, the yardstick for sparse products. One per program.
class GraphBlas {
 public:
  GraphBlas() {
    check(GrB_init(GrB_NONBLOCKING));
    check(GxB_Global_Option_set(GxB_GLOBAL_NTHREADS, 1));
  }
  GraphBlas(const GraphBlas&) = delete;
  GraphBlas& operator=(const GraphBlas&) = delete;
  ~GraphBlas() { GrB_finalize(); }
};

// A matrix of GraphBLAS, by rows, in fp32. A pattern counts as all ones.
class GraphBlasMatrix {
 public:
  explicit GraphBlasMatrix(const Csr& csr) {
    const std::vector<GrB_Index> columns(csr.indices.begin(), csr.indices.end());
    const std::vector<GrB_Index> offsets(csr.offsets.begin(), csr.offsets.end());
    const std::vector<float> values = csr.values.empty() ? std::vector<float>(csr.nnz(), 1.0F) : csr.values;
    check(GrB_Matrix_import_FP32(&handle_, GrB_FP32, csr.rows, csr.columns, offsets.data(), columns.data(),
                                 values.data(), offsets.size(), columns.size(), values.size(),
                                 GrB_CSR_FORMAT));
    check(GrB_Matrix_wait(handle_, GrB_MATERIALIZE));
  }
  // rows x columns, nothing stored.
  GraphBlasMatrix(uint64_t rows, uint64_t columns) {
    check(GrB_Matrix_new(&handle_, GrB_FP32, rows, columns));
  }
  GraphBlasMatrix(const GraphBlasMatrix&) = delete;
  GraphBlasMatrix& operator=(const GraphBlasMatrix&) = delete;
  ~GraphBlasMatrix() { GrB_Matrix_free(&handle_); }

  // Replaces this matrix by a * b and waits until it is there; returns its number of elements.
  uint64_t multiply(const GraphBlasMatrix& a, const GraphBlasMatrix& b) {
    check(GrB_mxm(handle_, nullptr, nullptr, GrB_PLUS_TIMES_SEMIRING_FP32, a.handle_, b.handle_, nullptr));
    check(GrB_Matrix_wait(handle_, GrB_MATERIALIZE));
    GrB_Index elements = 0;
    check(GrB_Matrix_nvals(&elements, handle_));
    return elements;
  }

 private:
  GrB_Matrix handle_ = nullptr;
};

}  // namespace nonzero::bench
