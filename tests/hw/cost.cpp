#include "nonzero/hw/cost.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>

#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

const Technology& tech() { return Technology::builtin("tsmc28"); }

double area(CostKind kind, double size = 1) { return tech().cost(kind, size).area_um2; }
double energy(CostKind kind, double size = 1) { return tech().cost(kind, size).energy_pj; }

// The network drawn from SIGMA's pseudo-code (IV-A2): adder i of level l hears i - 2^(k-1) and
// i + 2^(k-1) for k = 1 … l.
FanParts fan_by_links(uint64_t lanes) {
  const auto level = [](uint64_t adder) {
    uint64_t ones = 0;
    for (; (adder & 1) != 0; adder >>= 1) ++ones;
    return ones;
  };
  FanParts parts;
  for (uint64_t i = 0; i + 1 < lanes; ++i) {
    ++parts.adders;
    ++parts.comparators;
    if (level(i) == 0) ++parts.bypass_words;
    for (uint64_t k = 1; k <= level(i); ++k)
      for (const uint64_t neighbour : {i - (uint64_t{1} << (k - 1)), i + (uint64_t{1} << (k - 1))}) {
        if (level(neighbour) + 1 == level(i)) continue;  // the tree's own link
        ++parts.forwarding_links;
        ++parts.comparators;
        parts.forwarding_stages += level(i) - level(neighbour) - 1;
      }
  }
  return parts;
}

TEST(FanParts, forwarding_links_are_those_of_the_paper) {
  const uint64_t expected[] = {2, 8, 22, 52, 114, 240, 494};
  for (uint64_t i = 0; i < 7; ++i) EXPECT_EQ(fan_parts(uint64_t{8} << i).forwarding_links, expected[i]);
}

TEST(FanParts, equal_the_links_followed_one_by_one) {
  for (uint64_t lanes = 2; lanes <= 4096; lanes *= 2) {
    const FanParts fast = fan_parts(lanes), slow = fan_by_links(lanes);
    EXPECT_EQ(fast.adders, slow.adders);
    EXPECT_EQ(fast.forwarding_links, slow.forwarding_links);
    EXPECT_EQ(fast.forwarding_stages, slow.forwarding_stages);
    EXPECT_EQ(fast.bypass_words, slow.bypass_words);
    EXPECT_EQ(fast.comparators, slow.comparators);
  }
}

// 8 leaves:        o          level 2
//              o       o      level 1: same parent, no link
//            o   o = o   o    level 0: the middle two have different parents
TEST(ArtParts, nodes_beside_another_parents_child_add_three_inputs) {
  EXPECT_EQ(art_parts(4).three_input_nodes, 0U);
  EXPECT_EQ(art_parts(8).three_input_nodes, 2U);
  EXPECT_EQ(art_parts(16).three_input_nodes, 8U);  // 6 of 8, 2 of 4
  EXPECT_EQ(art_parts(512).three_input_nodes, 494U);
  EXPECT_EQ(art_parts(512).nodes, 511U);
}

TEST(Blocks, benes_of_8_is_56_switches) {
  const Block benes = benes_block(tech(), 8, 16);  // 2 x 3 + 1 levels of 8
  EXPECT_DOUBLE_EQ(benes.area_um2, 56 * (area(CostKind::kSwitch, 16) + area(CostKind::kRegister, 2)));
  EXPECT_EQ(benes.find("switches")->count, 56);
}

TEST(Blocks, fan_of_8_by_hand) {
  const Block fan = fan_block(tech(), 8, CostKind::kFp32Adder, 32);
  const double expected = 7 * area(CostKind::kFp32Adder)             //
                          + (7 + 4) * area(CostKind::kRegister, 32)  // sums, second words of level 0
                          + (2 + 8) * area(CostKind::kMux, 32)       // links; sum or bypass, twice at level 0
                          + 2 * area(CostKind::kRegister, 32)        // links of level 0 to 2 wait a cycle
                          + (7 + 2) * area(CostKind::kComparator, 3)  //
                          + 8 * area(CostKind::kRegister, 3);
  EXPECT_NEAR(fan.area_um2, expected, 1e-9 * expected);
}

TEST(Blocks, art_of_8_by_hand) {
  const Block art = art_block(tech(), 8, CostKind::kFp32Adder, 32);
  const double expected = (7 + 2) * area(CostKind::kFp32Adder) + 7 * area(CostKind::kRegister, 32) +
                          4 * area(CostKind::kMux, 32) + 2 * area(CostKind::kRegister, 2);
  EXPECT_NEAR(art.area_um2, expected, 1e-9 * expected);
}

TEST(Blocks, linear_chain_of_8_by_hand) {
  const Block chain = linear_chain_block(tech(), 8, CostKind::kFp32Adder, 32);
  const double expected = 8 * (4184 + 32 * 4.522) * 784 / 2025;
  EXPECT_NEAR(chain.area_um2, expected, 1e-9 * expected);
  // 8 x (0.45 + 32 x 0.003375) pJ in 2 ns, and 20 mW per mm2.
  EXPECT_NEAR(chain.busy_power_mw(500e6), 8 * 0.558 * 0.5 + expected * 20e-6, 1e-9);
}

TEST(Blocks, systolic_cell_by_hand) {
  const Block array = systolic_array_block(tech(), 4, 2, Arithmetic::of(DataType::kBf16));
  EXPECT_NEAR(array.area_um2, 8 * (1640 + 4184 + 64 * 4.522) * 784 / 2025, 1e-6);
  EXPECT_NEAR(array.busy_cycle.pj, 8 * (0.55 + 0.45 + 64 * 0.003375), 1e-9);
  EXPECT_NEAR(array.busy_cycle.low_pj, array.busy_cycle.pj * 0.7, 1e-9);
  EXPECT_NEAR(array.busy_cycle.high_pj, array.busy_cycle.pj * 1.3, 1e-9);
}

TEST(Blocks, flex_dpe_of_8_by_hand) {
  const Block dpe = flex_dpe_block(tech(), 8, Arithmetic::of(DataType::kBf16), ReductionKind::kFan);
  const double expected = benes_block(tech(), 8, 16).area_um2 + 8 * area(CostKind::kBf16Multiplier) +
                          8 * area(CostKind::kRegister, 16 + 16 + 32) +
                          fan_block(tech(), 8, CostKind::kFp32Adder, 32).area_um2;
  EXPECT_NEAR(dpe.area_um2, expected, 1e-9 * expected);
}

TEST(Blocks, controller_is_gates_counters_and_tables) {
  const Block controller = sigma_controller_block(tech(), 128, 128);
  const double expected = 2048 * area(CostKind::kGate) +
                          1024 * (area(CostKind::kRegister, 14) + area(CostKind::kComparator, 14)) +
                          16384 * area(CostKind::kRegister, 21);
  EXPECT_NEAR(controller.area_um2, expected, 1e-9 * expected);
}

TEST(Blocks, buffer_is_its_banks) {
  const SramBuffer buffer{65536, 4, 32, 1};
  const Block block = sram_buffer_block(tech(), "operands", buffer);
  const Cost bank = tech().sram(16384, 8, 1);
  EXPECT_DOUBLE_EQ(block.area_um2, 4 * bank.area_um2);
  EXPECT_DOUBLE_EQ(sram_byte_energy(tech(), buffer).pj, bank.energy_pj / 8);
  EXPECT_THROW(sram_buffer_block(tech(), "operands", {65536, 0, 32, 1}), InputError);
}

TEST(Blocks, wrong_lanes_are_refused) {
  for (const uint64_t lanes : {0, 1, 3, 12, 100}) {
    EXPECT_THROW(benes_block(tech(), lanes, 16), InputError) << lanes;
    EXPECT_THROW(fan_parts(lanes), InputError) << lanes;
    EXPECT_THROW(art_parts(lanes), InputError) << lanes;
  }
}

void expect_parts_add_up(const Block& block) {
  if (block.parts.empty()) return;
  double area_um2 = 0, leakage_mw = 0;
  Energy busy;
  for (const Block& part : block.parts) {
    area_um2 += part.area_um2;
    leakage_mw += part.leakage_mw;
    busy += part.busy_cycle;
    expect_parts_add_up(part);
  }
  EXPECT_NEAR(area_um2, block.area_um2, 1e-9 * area_um2) << block.name;
  EXPECT_NEAR(leakage_mw, block.leakage_mw, 1e-9 * leakage_mw) << block.name;
  EXPECT_NEAR(busy.pj, block.busy_cycle.pj, 1e-9 * busy.pj) << block.name;
}

TEST(Blocks, parts_add_up_at_every_depth) {
  for (const ReductionKind kind : {ReductionKind::kFan, ReductionKind::kArt, ReductionKind::kLinear})
    expect_parts_add_up(sigma_array_block(tech(), 6, 32, 128, Arithmetic::of(DataType::kInt8), kind));
  expect_parts_add_up(systolic_array_block(tech(), 16, 32, Arithmetic::of(DataType::kFp32)));
  expect_parts_add_up(sigma_controller_block(tech(), 6, 32));
}

RC_GTEST_PROP(Blocks, grow_with_lanes_and_word_width, ()) {
  const uint64_t lanes = uint64_t{2} << *rc::gen::inRange(0, 9);
  const auto bits = *rc::gen::inRange<uint32_t>(8, 64);
  for (const ReductionKind kind : {ReductionKind::kFan, ReductionKind::kArt, ReductionKind::kLinear}) {
    const Block base = reduction_block(tech(), kind, lanes, CostKind::kFp32Adder, bits);
    const Block longer = reduction_block(tech(), kind, lanes * 2, CostKind::kFp32Adder, bits);
    const Block wider = reduction_block(tech(), kind, lanes, CostKind::kFp32Adder, bits + 1);
    RC_ASSERT(longer.area_um2 > 2 * base.area_um2 * 0.999);
    RC_ASSERT(wider.area_um2 > base.area_um2);
    RC_ASSERT(wider.busy_cycle.pj > base.busy_cycle.pj);
  }
  RC_ASSERT(benes_block(tech(), lanes * 2, bits).area_um2 > 2 * benes_block(tech(), lanes, bits).area_um2);
}

TEST(DataTypes, integers_accumulate_in_int32_and_floats_in_fp32) {
  EXPECT_EQ(Arithmetic::of(DataType::kBf16).adder, CostKind::kFp32Adder);
  EXPECT_EQ(Arithmetic::of(DataType::kBf16).operand_bits, 16U);
  EXPECT_EQ(Arithmetic::of(DataType::kInt8).adder, CostKind::kInt32Adder);
  EXPECT_EQ(Arithmetic::of(DataType::kInt8).multiplier, CostKind::kInt8Multiplier);
  EXPECT_EQ(Arithmetic::of(DataType::kPattern).multiplier, CostKind::kFp32Multiplier);
}

// A Flex-DPE's busy cycle, told event by event: a word delivered to and a product made in every lane,
// one addition in every adder.
TEST(Events, of_a_busy_cycle_add_up_to_the_block) {
  const Arithmetic arithmetic = Arithmetic::of(DataType::kBf16);
  for (const ReductionKind kind : {ReductionKind::kFan, ReductionKind::kArt, ReductionKind::kLinear}) {
    const double additions = kind == ReductionKind::kLinear ? 64 : 63;
    const Energy events = benes_traversal_energy(tech(), 16) * (64 * 13) +
                          multiplier_lane_energy(tech(), arithmetic) * 64 +
                          reduction_addition_energy(tech(), kind, 64, arithmetic) * additions;
    const Block block = flex_dpe_block(tech(), 64, arithmetic, kind);
    EXPECT_NEAR(events.pj, block.busy_cycle.pj, 1e-9 * events.pj);
    EXPECT_NEAR(events.high_pj, block.busy_cycle.high_pj, 1e-9 * events.pj);
  }
  const Block array = systolic_array_block(tech(), 8, 8, arithmetic);
  EXPECT_NEAR((systolic_cell_energy(tech(), arithmetic) * 64).pj, array.busy_cycle.pj, 1e-9);
}

TEST(Events, by_hand) {
  const Arithmetic bf16 = Arithmetic::of(DataType::kBf16);
  EXPECT_DOUBLE_EQ(multiplication_energy(tech(), bf16).pj, 0.55);
  EXPECT_DOUBLE_EQ(addition_energy(tech(), bf16).pj, 0.45);
  EXPECT_DOUBLE_EQ(dram_byte_energy(tech(), CostKind::kDramHbm).pj, 32);
  // A square of 4 mm2 is 2 mm wide: 16 bits x 2 mm x 0.1 pJ.
  EXPECT_NEAR(noc_hop_energy(tech(), 16, 4e6).pj,
              3.2 + energy(CostKind::kSwitch, 16) + energy(CostKind::kRegister, 16), 1e-9);
  EXPECT_DOUBLE_EQ(leakage_energy(2, 1e-6).pj, 2000);  // 2 mW for 1 us
}

TEST(Events, dram_presets_have_their_energy) {
  EXPECT_EQ(dram_kind("ddr4-vcu1525"), CostKind::kDramDdr);
  EXPECT_EQ(dram_kind("hbm2-256"), CostKind::kDramHbm);
  EXPECT_EQ(dram_kind("ideal"), CostKind::kDramHbm);
}

// SIGMA, Fig. 6b: which network wins is the paper's; by how much is a claim (claims/sigma.yaml).
TEST(ReductionNetworks, cycles_are_folds_of_steps_and_drain) {
  EXPECT_EQ(reduction_network(tech(), ReductionKind::kLinear, 512).cycles, 151200U);
  EXPECT_EQ(reduction_network(tech(), ReductionKind::kFan, 512).cycles, 100900U);
  EXPECT_EQ(reduction_network(tech(), ReductionKind::kArt, 16).cycles, 100400U);
}

TEST(ReductionNetworks, energy_delay_is_power_times_time_squared) {
  const ReductionNetworkFigures fan = reduction_network(tech(), ReductionKind::kFan, 64);
  const double seconds = 100600 / 500e6;
  EXPECT_NEAR(fan.energy_delay, fan.power_mw * 1e-3 * seconds * seconds, 1e-12 * fan.energy_delay);
}

TEST(ReductionNetworks, order_of_the_paper_holds_from_16_to_512) {
  for (uint64_t lanes = 16; lanes <= 512; lanes *= 2) {
    const auto linear = reduction_network(tech(), ReductionKind::kLinear, lanes);
    const auto fan = reduction_network(tech(), ReductionKind::kFan, lanes);
    const auto art = reduction_network(tech(), ReductionKind::kArt, lanes);
    EXPECT_LT(linear.area_um2, fan.area_um2);
    EXPECT_LT(fan.area_um2, art.area_um2);
    EXPECT_LT(fan.power_mw, art.power_mw);
    EXPECT_LT(fan.energy_delay, art.energy_delay);
  }
}

}  // namespace
}  // namespace nonzero::hw
