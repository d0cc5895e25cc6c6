#include "nonzero/tech/technology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <set>
#include <stdexcept>

#include "nonzero/base/embedded.h"

namespace nonzero {
namespace {

const Technology& table() { return Technology::builtin("tsmc28"); }

constexpr double kAreaTo28 = 784.0 / 2025.0;  // (28/45)^2

TEST(TechnologyTable, holds_every_kind_with_a_source_and_sane_figures) {
  for (size_t i = 0; i < kCostKinds; ++i) {
    const auto kind = static_cast<CostKind>(i);
    SCOPED_TRACE(std::string(name(kind)));
    const Cost cost = table().cost(kind, 1024);
    EXPECT_GT(cost.source.size(), 10U);
    EXPECT_GT(cost.energy_pj, 0);
    EXPECT_GE(cost.area_um2, 0);
    EXPECT_LT(cost.low_factor, 1);
    EXPECT_GT(cost.high_factor, 1);
    EXPECT_EQ(cost_kind(name(kind)), kind);
  }
}

TEST(TechnologyTable, names_are_distinct) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kCostKinds; ++i) names.insert(name(static_cast<CostKind>(i)));
  EXPECT_EQ(names.size(), kCostKinds);
}

TEST(TechnologyTable, is_thirty_percent_uncertain_unless_an_entry_says_otherwise) {
  const Cost adder = table().cost(CostKind::kFp32Adder);
  EXPECT_DOUBLE_EQ(adder.low_factor, 0.7);
  EXPECT_DOUBLE_EQ(adder.high_factor, 1.3);
  // Horowitz gives a range for DDR: 1.3 to 2.6 nJ for 64 bits.
  const Cost ddr = table().cost(CostKind::kDramDdr, 8);
  EXPECT_NEAR(ddr.energy_pj * ddr.low_factor, 1300, 0.1);
  EXPECT_NEAR(ddr.energy_pj * ddr.high_factor, 2600, 0.1);
}

TEST(TechnologyTable, scales_45_nm_by_the_square_of_the_length_and_half_the_energy) {
  const Cost multiplier = table().cost("fp32_multiplier");
  EXPECT_NEAR(multiplier.area_um2, 2981.14, 0.01);  // 7700 x 0.387160
  EXPECT_DOUBLE_EQ(multiplier.energy_pj, 1.85);     // 3.7 / 2
  const Cost adder = table().cost("int8_adder");
  EXPECT_NEAR(adder.area_um2, 13.938, 0.001);  // 36 x 0.387160
  EXPECT_DOUBLE_EQ(adder.energy_pj, 0.015);
  EXPECT_NEAR(adder.leakage_mw, 2.787556e-4, 1e-9);  // 20 mW per mm2
}

TEST(TechnologyTable, takes_bf16_as_fp16) {
  EXPECT_EQ(table().cost("bf16_multiplier").area_um2, table().cost("fp16_multiplier").area_um2);
  EXPECT_EQ(table().cost("bf16_adder").energy_pj, table().cost("fp16_adder").energy_pj);
}

TEST(TechnologyTable, leaves_an_entry_of_its_own_node_and_dram_unscaled) {
  EXPECT_DOUBLE_EQ(table().cost("wire").energy_pj, 0.1);
  EXPECT_DOUBLE_EQ(table().cost("dram_hbm", 8).energy_pj, 256);  // 4 pJ per bit
  EXPECT_EQ(table().cost("dram_hbm").area_um2, 0);
  EXPECT_NEAR(table().cost("adc").area_um2, 1200 * 784.0 / 1024.0, 1e-9);  // published at 32 nm
}

TEST(TechnologyTable, carries_the_published_blocks) {
  EXPECT_DOUBLE_EQ(table().block("sigma_compute_array").area_um2, 65.10e6);
  EXPECT_DOUBLE_EQ(table().block("sigma_compute_array").power_mw.value(), 22330);
  EXPECT_NEAR(
      table().block("sigma_compute_array").area_um2 / table().block("systolic_compute_array").area_um2, 1.377,
      0.001);
  EXPECT_FALSE(table().block("sigma_controller").power_mw.has_value());
  for (const auto& [key, block] : table().blocks()) EXPECT_FALSE(block.source.empty()) << key;
}

TEST(TechnologyTable, gives_a_cycle_of_a_block_its_power_over_its_clock) {
  EXPECT_NEAR(table().block("bitwave_chip_16nm").cycle_energy_pj(), 70.24, 1e-9);  // 17.56 mW at 250 MHz
  EXPECT_NEAR(table().block("bit_pe_stripes").cycle_energy_pj(), 0.4625, 1e-12);   // 0.37 mW at 800 MHz
  EXPECT_DOUBLE_EQ(table().block("bit_pe_stripes").low_factor, 0.7);
  EXPECT_THROW((void)table().block("sigma_compute_array").cycle_energy_pj(), std::logic_error);
}

TEST(TechnologyTable, suggests_the_nearest_name) {
  const auto message = [](auto call) -> std::string {
    try {
      call();
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message([] { Technology::builtin("tsmc82"); }), testing::HasSubstr("did you mean 'tsmc28'"));
  EXPECT_THAT(message([] { (void)table().cost("fp32_ader"); }),
              testing::HasSubstr("did you mean 'fp32_adder'"));
  EXPECT_THAT(message([] { (void)table().block("sigma_controler"); }),
              testing::HasSubstr("did you mean 'sigma_controller'"));
}

TEST(TechnologyTable, is_read_once) {
  EXPECT_EQ(&Technology::builtin("tsmc28"), &Technology::builtin("tsmc28"));
  EXPECT_THAT(Technology::builtin_names(), testing::Contains("tsmc28"));
}

RC_GTEST_PROP(TechnologyTable, costs_grow_linearly_with_size, ()) {
  const auto kind = static_cast<CostKind>(*rc::gen::inRange<size_t>(0, kCostKinds - 1));
  const auto size = static_cast<double>(*rc::gen::inRange(1, 1000000));
  const Cost one = table().cost(kind), many = table().cost(kind, size);
  RC_ASSERT(std::abs(many.area_um2 - one.area_um2 * size) <= 1e-12 * many.area_um2);
  RC_ASSERT(std::abs(many.energy_pj - one.energy_pj * size) <= 1e-12 * many.energy_pj);
  RC_ASSERT(std::abs(many.leakage_mw - one.leakage_mw * size) <= 1e-12 * many.leakage_mw);
}

TEST(SramCost, lies_within_three_percent_of_the_published_reads) {
  // 64-bit reads at 45 nm: 10, 20, 100 pJ; half of that at 28 nm.
  EXPECT_NEAR(table().sram(8192, 8).energy_pj, 5, 0.15);
  EXPECT_NEAR(table().sram(32768, 8).energy_pj, 10, 0.3);
  EXPECT_NEAR(table().sram(1048576, 8).energy_pj, 50, 1.5);
}

TEST(SramCost, is_the_least_squares_line_in_log_log) {
  // By hand, in powers of two from 8 KiB: x = 0, 2, 7; y = 0, 1, 3.32193; slope 12.28771 / 26.
  const double slope = std::log2(table().sram(65536, 8).energy_pj / table().sram(32768, 8).energy_pj);
  EXPECT_NEAR(slope, 0.472604, 1e-5);
  EXPECT_NEAR(table().sram(8192, 8).energy_pj, 5 * std::exp2(1.440643 - 3 * 0.472604), 1e-4);
}

TEST(SramCost, counts_bits_columns_and_ports) {
  // 1024 bytes, 4 wide: 8192 x 0.6 + 32 x 100 um2 at 45 nm.
  const Cost one = table().sram(1024, 4, 1);
  EXPECT_NEAR(one.area_um2, (8192 * 0.6 + 32 * 100) * kAreaTo28, 1e-6);
  EXPECT_NEAR(one.leakage_mw, one.area_um2 * 1e-6 * 10, 1e-12);
  const Cost two = table().sram(1024, 4, 2);
  EXPECT_NEAR(two.area_um2 / one.area_um2, 1.7, 1e-9);
  EXPECT_NEAR(two.energy_pj / one.energy_pj, 1.25, 1e-9);
  EXPECT_EQ(table().cost(CostKind::kSram, 4096).energy_pj, table().sram(4096, 8).energy_pj);
}

RC_GTEST_PROP(SramCost, never_shrinks_with_capacity_width_or_ports, ()) {
  const auto capacity = static_cast<double>(*rc::gen::inRange(1, 1 << 28));
  const auto width = static_cast<double>(*rc::gen::inRange(1, 512));
  const auto ports = *rc::gen::inRange<uint32_t>(1, 8);
  const Cost base = table().sram(capacity, width, ports);
  for (const Cost& more : {table().sram(capacity * 2, width, ports), table().sram(capacity, width * 2, ports),
                           table().sram(capacity, width, ports + 1)}) {
    RC_ASSERT(more.area_um2 > base.area_um2);
    RC_ASSERT(more.energy_pj > base.energy_pj);
    RC_ASSERT(more.leakage_mw > base.leakage_mw);
  }
}

TEST(SramCost, refuses_nothing_to_store) {
  EXPECT_THROW((void)table().sram(0, 8), InputError);
  EXPECT_THROW((void)table().sram(1024, -1), InputError);
  EXPECT_THROW((void)table().sram(1024, 8, 0), InputError);
  EXPECT_THROW((void)table().sram(std::nan(""), 8), InputError);
}

}  // namespace
}  // namespace nonzero
