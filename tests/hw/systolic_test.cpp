#include "nonzero/hw/array/systolic.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero::hw {
namespace {

using Matrix = std::vector<std::vector<float>>;

Matrix zeros(uint64_t rows, uint64_t columns) { return Matrix(rows, std::vector<float>(columns)); }

// Small integers: sums of their products are exact in any order.
Matrix random_matrix(Random& random, uint64_t rows, uint64_t columns) {
  Matrix matrix = zeros(rows, columns);
  for (auto& row : matrix)
    for (float& value : row) value = static_cast<float>(random.below(9)) - 4;
  return matrix;
}

Matrix transposed(const Matrix& matrix, uint64_t columns) {
  Matrix result = zeros(columns, matrix.size());
  for (size_t i = 0; i < matrix.size(); ++i)
    for (size_t j = 0; j < columns; ++j) result[j][i] = matrix[i][j];
  return result;
}

Matrix product(const Matrix& a, const Matrix& b, uint64_t n) {
  Matrix c = zeros(a.size(), n);
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t k = 0; k < b.size(); ++k)
      for (size_t j = 0; j < n; ++j) c[i][j] += a[i][k] * b[k][j];
  return c;
}

std::vector<float> flat(const Matrix& matrix) {
  std::vector<float> values;
  for (const auto& row : matrix) values.insert(values.end(), row.begin(), row.end());
  return values;
}

// A grid of cells with registers, moved one clock at a time; counts cycles and register writes as it goes.
class SlowArray {
 public:
  explicit SlowArray(SystolicArray size) : size_(size) {}

  uint64_t cycles = 0;
  SystolicActivity activity;

  // Stationary tile (K×X, at most rows×columns), streamed T×K -> T×X.
  Matrix fold_with_stationary_tile(const Matrix& tile, uint64_t x, const Matrix& streamed) {
    const uint64_t k = tile.size();
    const uint64_t steps = streamed.size();
    const Matrix cells = load(tile, x);
    Matrix out = zeros(steps, x);
    Matrix operand = zeros(size_.rows, size_.columns), psum = operand;
    const uint64_t last = steps - 1 + size_.rows - 1 + size_.columns - 1;
    for (uint64_t clock = 0; clock <= last; ++clock, ++cycles) {
      // From the far corner back, so that every cell still sees its neighbours' previous values.
      for (uint64_t r = size_.rows; r-- > 0;)
        for (uint64_t c = size_.columns; c-- > 0;) {
          const uint64_t skew = r + c;
          const bool live = clock >= skew && clock - skew < steps;
          const bool mapped = r < k && c < x;
          const float edge = live && r < k ? streamed[clock - skew][r] : 0;
          operand[r][c] = c == 0 ? edge : operand[r][c - 1];
          psum[r][c] = (r == 0 ? 0 : psum[r - 1][c]) + operand[r][c] * cells[r][c];
          if (live && mapped) ++activity.macs, ++activity.operand_shifts;
          if (live && c < x) ++activity.psum_shifts;
          if (live && c < x && r + 1 == size_.rows) out[clock - skew][c] = psum[r][c];
        }
    }
    activity.mapped_cells += k * x;
    return out;
  }

  // A (M×K) from the left, B (K×N) from the top; M×N at most rows×columns.
  Matrix fold_with_stationary_output(const Matrix& a, const Matrix& b, uint64_t n) {
    const uint64_t m = a.size(), steps = b.size();
    Matrix left = zeros(size_.rows, size_.columns), top = left, sum = left;
    const uint64_t last = steps - 1 + size_.rows - 1 + size_.columns - 1;
    for (uint64_t clock = 0; clock <= last; ++clock, ++cycles)
      for (uint64_t r = size_.rows; r-- > 0;)
        for (uint64_t c = size_.columns; c-- > 0;) {
          const uint64_t skew = r + c;
          const bool live = clock >= skew && clock - skew < steps;
          left[r][c] = c == 0 ? (live && r < m ? a[r][clock - r] : 0) : left[r][c - 1];
          top[r][c] = r == 0 ? (live && c < n ? b[clock - c][c] : 0) : top[r - 1][c];
          sum[r][c] += left[r][c] * top[r][c];
          if (live && r < m && c < n) ++activity.macs, activity.operand_shifts += 2;
        }
    activity.mapped_cells += m * n;
    return sink(sum, m, n);
  }

 private:
  // The last row of the tile enters first; one row per cycle, and unmapped rows are waited for.
  Matrix load(const Matrix& tile, uint64_t x) {
    Matrix cells = zeros(size_.rows, size_.columns);
    for (uint64_t clock = 0; clock < size_.rows; ++clock, ++cycles) {
      const uint64_t wait = size_.rows - tile.size();
      if (clock < wait) continue;
      const uint64_t entering = tile.size() - 1 - (clock - wait);
      for (uint64_t r = size_.rows - 1; r > 0; --r) cells[r] = cells[r - 1];
      for (uint64_t c = 0; c < x; ++c) cells[0][c] = tile[entering][c];
      activity.load_shifts += x * (clock - wait + 1);
    }
    return cells;
  }

  // Results leave at the bottom edge, the lowest row first.
  Matrix sink(Matrix sum, uint64_t m, uint64_t n) {
    Matrix out = zeros(m, n);
    for (uint64_t clock = 0; clock < size_.rows; ++clock, ++cycles) {
      const uint64_t leaving = size_.rows - 1 - clock;
      for (uint64_t c = 0; leaving < m && c < n; ++c) out[leaving][c] = sum[size_.rows - 1][c];
      for (uint64_t r = size_.rows - 1; r > 0; --r) {
        // Row r receives what lay at row r - 1 - clock before the first cycle.
        if (r >= clock + 1 && r - 1 - clock < m) activity.psum_shifts += n;
        sum[r] = sum[r - 1];
      }
    }
    return out;
  }

  SystolicArray size_;
};

Matrix part(const Matrix& matrix, uint64_t r0, uint64_t r1, uint64_t c0, uint64_t c1) {
  Matrix result;
  for (uint64_t r = r0; r < r1; ++r)
    result.emplace_back(matrix[r].begin() + static_cast<ptrdiff_t>(c0),
                        matrix[r].begin() + static_cast<ptrdiff_t>(c1));
  return result;
}

struct Run {
  Matrix c;
  uint64_t last_cycle;  // counted from 0, as SCALE-Sim does
  SystolicActivity activity;
};

Run slow_run(SystolicArray size, Dataflow dataflow, const Matrix& a, const Matrix& b, uint64_t n) {
  if (dataflow == Dataflow::kInputStationary) {
    Run run =
        slow_run(size, Dataflow::kWeightStationary, transposed(b, n), transposed(a, b.size()), a.size());
    run.c = transposed(run.c, a.size());
    return run;
  }
  const bool stationary_output = dataflow == Dataflow::kOutputStationary;
  const uint64_t m = a.size(), k = b.size(), down = stationary_output ? m : k;
  SlowArray array(size);
  Matrix c = zeros(m, n);
  for (uint64_t r = 0; r < down; r += size.rows)
    for (uint64_t x = 0; x < n; x += size.columns) {
      const uint64_t r_end = std::min(down, r + size.rows), x_end = std::min(n, x + size.columns);
      const Matrix tile =
          stationary_output
              ? array.fold_with_stationary_output(part(a, r, r_end, 0, k), part(b, 0, k, x, x_end), x_end - x)
              : array.fold_with_stationary_tile(part(b, r, r_end, x, x_end), x_end - x,
                                                part(a, 0, m, r, r_end));
      for (size_t i = 0; i < tile.size(); ++i)
        for (size_t j = 0; j < tile[i].size(); ++j) c[(stationary_output ? r : 0) + i][x + j] += tile[i][j];
    }
  return {c, array.cycles - 1, array.activity};
}

constexpr Dataflow kDataflows[] = {Dataflow::kWeightStationary, Dataflow::kInputStationary,
                                   Dataflow::kOutputStationary};

struct Case {
  SystolicArray array;
  uint64_t m, n, k;
  Matrix a, b;
};

Case random_case() {
  Case drawn;
  drawn.array = {*rc::gen::inRange<uint64_t>(1, 7), *rc::gen::inRange<uint64_t>(1, 7)};
  drawn.m = *rc::gen::inRange<uint64_t>(1, 15);
  drawn.n = *rc::gen::inRange<uint64_t>(1, 15);
  drawn.k = *rc::gen::inRange<uint64_t>(1, 15);
  Random random(*rc::gen::arbitrary<uint64_t>());
  drawn.a = random_matrix(random, drawn.m, drawn.k);
  drawn.b = random_matrix(random, drawn.k, drawn.n);
  return drawn;
}

RC_GTEST_PROP(Systolic, scalesim_cycles_are_those_of_a_grid_of_cells_moved_clock_by_clock, ()) {
  const Case drawn = random_case();
  for (const Dataflow dataflow : kDataflows) {
    const Run slow = slow_run(drawn.array, dataflow, drawn.a, drawn.b, drawn.n);
    RC_ASSERT(slow.c == product(drawn.a, drawn.b, drawn.n));
    RC_ASSERT(scalesim_cycles(drawn.array, dataflow, drawn.m, drawn.n, drawn.k) == slow.last_cycle);
  }
}

RC_GTEST_PROP(Systolic, activity_in_closed_form_is_what_the_grid_of_cells_counts, ()) {
  const Case drawn = random_case();
  for (const Dataflow dataflow : kDataflows) {
    const SystolicActivity slow = slow_run(drawn.array, dataflow, drawn.a, drawn.b, drawn.n).activity;
    const SystolicActivity fast = systolic_activity(drawn.array, dataflow, drawn.m, drawn.n, drawn.k);
    RC_ASSERT(fast.mapped_cells == slow.mapped_cells);
    RC_ASSERT(fast.macs == slow.macs);
    RC_ASSERT(fast.load_shifts == slow.load_shifts);
    RC_ASSERT(fast.operand_shifts == slow.operand_shifts);
    RC_ASSERT(fast.psum_shifts == slow.psum_shifts);
  }
}

RC_GTEST_PROP(Systolic, partial_sums_of_a_fold_are_what_leaves_the_bottom_edge, ()) {
  const Case drawn = random_case();
  const auto k = std::min(drawn.k, drawn.array.rows), x = std::min(drawn.n, drawn.array.columns);
  const Matrix tile = part(drawn.b, 0, k, 0, x), streamed = part(drawn.a, 0, drawn.m, 0, k);
  RC_ASSERT(systolic_fold_psums(flat(tile), flat(streamed), k, x, drawn.m) ==
            flat(SlowArray(drawn.array).fold_with_stationary_tile(tile, x, streamed)));
}

RC_GTEST_PROP(Systolic, folds_tile_the_operand_without_gap_or_overlap, ()) {
  const SystolicArray array = {*rc::gen::inRange<uint64_t>(1, 7), *rc::gen::inRange<uint64_t>(1, 7)};
  const auto k = *rc::gen::inRange<uint64_t>(0, 20), x = *rc::gen::inRange<uint64_t>(0, 20);
  std::vector<int> covered(k * x);
  for (uint64_t i = 0; i < folds(array, k, x); ++i) {
    const SystolicFold fold = fold_at(array, k, x, i);
    RC_ASSERT(fold.k_end - fold.k_begin <= array.rows);
    RC_ASSERT(fold.x_end - fold.x_begin <= array.columns);
    for (uint64_t row = fold.k_begin; row < fold.k_end; ++row)
      for (uint64_t column = fold.x_begin; column < fold.x_end; ++column) ++covered[row * x + column];
  }
  RC_ASSERT(covered == std::vector<int>(k * x, 1));
}

RC_GTEST_PROP(Systolic, phases_add_up_to_scalesim_s_total, ()) {
  const SystolicArray array = {*rc::gen::inRange<uint64_t>(1, 9), *rc::gen::inRange<uint64_t>(1, 9)};
  const auto m = *rc::gen::inRange<uint64_t>(0, 40), n = *rc::gen::inRange<uint64_t>(0, 40);
  const auto k = *rc::gen::inRange<uint64_t>(0, 40);
  for (const Dataflow dataflow : kDataflows)
    RC_ASSERT(scalesim_run(array, dataflow, m, n, k).total() == scalesim_cycles(array, dataflow, m, n, k));
}

TEST(Systolic, a_4x4x4_product_on_4x4_takes_13_cycles_in_every_dataflow) {
  Random random(1);
  const Matrix a = random_matrix(random, 4, 4), b = random_matrix(random, 4, 4);
  for (const Dataflow dataflow : kDataflows) {
    EXPECT_EQ(scalesim_cycles({4, 4}, dataflow, 4, 4, 4), 13U);
    EXPECT_EQ(slow_run({4, 4}, dataflow, a, b, 4).last_cycle, 13U);
  }
}

TEST(Systolic, scalesim_charges_the_rows_on_load_also_where_k_is_shorter) {
  const SystolicCycles cycles = scalesim_run({8, 4}, Dataflow::kWeightStationary, 10, 9, 3);
  EXPECT_EQ(cycles.load, 3U * 8);  // ceil(9 / 4) folds
  EXPECT_EQ(cycles.stream, 3U * 10);
  EXPECT_EQ(cycles.drain, 3U * (8 + 4 - 2) - 1);
}

TEST(Systolic, a_published_edge_fold_costs_as_much_as_a_full_one) {
  // K = 5 on 4 rows: two folds, each loads min(5, 4), streams 7, drains 4.
  const SystolicCycles cycles = published_run({4, 4}, 5, 3, 7);
  EXPECT_EQ(cycles.load, 2U * 4);
  EXPECT_EQ(cycles.stream, 2U * 7);
  EXPECT_EQ(cycles.drain, 2U * 4);
  EXPECT_EQ(published_fold({4, 4}, 3, 7).load, 3U);
}

// The six dense GEMMs of SIGMA (HPCA 2020) on the TPU-like 128×128 array, better of the two stationary
// choices.
TEST(Systolic, published_cycles_of_the_tpu_are_exact) {
  struct Gemm {
    uint64_t m, n, k, cycles;
  };
  const Gemm gemms[] = {{128, 2048, 4096, 73728},    {1632, 36548, 1024, 3827616}, {2048, 4096, 32, 68096},
                        {1024, 16, 500000, 5000960}, {35, 8457, 2560, 174260},     {2048, 1, 128, 2304}};
  for (const Gemm& gemm : gemms) {
    const uint64_t mk = published_run({}, gemm.k, gemm.m, gemm.n).total();
    const uint64_t kn = published_run({}, gemm.k, gemm.n, gemm.m).total();
    EXPECT_EQ(std::min(mk, kn), gemm.cycles) << gemm.m << "-" << gemm.n << "-" << gemm.k;
  }
}

TEST(Systolic, an_empty_product_takes_no_cycle) {
  for (const Dataflow dataflow : kDataflows) {
    EXPECT_EQ(scalesim_cycles({4, 4}, dataflow, 0, 4, 4), 0U);
    EXPECT_EQ(scalesim_cycles({4, 4}, dataflow, 4, 0, 4), 0U);
    EXPECT_EQ(scalesim_cycles({4, 4}, dataflow, 4, 4, 0), 0U);
    EXPECT_EQ(systolic_activity({4, 4}, dataflow, 4, 4, 0).mapped_cells, 0U);
  }
  EXPECT_EQ(published_run({4, 4}, 0, 4, 4).total(), 0U);
  EXPECT_EQ(published_run({4, 4}, 4, 4, 0).total(), 0U);
}

TEST(Systolic, arrays_without_cells_and_operands_of_another_shape_are_refused) {
  EXPECT_THROW(folds({0, 4}, 1, 1), InputError);
  EXPECT_THROW(published_run({4, 0}, 1, 1, 1), InputError);
  EXPECT_THROW(scalesim_cycles({0, 0}, Dataflow::kOutputStationary, 1, 1, 1), InputError);
  EXPECT_THROW(folds({1, 1}, uint64_t{1} << 40, uint64_t{1} << 40), InputError);
  EXPECT_THROW(fold_at({4, 4}, 4, 4, 1), InputError);
  const std::vector<float> three(3), four(4);
  EXPECT_THROW(systolic_fold_psums(four, three, 2, 2, 2), InputError);
}

}  // namespace
}  // namespace nonzero::hw
