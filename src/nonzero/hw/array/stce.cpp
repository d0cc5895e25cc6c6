#include "nonzero/hw/array/stce.h"

#include <algorithm>

#include "nonzero/base/math.h"

namespace nonzero::hw {
namespace {

// max(0, a - b).
constexpr uint64_t excess(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }

// The batches of one column tile: `full` of I row tiles each, then one of `rest` (0: none).
struct Batches {
  uint64_t full = 0, rest = 0;

  Batches(const StceArray& array, const StceGemm& gemm) {
    const uint64_t row_tiles = ceil_div(gemm.positions, array.rows);
    full = row_tiles / array.interleave;
    rest = row_tiles % array.interleave;
  }
  [[nodiscard]] uint64_t count() const { return full + (rest > 0); }
  [[nodiscard]] uint64_t first(const StceArray& array) const { return full > 0 ? array.interleave : rest; }
  [[nodiscard]] uint64_t last(const StceArray& array) const { return rest > 0 ? rest : array.interleave; }
};

StceCycles output_stationary(const StceArray& array, const StceGemm& gemm) {
  const Batches batches(array, gemm);
  const uint64_t steps = gemm.steps(), column_tiles = ceil_div(gemm.outputs, array.columns);
  const auto computing = [&](uint64_t b) { return steps * std::max(b, array.add_latency); };
  const auto waiting = [&](uint64_t b) { return computing(b) - steps * b; };
  const auto exposed = [&](uint64_t previous, uint64_t b) {
    return excess(array.rows * previous, computing(b));
  };
  const uint64_t i = array.interleave;

  StceCycles c;
  c.fill = (array.rows - 1) + (array.columns - 1) + array.depth;
  c.issue = steps * ceil_div(gemm.positions, array.rows) * column_tiles;
  c.stall = column_tiles * (batches.full * waiting(i) + (batches.rest > 0 ? waiting(batches.rest) : 0));
  // Each batch drains behind the next one, within a column tile and from one to the next.
  if (batches.full > 0) c.drain += column_tiles * (batches.full - 1) * exposed(i, i);
  if (batches.full > 0 && batches.rest > 0) c.drain += column_tiles * exposed(i, batches.rest);
  c.drain += (column_tiles - 1) * exposed(batches.last(array), batches.first(array));
  c.drain += array.rows * batches.last(array);
  return c;
}

StceCycles weight_stationary(const StceArray& array, const StceGemm& gemm) {
  const uint64_t n = gemm.sparse ? gemm.ratio.n : 1;
  const uint64_t k_tiles = ceil_div(gemm.sparse ? gemm.groups() : gemm.steps(), array.rows);
  const uint64_t column_tiles = ceil_div(gemm.outputs, array.columns);
  const uint64_t block = array.rows_per_block();
  const uint64_t full_blocks = gemm.positions / block, rest = gemm.positions % block;
  const auto slots = [&](uint64_t rows) {
    return n == 1 ? rows : n * array.add_latency * ceil_div(rows, array.add_latency);
  };
  const auto exposed = [&](uint64_t rows) { return excess(array.rows * n, slots(rows)); };

  StceCycles c;
  c.fill = (array.rows - 1) * n * array.add_latency + (array.columns - 1) + array.depth;
  c.issue = column_tiles * k_tiles * gemm.positions * n;
  c.stall = column_tiles * k_tiles *
            (full_blocks * (slots(block) - n * block) + (rest > 0 ? slots(rest) - n * rest : 0));
  c.preload = array.rows * n +
              column_tiles * k_tiles * (full_blocks * exposed(block) + (rest > 0 ? exposed(rest) : 0)) -
              exposed(rest > 0 ? rest : block);
  return c;
}

}  // namespace

uint64_t StceGemm::groups() const { return taps * ceil_div(channels, ratio.m); }

StceCycles stce_cycles(const StceArray& array, const StceGemm& gemm, StceDataflow dataflow) {
  if (gemm.positions == 0 || gemm.outputs == 0 || gemm.steps() == 0) return {};
  return dataflow == StceDataflow::kOutputStationary ? output_stationary(array, gemm)
                                                     : weight_stationary(array, gemm);
}

StceActivity stce_activity(const StceArray& array, const StceGemm& gemm, StceDataflow dataflow) {
  constexpr uint64_t kFp16Bytes = 2;
  const bool output = dataflow == StceDataflow::kOutputStationary;
  const uint64_t column_tiles = ceil_div(gemm.outputs, array.columns);
  const uint64_t held = gemm.sparse ? gemm.groups() : gemm.steps();
  const uint64_t passes =
      output ? Batches(array, gemm).count() : ceil_div(gemm.positions, array.rows_per_block());

  StceActivity a;
  a.products = gemm.positions * gemm.outputs * gemm.steps();
  a.activation_bytes = gemm.positions * column_tiles * held * (gemm.sparse ? gemm.ratio.m : 1) * kFp16Bytes;
  a.weight_values = gemm.outputs * gemm.steps() * passes;
  a.psum_updates = output ? 0 : gemm.positions * gemm.outputs * excess(ceil_div(held, array.rows), 1);
  return a;
}

StceTraffic stce_traffic(const StceArray& array, const StceBuffers& buffers, const StceGemm& gemm,
                         const StceTraffic& once) {
  const uint64_t row_tiles = ceil_div(gemm.positions, array.rows);
  const uint64_t column_tiles = ceil_div(gemm.outputs, array.columns);
  const uint64_t a = once.activations, w = once.weights;
  if (a == 0 || w == 0) return once;
  StceTraffic best{a * ceil_div(4 * gemm.positions * gemm.outputs, array.psum_bytes), w, once.outputs};
  const auto consider = [&](uint64_t activations, uint64_t weights) {
    if (activations + weights < best.activations + best.weights) best = {activations, weights, once.outputs};
  };
  if (const uint64_t q = buffers.activation_bytes / ceil_div(a, row_tiles); q >= 1)
    consider(a, w * ceil_div(row_tiles, q));
  if (const uint64_t q = buffers.weight_bytes / ceil_div(w, column_tiles); q >= 1)
    consider(a * ceil_div(column_tiles, q), w);
  return best;
}

}  // namespace nonzero::hw
