#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "support/machines.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::simulate;

uint64_t effectual(const Csr& a, const Csr& b) {
  uint64_t total = 0;
  for (const uint32_t k : a.indices) total += b.offsets[k + 1] - b.offsets[k];
  return total;
}

std::vector<std::string> random_settings(const std::string& design) {
  if (design == "systolic")
    return {"rows=" + std::to_string(*rc::gen::inRange(1, 9)),
            "columns=" + std::to_string(*rc::gen::inRange(1, 9)),
            "fold=" + *rc::gen::element<std::string>("sigma", "scalesim"),
            "dram=" + *rc::gen::element<std::string>("ideal", "hbm2-256")};
  return {"multipliers_per_dpe=" + std::to_string(1U << *rc::gen::inRange(1, 5)),
          "flex_dpes=" + std::to_string(*rc::gen::inRange(1, 5)),
          "stationary=" + *rc::gen::element<std::string>("mk", "kn", "best", "none"),
          "stream_words=" + *rc::gen::element<std::string>("unlimited", "2", "5"),
          "packing=" + *rc::gen::element<std::string>("slab", "row-major"),
          "limited=" + *rc::gen::element<std::string>("published", "physical"),
          "accumulate=" + *rc::gen::element<std::string>("free", "charged"),
          "dram=" + *rc::gen::element<std::string>("ideal", "hbm2-256"),
          "timing=" + *rc::gen::element<std::string>("analytic", "detailed"),
          "operand_buffer_mib=" + *rc::gen::element<std::string>("0", "24")};
}

// simulate() itself checks that phases and PE-cycles add up.
TEST(Invariants, hold_on_random_operands_and_machines) {
  EXPECT_TRUE(rc::check([] {
    const std::string design = *rc::gen::element<std::string>("sigma", "systolic");
    const auto operands = *test::gen_operands(20);
    const Result r =
        simulate(design, random_settings(design), test::gemm_of(operands.first, operands.second));
    if (r.timing == "detailed")
      RC_ASSERT(r.multiplications_effectual == effectual(operands.first, operands.second));
    const LevelTraffic& dram = r.traffic_bytes.at("dram");
    if (r.multiplications_effectual > 0) {
      RC_ASSERT(dram.read.get("a") + dram.read.get("b") >= 2 * (r.nnz_a + r.nnz_b));
      RC_ASSERT(dram.write.get("c") >= 4 * r.m * r.n);
    }
    RC_ASSERT(r.energy_pj.low <= r.energy_pj.total && r.energy_pj.total <= r.energy_pj.high);
    RC_ASSERT(r.overall_utilisation <= 1.0);
  }));
}

TEST(Invariants, doubling_a_bandwidth_or_a_buffer_never_costs_cycles) {
  EXPECT_TRUE(rc::check([] {
    const auto operands = *test::gen_operands(20);
    const Operation op = test::gemm_of(operands.first, operands.second);
    const std::vector<std::string> base = {
        "multipliers_per_dpe=8", "flex_dpes=2", "dram=hbm-128", "packing=row-major",
        "stationary=" + *rc::gen::element<std::string>("mk", "kn", "best", "none")};
    const auto cycles = [&](const std::string& load, const std::string& stream, const std::string& buffer) {
      std::vector<std::string> settings = base;
      settings.push_back("load_words=" + load);
      settings.push_back("stream_words=" + stream);
      settings.push_back("operand_buffer_mib=" + buffer);
      return simulate("sigma", settings, op).cycles;
    };
    const uint64_t before = cycles("4", "4", "0.0001");
    RC_ASSERT(cycles("8", "4", "0.0001") <= before);
    RC_ASSERT(cycles("4", "8", "0.0001") <= before);
    RC_ASSERT(cycles("4", "4", "0.0002") <= before);
  }));
}

TEST(Invariants, the_same_inputs_give_the_same_result_twice) {
  const Operation op = random_gemm("g", 100, 100, 100, 0.3, 0.3, 9);
  const Result one = simulate("sigma", {}, op, true), two = simulate("sigma", {}, op, true);
  EXPECT_EQ(one.cycles, two.cycles);
  EXPECT_EQ(one.product->values, two.product->values);
  EXPECT_EQ(one.a.hash, two.a.hash);
}

TEST(Systolic, a_32_x_512_array_is_four_times_faster_on_2048_4096_32) {
  const Operation op = random_gemm("2048-4096-32", 2048, 4096, 32, 1, 1, 1);
  const auto cycles = [&](const char* rows, const char* columns) {
    return static_cast<double>(
        simulate("systolic",
                 {std::string("rows=") + rows, std::string("columns=") + columns, "timing=analytic"}, op)
            .cycles);
  };
  EXPECT_NEAR(cycles("128", "128") / cycles("32", "512"), 4.09, 0.005);
  EXPECT_NEAR(cycles("128", "128") / cycles("512", "32"), 0.23, 0.005);
}

TEST(Systolic, scalesim_folds_follow_its_formula) {
  const Operation op = random_gemm("g", 4, 4, 4, 1, 1, 1);
  EXPECT_EQ(simulate("systolic", {"rows=4", "columns=4", "fold=scalesim"}, op).cycles, 13U);
  const Operation larger = random_gemm("g", 100, 70, 50, 1, 1, 1);
  // ws on 16 x 32: ceil(50/16) * ceil(70/32) * (2*16 + 32 + 100 - 2) - 1.
  EXPECT_EQ(simulate("systolic", {"rows=16", "columns=32", "fold=scalesim", "dataflow=ws"}, larger).cycles,
            4U * 3 * 162 - 1);
}

TEST(Configuration, refuses_what_the_networks_cannot_be) {
  EXPECT_THROW(test::machine("sigma", {"multipliers_per_dpe=100"}), InputError);
  EXPECT_THROW(test::machine("sigma", {"stream_words=0"}), InputError);
  EXPECT_THROW(test::machine("sigma", {"data_type=pattern"}), InputError);
  EXPECT_THROW(test::machine("sigmma"), InputError);
}

}  // namespace
}  // namespace nonzero
