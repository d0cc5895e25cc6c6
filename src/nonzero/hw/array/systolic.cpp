#include "nonzero/hw/array/systolic.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::hw {
namespace {

uint64_t times(uint64_t a, uint64_t b) {
  if (const auto product = checked_multiply(a, b)) return *product;
  throw InputError(fmt::format("systolic array: {} times {} events", a, b), "counts below 2^64");
}

uint64_t plus(uint64_t a, uint64_t b) {
  if (b <= std::numeric_limits<uint64_t>::max() - a) return a + b;
  throw InputError(fmt::format("systolic array: {} and {} events", a, b), "counts below 2^64");
}

void check(const SystolicArray& array) {
  constexpr uint64_t kMost = uint64_t{1} << 31;
  if (array.rows == 0 || array.columns == 0 || array.rows > kMost || array.columns > kMost)
    throw InputError(fmt::format("systolic array of {} rows and {} columns", array.rows, array.columns),
                     "1 to 2^31 of each");
}

// What lies along the rows and columns of the array, and what streams.
struct Lie {
  uint64_t down, across, steps;
};

Lie lay(Dataflow dataflow, uint64_t m, uint64_t n, uint64_t k) {
  switch (dataflow) {
    case Dataflow::kWeightStationary:
      return {k, n, m};
    case Dataflow::kInputStationary:
      return {k, m, n};
    case Dataflow::kOutputStationary:
      break;
  }
  return {m, n, k};
}

// Σ over the row folds of Σ_{i=1…extent} i: words that enter at the top edge and sink to row i.
uint64_t sinking(uint64_t rows, uint64_t down) {
  const uint64_t rest = down % rows;
  return plus(times(down / rows, rows * (rows + 1) / 2), rest * (rest + 1) / 2);
}

// Σ over the row folds of Σ_{i=0…extent-1} (rows − 1 − i): words that sink from row i to the bottom row.
uint64_t sinking_out(uint64_t rows, uint64_t down) {
  const uint64_t rest = down % rows;
  const uint64_t all = rows * (rows - 1) / 2;
  const uint64_t below_rest = (rows - rest) * (rows - rest - 1) / 2;
  return plus(times(down / rows, all), all - below_rest);
}

}  // namespace

uint64_t folds(const SystolicArray& array, uint64_t k, uint64_t x) {
  check(array);
  return times(ceil_div(k, array.rows), ceil_div(x, array.columns));
}

SystolicFold fold_at(const SystolicArray& array, uint64_t k, uint64_t x, uint64_t index) {
  if (index >= folds(array, k, x))
    throw InputError(fmt::format("systolic fold {}", index), fmt::format("below {}", folds(array, k, x)));
  const uint64_t across = ceil_div(x, array.columns);
  SystolicFold fold;
  fold.k_begin = index / across * array.rows;
  fold.x_begin = index % across * array.columns;
  fold.k_end = fold.k_begin + std::min(array.rows, k - fold.k_begin);
  fold.x_end = fold.x_begin + std::min(array.columns, x - fold.x_begin);
  return fold;
}

SystolicCycles published_fold(const SystolicArray& array, uint64_t k_extent, uint64_t steps) {
  check(array);
  return {std::min(k_extent, array.rows), steps, array.rows};
}

SystolicCycles published_run(const SystolicArray& array, uint64_t k, uint64_t x, uint64_t steps) {
  const uint64_t count = steps == 0 ? 0 : folds(array, k, x);
  const SystolicCycles fold = published_fold(array, k, steps);
  return {times(count, fold.load), times(count, fold.stream), times(count, fold.drain)};
}

uint64_t scalesim_cycles(const SystolicArray& array, Dataflow dataflow, uint64_t m, uint64_t n, uint64_t k) {
  check(array);
  if (m == 0 || n == 0 || k == 0) return 0;
  const Lie lie = lay(dataflow, m, n, k);
  const uint64_t per_fold = plus(2 * array.rows + array.columns - 2, lie.steps);
  return times(folds(array, lie.down, lie.across), per_fold) - 1;
}

SystolicCycles scalesim_run(const SystolicArray& array, Dataflow dataflow, uint64_t m, uint64_t n,
                            uint64_t k) {
  const uint64_t total = scalesim_cycles(array, dataflow, m, n, k);
  if (total == 0) return {};
  const Lie lie = lay(dataflow, m, n, k);
  const uint64_t count = folds(array, lie.down, lie.across);
  const uint64_t stream = count * lie.steps;
  const uint64_t load = std::min(count * array.rows, total - stream);
  return {load, stream, total - stream - load};
}

std::vector<float> systolic_fold_psums(std::span<const float> stationary, std::span<const float> streamed,
                                       uint64_t k, uint64_t x, uint64_t steps) {
  if (stationary.size() != times(k, x) || streamed.size() != times(steps, k))
    throw InputError(fmt::format("systolic fold of {} stationary and {} streamed words", stationary.size(),
                                 streamed.size()),
                     fmt::format("{}×{} stationary, {}×{} streamed", k, x, steps, k));
  std::vector<float> psums(times(steps, x));
  for (uint64_t step = 0; step < steps; ++step) {
    float* const out = psums.data() + step * x;
    for (uint64_t row = 0; row < k; ++row) {
      const float word = streamed[step * k + row];
      const float* const cells = stationary.data() + row * x;
      for (uint64_t column = 0; column < x; ++column) out[column] += word * cells[column];
    }
  }
  return psums;
}

SystolicActivity systolic_activity(const SystolicArray& array, Dataflow dataflow, uint64_t m, uint64_t n,
                                   uint64_t k) {
  check(array);
  if (m == 0 || n == 0 || k == 0) return {};
  const Lie lie = lay(dataflow, m, n, k);
  const uint64_t row_folds = ceil_div(lie.down, array.rows);
  SystolicActivity activity;
  activity.mapped_cells = times(lie.down, lie.across);
  activity.macs = times(activity.mapped_cells, lie.steps);
  if (dataflow == Dataflow::kOutputStationary) {
    activity.operand_shifts = times(2, activity.macs);
    activity.psum_shifts = times(lie.across, sinking_out(array.rows, lie.down));
  } else {
    activity.load_shifts = times(lie.across, sinking(array.rows, lie.down));
    activity.operand_shifts = activity.macs;
    activity.psum_shifts = times(times(lie.steps, lie.across), times(row_folds, array.rows));
  }
  return activity;
}

}  // namespace nonzero::hw
