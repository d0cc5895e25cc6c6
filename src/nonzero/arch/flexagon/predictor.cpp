#include "nonzero/arch/flexagon/predictor.h"

#include <algorithm>

#include "nonzero/arch/flexagon/predictor_view.h"

namespace nonzero::flexagon {
namespace {

std::vector<uint64_t> prefix_sums(const std::vector<uint32_t>& counts) {
  std::vector<uint64_t> sums(counts.size() + 1);
  for (size_t i = 0; i < counts.size(); ++i) sums[i + 1] = sums[i] + counts[i];
  return sums;
}

}  // namespace

FiberOffsets fiber_offsets(const Csr& matrix) { return {matrix.offsets, prefix_sums(column_counts(matrix))}; }

FiberOffsets fiber_offsets(const Bitmap& matrix) {
  return {row_offsets(matrix), prefix_sums(column_counts(matrix))};
}

Prediction predict(const FiberOffsets& a, const FiberOffsets& b, const Config& config) {
  const predictor::View m_stationary{a.rows, a.columns, b.rows, b.columns};
  const predictor::View n_stationary{b.columns, b.rows, a.columns, a.rows};
  const predictor::Expectations expected_m(m_stationary, config), expected_n(n_stationary, config);
  Prediction prediction;
  for (const Dataflow dataflow : kDataflows) {
    const bool turned = flexagon::n_stationary(dataflow);
    const auto cycles =
        config.timing == Timing::kPaper ? predictor::paper_cycles : predictor::pipelined_cycles;
    prediction.cycles[static_cast<size_t>(dataflow)] = cycles(
        method(dataflow), turned ? n_stationary : m_stationary, turned ? expected_n : expected_m, config);
  }
  const std::vector<Dataflow> permitted = config.candidates();
  prediction.best = *std::min_element(permitted.begin(), permitted.end(), [&](Dataflow x, Dataflow y) {
    return prediction.of(x) < prediction.of(y);
  });
  return prediction;
}

}  // namespace nonzero::flexagon
