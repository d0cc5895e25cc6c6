#include "nonzero/hw/array/stce.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/hw/array/stce_product.h"
#include "nonzero/hw/array/stce_stepped.h"

namespace nonzero::hw {
namespace {

constexpr auto kOs = StceDataflow::kOutputStationary, kWs = StceDataflow::kWeightStationary;
constexpr StceArray kDefault{};

StceGemm dense(uint64_t positions, uint64_t taps, uint64_t channels, uint64_t outputs) {
  return {positions, taps, channels, outputs, false, {2, 8}};
}
StceGemm sparse(uint64_t positions, uint64_t taps, uint64_t channels, uint64_t outputs,
                NmRatio ratio = {2, 8}) {
  return {positions, taps, channels, outputs, true, ratio};
}
StceArray square(uint64_t side) {
  StceArray array;
  array.rows = array.columns = side;
  return array;
}

struct Golden {
  uint64_t positions, taps, channels, outputs;
  uint64_t dense_os, dense_ws, sparse_os, sparse_ws;
};

// specs/sat, "Golden cycle counts, default array".
TEST(Stce, golden_cycles_of_the_default_array) {
  for (const Golden& g : {Golden{1024, 9, 64, 64, 37062, 37059, 9414, 12639},
                          Golden{1024, 9, 128, 128, 147654, 147651, 37062, 41311},
                          Golden{256, 9, 512, 512, 590022, 590019, 147654, 147807},
                          Golden{64, 1, 512, 512, 32902, 16579, 8326, 4447},
                          Golden{8192, 1, 256, 768, 1573062, 1573059, 393414, 393567}}) {
    const StceGemm full = dense(g.positions, g.taps, g.channels, g.outputs);
    const StceGemm pruned = sparse(g.positions, g.taps, g.channels, g.outputs);
    EXPECT_EQ(stce_cycles(kDefault, full, kOs).total(), g.dense_os);
    EXPECT_EQ(stce_cycles(kDefault, full, kWs).total(), g.dense_ws);
    EXPECT_EQ(stce_cycles(kDefault, pruned, kOs).total(), g.sparse_os);
    EXPECT_EQ(stce_cycles(kDefault, pruned, kWs).total(), g.sparse_ws);
  }
}

TEST(Stce, without_interleaving_every_addition_waits_for_the_last) {
  StceArray array;
  array.interleave = 1;
  EXPECT_EQ(stce_cycles(array, dense(1024, 9, 64, 64), kOs).total(), 147558U);
}

TEST(Stce, golden_parts_of_a_4_x_4_array) {
  const auto parts = [](uint64_t fill, uint64_t issue, uint64_t stall, uint64_t drain, uint64_t preload) {
    return StceCycles{fill, issue, stall, drain, preload};
  };
  EXPECT_EQ(stce_cycles(square(4), dense(20, 1, 64, 8), kOs), parts(14, 640, 384, 4, 0));
  EXPECT_EQ(stce_cycles(square(4), sparse(20, 1, 64, 8), kOs), parts(14, 160, 96, 4, 0));
  EXPECT_EQ(stce_cycles(square(4), dense(16, 1, 8, 8), kOs).total(), 94U);
  EXPECT_EQ(stce_cycles(square(4), dense(16, 1, 8, 8), kWs), parts(23, 64, 0, 0, 4));
  const StceCycles one_group = stce_cycles(square(4), sparse(16, 1, 8, 8), kOs);
  EXPECT_EQ(one_group.total(), 54U);
  EXPECT_EQ(one_group.drain, 24U);
  EXPECT_EQ(stce_cycles(square(4), sparse(16, 1, 8, 8), kWs), parts(35, 64, 0, 0, 8));
}

// conv 128 -> 128, 3 x 3 on 16 x 16, batch 128.
TEST(Stce, golden_conv_stages) {
  const StceBuffers buffers;
  const StceGemm forward = sparse(32768, 9, 128, 128), update = dense(1152, 1, 32768, 128);
  EXPECT_EQ(stce_cycles(kDefault, forward, kOs).total(), 1179846U);
  EXPECT_EQ(stce_cycles(kDefault, forward, kWs).total(), 1311071U);
  EXPECT_EQ(stce_cycles(kDefault, update, kOs).total(), 4718790U);
  EXPECT_EQ(stce_cycles(kDefault, update, kWs).total(), 4718787U);
  const uint64_t x = 128 * 16 * 16 * 128 * 2;
  EXPECT_EQ(stce_traffic(kDefault, buffers, forward, {x, nm_bytes(9 * 16 * 128, {2, 8}, 16), x}).total(),
            16864768U);
  EXPECT_EQ(stce_traffic(kDefault, buffers, update, {x, x, 1152 * 128 * 2}).total(), 25460736U);
}

// Acceptance 4.
TEST(Stce, a_large_aligned_gemm_takes_n_over_m_of_the_dense_cycles) {
  for (const NmRatio ratio :
       {NmRatio{1, 4}, NmRatio{2, 4}, NmRatio{1, 8}, NmRatio{2, 8}, NmRatio{4, 8}, NmRatio{2, 16}}) {
    const double share = static_cast<double>(ratio.n) / ratio.m;
    const double full = static_cast<double>(stce_cycles(kDefault, dense(8192, 9, 256, 256), kOs).total());
    const double pruned =
        static_cast<double>(stce_cycles(kDefault, sparse(8192, 9, 256, 256, ratio), kOs).total());
    EXPECT_NEAR(pruned / full, share, 0.03 * share) << ratio.text();
  }
}

TEST(Stce, n_equal_to_m_issues_as_many_cycles_as_dense) {
  EXPECT_EQ(stce_cycles(kDefault, sparse(1024, 9, 64, 64, {8, 8}), kOs).issue,
            stce_cycles(kDefault, dense(1024, 9, 64, 64), kOs).issue);
}

struct Case {
  StceArray array;
  StceGemm gemm;
  std::vector<float> a, w;
  NmCompact compact;
};

std::vector<float> normals(uint64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(random.normal());
  return values;
}

Case gen_case() {
  using rc::gen::inRange;
  Case c;
  c.array.rows = *inRange<uint64_t>(1, 9);
  c.array.columns = *inRange<uint64_t>(1, 9);
  c.array.add_latency = *inRange<uint64_t>(1, 7);
  c.array.depth = c.array.add_latency + *inRange<uint64_t>(0, 6);
  c.array.interleave = *inRange<uint64_t>(1, 6);
  c.array.psum_bytes = 4 * c.array.columns * *inRange<uint64_t>(1, 20);
  c.gemm = dense(*inRange<uint64_t>(1, 40), *inRange<uint64_t>(1, 4), *inRange<uint64_t>(1, 20),
                 *inRange<uint64_t>(1, 20));
  c.gemm.sparse = *rc::gen::arbitrary<bool>();
  c.gemm.ratio = *rc::gen::elementOf(std::vector<NmRatio>{{1, 4}, {2, 4}, {2, 8}, {4, 8}, {1, 1}, {3, 16}});
  const uint64_t depth = c.gemm.taps * c.gemm.channels;
  const uint64_t seed = *inRange<uint64_t>(0, 1000);
  c.a = normals(c.gemm.positions * depth, seed);
  c.w = normals(c.gemm.outputs * depth, seed + 1);
  const NmAxis lines{c.gemm.outputs * c.gemm.taps, c.gemm.channels, 1};
  c.compact = nm_compress(c.w, lines, c.gemm.ratio);
  if (c.gemm.sparse) c.w = nm_expand(c.compact);
  return c;
}

SteppedGemm stepped(const Case& c, StceDataflow flow) {
  return step_stce(c.array, c.gemm, flow, c.a, c.w, &c.compact);
}

TEST(StceStepped, ticking_every_pe_takes_the_cycles_of_the_formulas) {
  EXPECT_TRUE(rc::check([] {
    const Case c = gen_case();
    for (const StceDataflow flow : {kOs, kWs}) {
      const SteppedGemm done = stepped(c, flow);
      RC_ASSERT(done.cycles == stce_cycles(c.array, c.gemm, flow).total());
      RC_ASSERT(done.busy_pe_cycles == stce_activity(c.array, c.gemm, flow).products);
    }
  }));
}

// The masked dense product, ascending k: the plain judge of the output-stationary array.
TEST(StceStepped, its_output_is_the_masked_dense_product_to_the_bit) {
  EXPECT_TRUE(rc::check([] {
    const Case c = gen_case();
    RC_ASSERT(stepped(c, kOs).out == multiply_masked(c.a, c.gemm.positions, c.w, c.gemm.outputs));
    for (const StceDataflow flow : {kOs, kWs})
      RC_ASSERT(stepped(c, flow).out == stce_product(c.array, c.gemm, flow, c.a, c.w, &c.compact));
  }));
}

TEST(StceStepped, weight_stationary_adds_the_k_tiles_in_order) {
  StceArray array = square(2);
  const StceGemm gemm = dense(1, 1, 4, 1);
  const std::vector<float> a = {1, 1, 1, 1}, w = {1e8F, 1, 3, -1e8F};
  EXPECT_EQ(step_stce(array, gemm, kWs, a, w, nullptr).out[0], (1e8F + 1) + (3 - 1e8F));
  EXPECT_EQ(step_stce(array, gemm, kOs, a, w, nullptr).out[0], ((1e8F + 1) + 3) - 1e8F);
}

TEST(StceStepped, refuses_arrays_beyond_8_x_8) {
  EXPECT_THROW(
      step_stce(square(9), dense(1, 1, 1, 1), kOs, std::vector<float>{1}, std::vector<float>{1}, nullptr),
      InputError);
}

// Acceptance 5, for one GEMM. Sparse rows are interleaved in groups of L_acc, so weight-stationary a
// group's length may suit the rows better or worse; a multiple of it never suits them better.
TEST(Stce, cycles_never_decrease_with_latencies) {
  EXPECT_TRUE(rc::check([] {
    const Case c = gen_case();
    for (const StceDataflow flow : {kOs, kWs}) {
      const uint64_t before = stce_cycles(c.array, c.gemm, flow).total();
      StceArray slower = c.array;
      slower.add_latency += flow == kOs ? 1 : slower.add_latency;
      RC_ASSERT(stce_cycles(slower, c.gemm, flow).total() >= before);
      slower = c.array;
      ++slower.depth;
      RC_ASSERT(stce_cycles(slower, c.gemm, flow).total() == before + 1);
    }
  }));
}

TEST(Stce, an_operand_that_fits_is_read_once) {
  const StceBuffers buffers;
  const StceTraffic t = stce_traffic(kDefault, buffers, dense(1024, 1, 64, 64), {131072, 8192, 131072});
  EXPECT_EQ(t.total(), 131072U + 8192 + 131072);
  // Activations of 64 MiB and weights of 32 MiB: one of the two is read again.
  const StceTraffic big =
      stce_traffic(kDefault, buffers, dense(8192, 1, 4096, 4096), {8192 * 8192, 4096 * 8192, 0});
  EXPECT_GT(big.total(), 8192U * 8192 + 4096 * 8192);
}

TEST(Stce, traffic_never_decreases_with_smaller_buffers) {
  EXPECT_TRUE(rc::check([] {
    const Case c = gen_case();
    const StceTraffic once{*rc::gen::inRange<uint64_t>(1, 100000), *rc::gen::inRange<uint64_t>(1, 100000), 5};
    const StceBuffers small{*rc::gen::inRange<uint64_t>(0, 5000), *rc::gen::inRange<uint64_t>(0, 5000)};
    const StceBuffers large{small.activation_bytes * 2, small.weight_bytes * 2};
    RC_ASSERT(stce_traffic(c.array, large, c.gemm, once).total() <=
              stce_traffic(c.array, small, c.gemm, once).total());
    RC_ASSERT(stce_traffic(c.array, small, c.gemm, once).total() >= once.total());
  }));
}

// The N:M link carries M activations per N steps.
TEST(Stce, activity_counts_what_enters_the_array) {
  const StceActivity os = stce_activity(kDefault, sparse(64, 1, 64, 64), kOs);
  EXPECT_EQ(os.products, 64U * 64 * 16);
  EXPECT_EQ(os.activation_bytes, 64U * 2 * 8 * 16);
  EXPECT_EQ(os.weight_values, 64U * 16);
  EXPECT_EQ(os.psum_updates, 0U);
  const StceActivity ws = stce_activity(kDefault, dense(64, 1, 64, 64), kWs);
  EXPECT_EQ(ws.activation_bytes, 64U * 2 * 64 * 2);
  EXPECT_EQ(ws.psum_updates, 64U * 64);
}

}  // namespace
}  // namespace nonzero::hw
