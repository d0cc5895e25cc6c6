#include "nonzero/hw/cost_spgemm.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

const Technology& tech() { return Technology::builtin("tsmc28"); }

double area(CostKind kind, double size = 1) { return tech().cost(kind, size).area_um2; }

constexpr CostKind kAdder = CostKind::kFp32Adder;
constexpr uint64_t kMiB = 1 << 20;

void expect_parts_add_up(const Block& block) {
  double area_um2 = 0;
  Energy busy;
  for (const Block& part : block.parts) {
    EXPECT_GT(part.area_um2, 0) << block.name << " " << part.name;
    area_um2 += part.area_um2;
    busy += part.busy_cycle;
  }
  EXPECT_NEAR(area_um2, block.area_um2, 1e-9 * area_um2) << block.name;
  EXPECT_NEAR(busy.pj, block.busy_cycle.pj, 1e-9 * busy.pj) << block.name;
}

TEST(SpgemmBlocks, parts_add_up) {
  const ElementBits element;
  expect_parts_add_up(merger_block(tech(), 64, kAdder, element));
  expect_parts_add_up(mrn_block(tech(), 64, kAdder, element));
  expect_parts_add_up(multiplier_network_block(tech(), Arithmetic::of(DataType::kBf16), 64, element));
  expect_parts_add_up(multicast_tree_block(tech(), 64, 16, 38));
  expect_parts_add_up(cache_block(tech(), "str_cache", {kMiB, 128, 16, 16, 64}));
  expect_parts_add_up(psram_block(tech(), {}));
  expect_parts_add_up(fifo_block(tech(), "write_fifo", 256, 32));
}

// 7 nodes; the middle two of level 1 (see art_parts) have a lateral link.
TEST(SpgemmBlocks, mrn_of_8_by_hand) {
  const ElementBits element{16, 16, 3};
  const double expected = (7 + 2) * area(kAdder) + 7 * area(CostKind::kComparator, 16) +
                          (7 + 2) * area(CostKind::kComparator, 3) +
                          (2 * 7 + 2 * 2) * area(CostKind::kMux, 35) + 7 * area(CostKind::kRegister, 35) +
                          7 * area(CostKind::kRegister, 3);
  EXPECT_NEAR(mrn_block(tech(), 8, kAdder, element).area_um2, expected, 1e-9 * expected);
}

// 4 pairs, then 2 groups of 4, then 8, at most 4 words wide: 4 x 2 + 2 x 4 + 1 x 4.
TEST(SpgemmBlocks, tree_of_8_with_bandwidth_4_passes_20_words) {
  EXPECT_EQ(multicast_tree_block(tech(), 8, 4, 16).find("switches")->count, 20);
  EXPECT_EQ(multicast_tree_block(tech(), 64, 1, 16).find("switches")->count, 63);
}

TEST(SpgemmBlocks, mrn_is_larger_than_the_merger_inside_it) {
  for (uint64_t leaves = 4; leaves <= 256; leaves *= 2)
    EXPECT_GT(mrn_block(tech(), leaves, kAdder, {}).area_um2,
              merger_block(tech(), leaves, kAdder, {}).area_um2);
}

// 512 sets of 16 ways, 40-bit addresses: 40 - 7 - 9 tag bits, valid, 4 bits of LRU order = 29 per line.
TEST(SpgemmBlocks, cache_keeps_tags_valid_and_lru_bits) {
  const Block cache = cache_block(tech(), "str_cache", {kMiB, 128, 16, 16, 64});
  const Cost bank = tech().sram(512 * 16 * 29 / 8.0 / 16, 16 * 29 / 8.0);
  EXPECT_NEAR(cache.find("tags")->area_um2, 16 * bank.area_um2, 1e-9 * cache.area_um2);
}

TEST(SpgemmBlocks, half_the_sets_are_half_the_psram_bits) {
  PsramShape whole, half;
  half.geometry.sets = 32;
  const double columns = 64 * tech().sram(1e-9, 4).area_um2;  // of in- and output alone
  EXPECT_NEAR(psram_block(tech(), half).find("data")->area_um2 - columns,
              (psram_block(tech(), whole).find("data")->area_um2 - columns) / 2, 1);
}

// A busy cycle of the tree: every word of every node. Of the multipliers: an element in each.
TEST(SpgemmEvents, of_a_busy_cycle_add_up_to_the_block) {
  const ElementBits element;
  const Arithmetic arithmetic = Arithmetic::of(DataType::kBf16);
  const Block tree = multicast_tree_block(tech(), 64, 16, 38);
  EXPECT_NEAR((tree_traversal_energy(tech(), 38) * tree.find("switches")->count).pj, tree.busy_cycle.pj,
              1e-9);
  const Block multipliers = multiplier_network_block(tech(), arithmetic, 64, element);
  EXPECT_NEAR((multiplier_element_energy(tech(), arithmetic, element) * 64).pj, multipliers.busy_cycle.pj,
              1e-9);
  const Block merger = merger_block(tech(), 64, arithmetic.adder, element);
  const Energy node = reduction_hop_energy(tech(), element) + comparison_energy(tech(), element) +
                      addition_energy(tech(), arithmetic) + register_energy(tech(), 2);
  EXPECT_NEAR((node * 63).pj, merger.busy_cycle.pj, 1e-9);
  const PsramShape psram;
  EXPECT_NEAR((psram_access_energy(tech(), psram) * 64).pj, psram_block(tech(), psram).busy_cycle.pj, 1e-9);
  const CacheShape cache{kMiB, 128, 16, 16, 64};
  EXPECT_NEAR((cache_access_energy(tech(), cache, 4) * 16).pj, cache_block(tech(), "c", cache).busy_cycle.pj,
              1e-9);
}

TEST(SpgemmBlocks, refuse_wrong_sizes) {
  EXPECT_THROW(merger_block(tech(), 12, kAdder, {}), InputError);
  EXPECT_THROW(mrn_block(tech(), 0, kAdder, {}), InputError);
  EXPECT_THROW(multicast_tree_block(tech(), 12, 4, 16), InputError);
  EXPECT_THROW(multicast_tree_block(tech(), 8, 0, 16), InputError);
  EXPECT_THROW(cache_block(tech(), "c", {kMiB, 128, 0, 16, 64}), InputError);
  EXPECT_THROW(cache_block(tech(), "c", {1024, 128, 16, 16, 64}), InputError);
  EXPECT_THROW(psram_block(tech(), {{0, 64, 16, 4}, 32, 32}), InputError);
}

// Flexagon, Table 8: the printed totals are the sums of the printed rows, to their rounding.
struct Design {
  std::string network, psram;
  double area_mm2, power_mw;
};

TEST(PublishedBlocks, of_flexagon_add_up_to_the_totals_of_its_table) {
  const std::vector<Design> designs = {{"fan", "", 4.21, 2396},
                                       {"merger", "psram_256kib", 5.14, 2750},
                                       {"merger", "psram_128kib", 4.62, 2481},
                                       {"mrn", "psram_256kib", 5.28, 2998}};
  for (const Design& design : designs) {
    std::vector<std::string> blocks = {"dn_tree", "multiplier_network", "str_cache_1mib",
                                       "rn_" + design.network};
    if (!design.psram.empty()) blocks.push_back(design.psram);
    double area_mm2 = 0, power_mw = 0;
    for (const std::string& name : blocks) {
      const PublishedBlock& block = tech().block("flexagon_" + name);
      EXPECT_EQ(block.source.rfind("quoted", 0), 0U) << name;
      area_mm2 += block.area_um2 * 1e-6;
      power_mw += *block.power_mw;
    }
    EXPECT_NEAR(area_mm2, design.area_mm2, 0.005 * static_cast<double>(blocks.size())) << design.network;
    EXPECT_NEAR(power_mw, design.power_mw, 3) << design.network;
  }
}

TEST(PublishedBlocks, of_flexagon_s_naive_variant_add_up_to_its_area) {
  double area_mm2 = 0;
  for (const char* part : {"sram", "muxes", "datapath"})
    area_mm2 += tech().block(std::string("flexagon_naive_") + part).area_um2 * 1e-6;
  EXPECT_NEAR(area_mm2, 6.60, 1e-9);
}

}  // namespace
}  // namespace nonzero::hw
