#include <gtest/gtest.h>

#include <cmath>

#include "support/machines.h"

namespace nonzero {
namespace {

using test::gemm_named;
using test::simulate;

Operation sparse(const GemmShape& s, double a, double b) {
  return random_gemm(s.name, s.m, s.n, s.k, a, b, 1);
}

// The published counts, written down a second time: MK stationary, W words a step.
uint64_t published_cycles(uint64_t m, uint64_t n, uint64_t k, uint64_t p, uint64_t words, double density) {
  const auto up = [](uint64_t a, uint64_t b) { return (a + b - 1) / b; };
  const auto ones = static_cast<uint64_t>(std::llround(static_cast<double>(m * k) * density));
  const auto slab =
      static_cast<uint64_t>(std::llround(static_cast<double>(m * std::min(words, k)) * density));
  uint64_t levels = 0;
  while ((uint64_t{1} << levels) < p) ++levels;
  return up(ones, 128) + up(k, words) * up(slab, p) * n + up(ones, p) * levels;
}

TEST(SigmaTiming, analytic_mode_gives_the_twelve_published_counts_to_the_cycle) {
  const std::vector<std::tuple<std::string, uint64_t, uint64_t>> published = {
      {"128-2048-4096", 66454, 73728},  {"1632-36548-1024", 880058, 3827616},
      {"2048-4096-32", 4213, 68096},    {"1024-16-500000", 1012524, 5000960},
      {"35-8457-2560", 169308, 174260}, {"2048-1-128", 470, 2304}};
  for (const auto& [name, sigma, tpu] : published) {
    const GemmShape& shape = gemm_named(name);
    EXPECT_EQ(
        simulate("sigma", {"timing=analytic", "stream_words=128", "stationary=mk"}, sparse(shape, 0.2, 1))
            .cycles,
        sigma)
        << name;
    EXPECT_EQ(simulate("tpu", {"timing=analytic"}, sparse(shape, 1, 1)).cycles, tpu) << name;
  }
}

TEST(SigmaTiming, analytic_mode_equals_the_table_around_every_shape_and_size) {
  for (const GemmShape& shape : sigma_gemms()) {
    for (const uint64_t p : {256U, 1024U, 4096U, 16384U, 65536U}) {
      for (int dm = -1; dm <= 1; ++dm)
        for (int dn = -1; dn <= 1; ++dn)
          for (int dk = -1; dk <= 1; ++dk) {
            const uint64_t m = shape.m + dm, n = shape.n + dn, k = shape.k + dk;
            if (n == 0) continue;
            const Result r = simulate("sigma",
                                      {"timing=analytic", "stream_words=128", "stationary=mk",
                                       "flex_dpes=" + std::to_string(p / 128)},
                                      random_gemm("shape", m, n, k, 0.2, 0.7, 1));
            ASSERT_EQ(r.cycles, published_cycles(m, n, k, p, 128, 0.2)) << shape.name << " P=" << p;
          }
    }
  }
}

TEST(SigmaTiming, detailed_mode_is_within_two_percent_of_analytic_on_random_bitmaps) {
  for (const char* name :
       {"128-2048-4096", "1632-36548-1024", "2048-4096-32", "35-8457-2560", "2048-1-128"}) {
    const Operation op = sparse(gemm_named(name), 0.2, 1);
    const std::vector<std::string> words = {"stream_words=128", "stationary=mk"};
    const double detailed = static_cast<double>(simulate("sigma", words, op).cycles);
    const double analytic =
        static_cast<double>(simulate("sigma", {words[0], words[1], "timing=analytic"}, op).cycles);
    EXPECT_NEAR(detailed / analytic, 1, 0.02) << name;
  }
}

TEST(SigmaTiming, the_real_last_slab_of_1024_16_500000_saves_sixteen_cycles) {
  // 500000 = 3906 slabs of 128 and one of 32: 1024 * 32 * 0.2 non-zeros fit one fold, not two.
  const Operation op = sparse(gemm_named("1024-16-500000"), 0.2, 1);
  const Result detailed = simulate("sigma", {"stream_words=128", "stationary=mk"}, op);
  EXPECT_EQ(detailed.phases.get("stream"), 3907U * 2 * 16 - 16);
}

TEST(SigmaTiming, regor_leaves_332_cycles_of_a_thin_sparse_product) {
  const Result r =
      simulate("sigma", {"stream_words=128", "stationary=mk"}, sparse(gemm_named("2048-1-128"), 0.2, 0.7));
  EXPECT_NEAR(static_cast<double>(r.cycles), 332, 332 * 0.15);
}

// 4 x 8, all in the first slab of 4; 8 multipliers, 2 load words, 4 streaming words.
TEST(SigmaTiming, non_zeros_in_one_slab_stream_once_in_detail_and_twice_on_average) {
  Csr a{4, 8, {0}, {}, {}};
  for (int row = 0; row < 4; ++row) {
    for (uint32_t k = 0; k < 4; ++k) {
      a.indices.push_back(k);
      a.values.push_back(1);
    }
    a.offsets.push_back(a.indices.size());
  }
  Csr b{8, 3, {0}, {}, {}};
  for (int k = 0; k < 8; ++k) {
    for (uint32_t n = 0; n < 3; ++n) {
      b.indices.push_back(n);
      b.values.push_back(1);
    }
    b.offsets.push_back(b.indices.size());
  }
  const std::vector<std::string> machine = {"flex_dpes=2", "multipliers_per_dpe=4", "load_words=2",
                                            "stream_words=4", "stationary=mk"};
  const Result detailed = simulate("sigma", machine, test::gemm_of(a, b));
  // 16 ones: load 2 folds x 4; slab 0: 2 folds x 3 steps, slab 1: none; drain 2 x log2 8.
  EXPECT_EQ(detailed.phases.get("load"), 8U);
  EXPECT_EQ(detailed.phases.get("stream"), 6U);
  EXPECT_EQ(detailed.phases.get("reduce"), 6U);
  std::vector<std::string> analytic = machine;
  analytic.emplace_back("timing=analytic");
  // Density 1/2: each slab is taken to hold 8 ones, one fold each: the same 6 steps; all else equal.
  EXPECT_EQ(simulate("sigma", analytic, test::gemm_of(a, b)).cycles, 20U);
  EXPECT_EQ(detailed.cycles, 20U);
}

TEST(SigmaTiming, non_zeros_in_one_row_differ_from_the_average_by_whole_folds) {
  // One row of 8 ones in 8 x 8, P = 4, W = 4: slabs hold 4 ones each, one fold each; on average the same.
  Csr a{8, 8, {0}, {}, {}};
  for (uint32_t k = 0; k < 8; ++k) {
    a.indices.push_back(k);
    a.values.push_back(1);
  }
  a.offsets.assign(9, 8);
  a.offsets[0] = 0;
  // Streaming: rows 0, 2, 4, 6 only. REGOR drops half of the row.
  Csr b{8, 5, {0}, {}, {}};
  for (uint32_t k = 0; k < 8; ++k) {
    if (k % 2 == 0)
      for (uint32_t n = 0; n < 5; ++n) {
        b.indices.push_back(n);
        b.values.push_back(1);
      }
    b.offsets.push_back(b.indices.size());
  }
  const std::vector<std::string> machine = {"flex_dpes=1", "multipliers_per_dpe=4", "load_words=1",
                                            "stationary=mk"};
  const Result detailed = simulate("sigma", machine, test::gemm_of(a, b));
  EXPECT_EQ(detailed.cycles, 4U + 5 + 2);  // 4 ones survive: one fold
  std::vector<std::string> analytic = machine;
  analytic.emplace_back("timing=analytic");
  const Result expected = simulate("sigma", analytic, test::gemm_of(a, b));
  EXPECT_EQ(expected.cycles, 8U + 2 * 5 + 2 * 2);  // 8 ones: two folds, since analytic knows no REGOR
  EXPECT_EQ(expected.cycles - detailed.cycles, 11U);
}

TEST(SigmaTiming, no_local_reuse_is_bound_by_bandwidth) {
  const Operation op = random_gemm("g", 64, 64, 64, 1, 1, 1);
  const Result r = simulate("sigma", {"stationary=none"}, op);
  EXPECT_EQ(r.multiplications_effectual, 64U * 64 * 64);
  EXPECT_EQ(r.phases.get("stream"), 2U * 64 * 64 * 64 / 128);
  EXPECT_EQ(r.phases.get("load"), 0U);
  EXPECT_EQ(r.phases.get("reduce"), 14U);
}

TEST(SigmaTiming, charged_accumulation_costs_the_spilled_sums) {
  // 2 rows of 3 ones on Flex-DPEs of 2: four groups, two beyond the rows, each of 1 step.
  const Csr a = with_values(Matrix(Csr{2, 3, {0, 3, 6}, {0, 1, 2, 0, 1, 2}, {1, 1, 1, 1, 1, 1}}), 1,
                            DataType::kFp32, true);
  const Csr b{3, 1, {0, 1, 2, 3}, {0, 0, 0}, {1, 1, 1}};
  const Result r = simulate(
      "sigma",
      {"flex_dpes=2", "multipliers_per_dpe=2", "accumulate=charged", "load_words=1", "stationary=mk"},
      test::gemm_of(a, b));
  EXPECT_EQ(r.phases.get("merge"), 2U);
  EXPECT_EQ(r.counters.get("output.straddle_additions"), 2U);
}

TEST(SigmaTiming, dpe_drain_is_log2_of_a_flex_dpe) {
  const Operation op = random_gemm("g", 256, 256, 2048, 0.2, 0.7, 1);
  const Result array = simulate("sigma", {"stationary=mk"}, op),
               dpe = simulate("sigma", {"stationary=mk", "drain=dpe"}, op);
  EXPECT_EQ(array.phases.get("reduce"), array.counters.get("sigma.folds") * 14);
  EXPECT_EQ(dpe.phases.get("reduce"), dpe.counters.get("sigma.folds") * 7);
}

TEST(SigmaTiming, an_all_zero_operand_takes_no_cycles) {
  const Csr zero{3, 3, {0, 0, 0, 0}, {}, {}};
  const Csr some =
      with_values(Matrix(Csr{3, 3, {0, 1, 2, 3}, {0, 1, 2}, {1, 1, 1}}), 1, DataType::kFp32, true);
  for (const char* stationary : {"mk", "kn", "best", "none"}) {
    const Result r =
        simulate("sigma", {std::string("stationary=") + stationary}, test::gemm_of(zero, some), true);
    EXPECT_EQ(r.cycles, 0U) << stationary;
    EXPECT_EQ(r.product->nnz(), 0U);
  }
}

TEST(SigmaTiming, gemms_that_fit_side_by_side_share_the_array) {
  std::vector<Operation> ops;
  for (int i = 0; i < 4; ++i)
    ops.push_back(random_gemm("g", 32, 100, 32, 1, 1, 1));  // 1024 ones: 8 Flex-DPEs
  SimulateOptions options;
  options.concurrent = true;
  const RunResult run = test::machine("sigma", {"flex_dpes=32", "stationary=mk"})->simulate(ops, options);
  EXPECT_EQ(run.sequential_cycles, 4 * run.results[0].cycles);
  // All four at once; the load port is shared, so the last begins after three loads of 8 cycles.
  EXPECT_EQ(run.makespan_cycles, run.results[0].cycles + 3 * 8);
}

}  // namespace
}  // namespace nonzero
