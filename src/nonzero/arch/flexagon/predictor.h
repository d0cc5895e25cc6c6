#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/tensor/formats.h"

namespace nonzero::flexagon {

// All the predictor knows of a matrix: where its rows and its columns begin, were they compressed.
struct FiberOffsets {
  std::vector<uint64_t> rows;     // rows + 1, first 0, last nnz
  std::vector<uint64_t> columns;  // columns + 1

  [[nodiscard]] uint64_t nnz() const { return rows.back(); }
};

FiberOffsets fiber_offsets(const Csr& matrix);
FiberOffsets fiber_offsets(const Bitmap& matrix);

struct Prediction {
  std::array<double, kDataflows.size()> cycles{};  // in the order of kDataflows; permitted or not
  Dataflow best = Dataflow::kInnerM;               // the fewest cycles of those the configuration permits

  [[nodiscard]] double of(Dataflow dataflow) const { return cycles[static_cast<size_t>(dataflow)]; }
};

// Cycles of each dataflow in the configuration's timing mode, from the lengths of rows and columns
// alone: tiles are counted exactly; which rows of the streaming operand a tile meets, and what their
// union is, are expectations over independent positions; the steps of `paper` are evaluated for a
// few sampled tiles. Nothing in it is fitted. Takes time of the order of M + N + K.
Prediction predict(const FiberOffsets& a, const FiberOffsets& b, const Config& config);

}  // namespace nonzero::flexagon
