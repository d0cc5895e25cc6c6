#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "hw/reram_twin.h"
#include "nonzero/hw/memory/link.h"
#include "nonzero/hw/memory/pim_banks.h"
#include "nonzero/hw/reram/controller.h"
#include "nonzero/hw/reram/digital.h"
#include "support/attention.h"

namespace nonzero {
namespace {

using hw::ReramDigitalModule;
using hw::ReramOpCycles;
using hw::ReramOps;
using test::ReramTwin;

ReramOps score(const DiagonalMatrix& stored, uint64_t head_dim) {
  ReramOps ops = ReramDigitalModule::add_slices(stored.diagonals.size(), head_dim);
  for (const StoredDiagonal& diagonal : stored.diagonals) ops += ReramDigitalModule::score(diagonal);
  return ops;
}

ReramOps weigh(const DiagonalMatrix& stored) {
  ReramOps ops;
  for (const StoredDiagonal& diagonal : stored.diagonals) ops += ReramDigitalModule::weigh(diagonal);
  return ops;
}

ReramTwin::Rows random_rows(uint64_t n, uint64_t columns, uint64_t seed) {
  Random random(seed);
  ReramTwin::Rows rows(n, std::vector<double>(columns));
  for (auto& row : rows)
    for (double& value : row) value = static_cast<double>(random.below(9)) - 4;
  return rows;
}

struct Case {
  DiagonalMatrix stored;
  uint64_t head_dim = 1, seed = 1;
  Csr mask;
};

Case any_case() {
  const auto from = [](int low, int high) {
    return static_cast<uint64_t>(*rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high + 1)));
  };
  Case one;
  one.seed = from(1, 1 << 30);
  const uint64_t n = from(1, 20);
  one.mask = test::random_pattern(n, static_cast<double>(from(0, 100)) / 100, one.seed);
  DiagonalOptions options;
  options.window = from(1, static_cast<int>(2 * n - 1));
  options.block_slots = from(1, 8);
  options.placement = from(0, 1) == 1 ? Placement::kConflictFree : Placement::kNearest;
  one.stored = to_diagonal(one.mask, options);
  one.head_dim = from(1, 9);
  return one;
}

TEST(ReramDigital, counts_what_the_arrays_do_step_by_step) {
  EXPECT_TRUE(rc::check([] {
    const Case one = any_case();
    ReramOpCycles cycles;
    cycles.multiply = 1000003;  // no two operations can stand in for one another
    cycles.add = 10007;
    cycles.shift = 101;
    const ReramDigitalModule module({512, one.stored.block_slots, 1024, 32}, cycles);
    ReramTwin twin(one.stored, one.head_dim, cycles);
    const uint64_t n = one.stored.n;
    const auto q = random_rows(n, one.head_dim, one.seed), k = random_rows(n, one.head_dim, one.seed + 1);
    const auto scores = twin.sddmm(q, k);
    RC_ASSERT(twin.cycles() == module.cycles(score(one.stored, one.head_dim)));
    twin.reset();
    const auto z = twin.spmm(scores, k);
    RC_ASSERT(twin.cycles() == module.cycles(weigh(one.stored)));
    // The steps compute: Z = (mask o Q K^T) K.
    ReramTwin::Rows expected(n, std::vector<double>(one.head_dim));
    for (uint64_t i = 0; i < n; ++i)
      for (const uint32_t j : one.mask.fiber(i)) {
        double s = 0;
        for (uint64_t a = 0; a < one.head_dim; ++a) s += q[i][a] * k[j][a];
        for (uint64_t a = 0; a < one.head_dim; ++a) expected[i][a] += s * k[j][a];
      }
    RC_ASSERT(z == expected);
  }));
}

// The paper puts S52 into DI +1, the nearest rule into DI -1.
TEST(ReramDigital, golden_example_costs_the_same_with_either_placement) {
  DiagonalMatrix stored = to_diagonal(test::asadi_example(), {3, Placement::kNearest, 1024});
  const ReramDigitalModule module(ReramDigitalModule::Shape{}, ReramOpCycles::aritpim_parallel());
  EXPECT_EQ(module.cycles(score(stored, 2)), 7087U);
  EXPECT_EQ(module.cycles(weigh(stored)), 12513U);
  EXPECT_EQ(module.cycles(ReramDigitalModule::softmax(3, 2)), 15235U);
  ASSERT_EQ(stored.elements[2], (PlacedElement{2, 5}));
  stored.elements.erase(stored.elements.begin() + 2);
  stored.elements.insert(stored.elements.begin() + 13, {2, 5});
  stored.offsets = {0, 5, 11, 17};
  count_elements(stored);
  EXPECT_EQ(module.cycles(score(stored, 2)), 7087U);
  EXPECT_EQ(module.cycles(weigh(stored)), 12513U);
}

TEST(ReramDigital, a_row_holds_exactly_1024_diagonals_of_heads_of_64) {
  const ReramDigitalModule parallel(ReramDigitalModule::Shape{}, ReramOpCycles::aritpim_parallel());
  EXPECT_EQ(parallel.cells_needed(1024, 64), 1024U);
  EXPECT_EQ(parallel.cells_needed(1025, 64), 1056U);
  const ReramDigitalModule serial(ReramDigitalModule::Shape{}, ReramOpCycles::aritpim_serial());
  EXPECT_EQ(serial.cells_needed(1024, 64), 1024U - 384 + 76);
}

TEST(ReramDigital, row_blocks_of_1024_take_an_array_per_dimension_each) {
  const ReramDigitalModule module(ReramDigitalModule::Shape{}, ReramOpCycles{});
  EXPECT_EQ(module.arrays_needed(1024, 64), 64U);
  EXPECT_EQ(module.arrays_needed(1025, 64), 128U);
  EXPECT_EQ(module.arrays_needed(8192, 64), 512U);
}

TEST(ReramDigital, row_blocks_copy_side_by_side) {
  const ReramDigitalModule module(ReramDigitalModule::Shape{}, ReramOpCycles{});
  EXPECT_EQ(module.score_rows(4, 10, 1024, 2).copies, 20U);
  EXPECT_EQ(module.score_rows(4, 10, 2048, 2).copies, 10U);
  EXPECT_EQ(module.weigh_rows(4, 11, 2048).copies, 6U);
  EXPECT_EQ(module.score_rows(4, 10, 1024, 2).additions, 2U);
}

TEST(Link, takes_whole_cycles) {
  const hw::Link oci{1000, 1e9};
  EXPECT_EQ(oci.cycles(0), 0U);
  EXPECT_EQ(oci.cycles(1), 1U);
  EXPECT_EQ(oci.cycles(1000), 1U);
  EXPECT_EQ(oci.cycles(1001), 2U);
  EXPECT_EQ((hw::Link{57, 500e6}.cycles(114)), 1U);
  EXPECT_EQ((hw::Link{57, 500e6}.cycles(115)), 2U);
}

TEST(Controller, sets_up_each_diagonal) { EXPECT_EQ(hw::ReramController{10}.cycles(64), 640U); }

// 45 ns are 22.5 cycles of 500 MHz, 64 words on 8 lanes are 8.
TEST(PimBanks, open_a_row_and_multiply_it_per_element) {
  const hw::PimBanks banks;
  EXPECT_EQ(banks.bank_cycles(512, 64), 31U);
  EXPECT_EQ(banks.bank_cycles(1024, 64), 61U);
}

TEST(PimBanks, all_but_one_bank_s_share_crosses) {
  EXPECT_EQ(hw::PimBanks{}.cross_bank_bytes(512, 64), 511U * 256);
  hw::PimBanks one;
  one.banks = 1;
  EXPECT_EQ(one.cross_bank_bytes(512, 64), 0U);
}

}  // namespace
}  // namespace nonzero
