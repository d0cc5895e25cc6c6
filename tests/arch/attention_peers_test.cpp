#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "support/attention.h"
#include "support/machines.h"

namespace nonzero {
namespace {

using test::attention_of;
using test::described_attention;
using test::simulate;

const std::vector<std::string> kMachines = {"asadi", "pim-csr", "pim-dia", "reram-csr", "asadi-dense"};

double error_of(const Result& result, const std::vector<double>& expected) {
  const std::vector<float> found(result.product->values.begin(), result.product->values.end());
  return reference::relative_error(found, expected);
}

uint64_t from(int low, int high) {
  return static_cast<uint64_t>(*rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high + 1)));
}

// Any mask, empty rows too, any window; every machine follows its own mapping.
TEST(AttentionMachines, compute_the_same_attention) {
  EXPECT_TRUE(rc::check([] {
    const uint64_t n = from(1, 24), heads = from(1, 3), seed = from(1, 1 << 20);
    std::vector<Csr> masks;
    const uint64_t patterns = from(0, 1) == 1 ? heads : 1;
    for (uint64_t i = 0; i < patterns; ++i)
      masks.push_back(test::random_pattern(n, static_cast<double>(from(0, 100)) / 100, seed + i));
    Operation op = attention_of(masks, heads, from(1, 9));
    op.seed = seed;
    const std::vector<double> expected = test::expected_attention(op);
    const std::string window = std::to_string(from(1, static_cast<int>(2 * n - 1)));
    for (const std::string& name : kMachines) {
      std::vector<std::string> settings;
      if (name == "asadi")
        settings = {"window=" + window, from(0, 1) == 1 ? "softmax_order=hardware" : "conflict_free=true",
                    "check_capacity=false"};
      if (name == "reram-csr") settings = {"window=" + window, "check_capacity=false"};
      if (name == "pim-dia") settings = {"window=" + window};
      RC_ASSERT(error_of(simulate(name, settings, op, true), expected) <= 1e-5);
    }
  }));
}

// Finite Q and K, scores of which 1e60 has no fp32.
TEST(AttentionMachines, refuse_scores_that_overflow) {
  Operation op = described_attention("dense", 2, 1, 1);
  auto tensors = std::make_shared<AttentionTensors>();
  tensors->tokens = 2;
  tensors->head_dim = 1;
  tensors->q = tensors->k = {1, 1e30F};
  tensors->v = {1, 2};
  std::get<Attention>(op.body).tensors = std::move(tensors);
  for (const std::string& name : kMachines) {
    SCOPED_TRACE(name);
    try {
      (void)simulate(name, {}, op, true);
      ADD_FAILURE() << "accepted";
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("the score of row 1, column 1 is inf"));
    }
  }
}

TEST(AttentionMachines, count_the_same_work) {
  const Operation op = described_attention("longformer:window=16", 128, 2, 8);
  const uint64_t effectual = 2 * op.attention()->nnz() * 8;
  for (const std::string& name : kMachines) {
    SCOPED_TRACE(name);
    const Result r = simulate(name, {}, op);
    EXPECT_EQ(r.multiplications_effectual, effectual);
    EXPECT_GE(r.multiplications_issued, effectual);
    EXPECT_LE(r.overall_utilisation, r.compute_utilisation);
    EXPECT_LE(r.compute_utilisation, 1);
  }
}

TEST(ReramCsr, takes_five_iterations_where_diagonals_take_two) {
  // A toy of six tokens: five rows hold something, two diagonals hold it all.
  const Csr mask = test::draw_pattern(
      {". . . . . .", "x x . . . .", ". x x . . .", ". . x x . .", ". . . x x .", ". . . . x x"});
  const Operation op = attention_of({mask}, 1, 2);
  EXPECT_EQ(simulate("reram-csr", {}, op).counters.get("iterations"), 5U);
  EXPECT_EQ(simulate("asadi", {"window=2"}, op).counters.get("iterations"), 2U);
}

TEST(ReramCsr, takes_eight_times_the_iterations_of_a_sliding_window) {
  for (const uint64_t tokens : {512, 1024, 8192}) {
    const Operation op = described_attention("window", tokens, 1);
    EXPECT_EQ(simulate("reram-csr", {}, op).counters.get("iterations"),
              8 * simulate("asadi", {}, op).counters.get("iterations"));
  }
}

// n_r multiplications, copies in and back, slices added: 6 rows of 17 elements on heads of 2.
TEST(ReramCsr, charges_an_iteration_per_row) {
  const Result r = simulate("reram-csr", {"window=3"}, attention_of({test::asadi_example()}, 1, 2));
  EXPECT_EQ(r.phases.get("stream.qk"), 6U * 1407 + 2 * 17 * 2 + 3 * 1359);
  EXPECT_EQ(r.phases.get("stream.sv"), 6U * (1407 + 1359) + 17 * 2);
  EXPECT_EQ(r.phases.get("stream.softmax"), 15235U);
}

// Every diagonal but the main one is shifted in both products.
TEST(AsadiDense, computes_all_diagonals_whatever_the_mask) {
  const Result sparse = simulate("asadi-dense", {}, described_attention("window", 512));
  const Result full = simulate("asadi-dense", {}, described_attention("dense", 512));
  EXPECT_EQ(sparse.counters.get("iterations"), 1023U);
  EXPECT_EQ(sparse.cycles, full.cycles);
  EXPECT_EQ(full.phases.get("stream.qk"), 1022U * 64 + 1023 * 1407 + 16 * 63 * 1359);
  EXPECT_EQ(full.phases.get("stream.sv"), 1022U * 64 + 1023 * (1407 + 1359));
}

TEST(AsadiDense, says_where_its_rows_would_be_too_short) {
  EXPECT_TRUE(simulate("asadi-dense", {}, described_attention("window", 512)).notes.empty());
  EXPECT_EQ(simulate("asadi-dense", {}, described_attention("window", 1024)).notes.size(), 1U);
}

// 0.5 of the elements of S V need no other bank: 1.32 times as fast.
TEST(PimDia, gains_a_third_at_half_the_elements_in_the_window) {
  const Operation op = described_attention("diagloc:rho=0.1,phi=0.5,seed=7", 512);
  EXPECT_NEAR(simulate("pim-csr", {}, op).seconds() / simulate("pim-dia", {}, op).seconds(), 1.32, 0.01);
}

TEST(PimCsr, golden_formula_at_384_tokens) {
  const Operation op = described_attention("diagloc:rho=0.1,phi=0.5,seed=7", 384);
  const Result r = simulate("pim-csr", {}, op);
  // 177984 elements: (22.5 + 8) / 512 cycles each; 256 bytes, 511 of 512 across, at 114 B a cycle.
  EXPECT_EQ(r.phases.get("stream.qk"), 10603U);
  EXPECT_EQ(r.phases.get("stall_memory.cross_bank"), 2U * 398903);
  EXPECT_NEAR(r.energy_pj.total, 2.0 * 177984 * 256 * 511 / 512 * 72, 1e3);
}

// Rows of K and V per non-zero; Q and the scores once, their places once for each product.
TEST(PimCsr, reads_every_operand_from_its_banks) {
  const Operation op = described_attention("window:w=3", 16, 2, 4);
  const auto traffic = simulate("pim-csr", {}, op).traffic_bytes.at("dram");
  const uint64_t nnz = 2 * (16 + 15 + 15), words = 2 * 16 * 4;
  EXPECT_EQ(traffic.read.get("a"), words * 4);
  EXPECT_EQ(traffic.read.get("b"), 2 * nnz * 4 * 4);
  EXPECT_EQ(traffic.read.get("metadata"), 2 * (nnz + 2 * 17) * 4);
  EXPECT_EQ(traffic.read.get("psum"), nnz * 4);
  EXPECT_EQ(traffic.write.get("psum"), nnz * 4);
  EXPECT_EQ(traffic.write.get("c"), words * 4);
}

TEST(PimDia, keeps_the_window_that_asadi_would_choose) {
  const Operation op = described_attention("diagloc:rho=0.02,phi=0.5,w=16,seed=3", 256, 1);
  const uint64_t window = simulate("asadi", {"window_rule=auto"}, op).counters.get("window");
  ASSERT_NE(window, 256U / 8);
  EXPECT_EQ(simulate("pim-dia", {"window_rule=auto"}, op).cycles,
            simulate("pim-dia", {"window=" + std::to_string(window)}, op).cycles);
  EXPECT_THROW((void)simulate("pim-dia", {"window=512"}, op), InputError);
}

TEST(PimCsr, refuses_more_than_its_memory) {
  const Operation op = described_attention("window", 64);
  EXPECT_THROW((void)test::machine("pim-csr", {"memory_gb=0.0001"})->simulate({&op, 1}, {}), InputError);
}

}  // namespace
}  // namespace nonzero
