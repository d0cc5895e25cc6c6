#include "nonzero/arch/flexagon/predictor.h"

#include <algorithm>

#include "nonzero/arch/flexagon/predictor_view.h"

namespace nonzero::flexagon {
namespace {

std::vector<uint64_t> even_offsets(uint64_t fibers, double nnz) {
  std::vector<uint64_t> offsets(fibers + 1);
  for (uint64_t i = 1; i <= fibers; ++i)
    offsets[i] = static_cast<uint64_t>(std::llround(nnz * static_cast<double>(i) / static_cast<double>(fibers)));
  return offsets;
}

}  // namespace

FiberOffsets fiber_offsets(const Csr& matrix) {
  FiberOffsets offsets{matrix.offsets, std::vector<uint64_t>(matrix.columns + 1)};
  const std::vector<uint32_t> counts = column_counts(matrix);
  for (uint64_t j = 0; j < matrix.columns; ++j) offsets.columns[j + 1] = offsets.columns[j] + counts[j];
  return offsets;
}

FiberOffsets expected_offsets(uint64_t rows, uint64_t columns, double density) {
  const double nnz = std::round(static_cast<double>(rows) * static_cast<double>(columns) * density);
  return {even_offsets(rows, nnz), even_offsets(columns, nnz)};
}

Prediction predict(const FiberOffsets& a, const FiberOffsets& b, const Config& config) {
  const predictor::View m_stationary{a.rows, a.columns, b.rows, b.columns};
  const predictor::View n_stationary{b.columns, b.rows, a.columns, a.rows};
  const predictor::Expectations expected_m(m_stationary, config), expected_n(n_stationary, config);
  Prediction prediction;
  for (const Dataflow dataflow : kDataflows) {
    const bool turned = flexagon::n_stationary(dataflow);
    const auto cycles = config.timing == Timing::kPaper ? predictor::paper_cycles : predictor::pipelined_cycles;
    prediction.cycles[static_cast<size_t>(dataflow)] =
        cycles(method(dataflow), turned ? n_stationary : m_stationary, turned ? expected_n : expected_m, config);
  }
  const std::vector<Dataflow> permitted = config.candidates();
  prediction.best = *std::min_element(permitted.begin(), permitted.end(), [&](Dataflow x, Dataflow y) {
    return prediction.of(x) < prediction.of(y);
  });
  return prediction;
}

}  // namespace nonzero::flexagon
