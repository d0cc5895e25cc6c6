#include "nonzero/codesign/tile_partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "nonzero/base/error.h"
#include "support/tiles.h"

namespace nonzero {
namespace {

using testing::ElementsAre;

constexpr std::array kAll{TileHeuristic::min_time_parallel, TileHeuristic::min_time_serial,
                          TileHeuristic::min_byte_parallel, TileHeuristic::min_byte_serial};

double predicted(std::span<const TileCost> costs, const std::vector<TileType>& of_tile, TileMode mode,
                 const TileMachine& machine) {
  return predict(total_of(costs, of_tile), mode, machine, 1).seconds();
}

struct ExampleA {
  std::vector<TileCost> costs{{4, 40, 100, 400}, {4, 24, 100, 240}, {4, 10, 100, 100},
                              {4, 6, 100, 60},   {4, 2, 100, 20},   {4, 1, 100, 10}};
  TileMachine machine = test::machine_of(1, 2, 25, 6);
};

TEST(TilePartition, golden_example_a_heuristics) {
  const ExampleA a;
  struct Row {
    TileHeuristic heuristic;
    std::vector<double> objectives;
    std::vector<uint64_t> hot;
    double prediction;
  };
  const std::vector<Row> rows{
      {TileHeuristic::min_time_parallel, {41.5, 21.5, 9.5, 12, 16, 20, 24}, {0, 1}, 21.6},
      {TileHeuristic::min_time_serial, {41.5, 25.5, 17.5, 16.5, 17.5, 20.5, 24}, {0, 1, 2}, 16.5},
      {TileHeuristic::min_byte_parallel, {830, 530, 390, 390, 430, 510, 600}, {0, 1}, 21.6},
      {TileHeuristic::min_byte_serial, {830, 530, 390, 390, 430, 510, 600}, {0, 1}, 17.5}};
  PartitionOptions scan;
  scan.full_scan = true;
  for (const Row& row : rows) {
    const TileCut cut = cut_tiles(a.costs, row.heuristic, a.machine);
    EXPECT_EQ(test::hot_tiles(cut.of_tile), row.hot) << name_of(row.heuristic);
    EXPECT_EQ(cut.hot_tiles, row.hot.size());
    EXPECT_EQ(cut.objectives.size(), row.hot.size() + 2);  // it stops at the first that is no better
    EXPECT_NEAR(predicted(a.costs, cut.of_tile, mode_of(row.heuristic), a.machine), row.prediction, 1e-12);
    EXPECT_EQ(cut_tiles(a.costs, row.heuristic, a.machine, scan).objectives, row.objectives);
  }
}

TEST(TilePartition, golden_example_a_oracles_and_homogeneous_runs) {
  const ExampleA a;
  EXPECT_NEAR(exhaustive_split(a.costs, TileMode::serial, a.machine, 1).prediction.seconds(), 16.5, 1e-12);
  EXPECT_NEAR(exhaustive_split(a.costs, TileMode::parallel, a.machine, 1).prediction.seconds(), 21.6, 1e-12);
  EXPECT_EQ(predicted(a.costs, std::vector<TileType>(6, TileType::hot), TileMode::parallel, a.machine), 24);
  EXPECT_EQ(predicted(a.costs, std::vector<TileType>(6, TileType::cold), TileMode::parallel, a.machine),
            41.5);
}

TEST(TilePartition, golden_cutoff_trap_is_left_by_a_full_scan) {
  const std::vector<TileCost> costs{{4, 14, 0, 0}, {1, 9, 0, 0}};
  const TileMachine machine = test::machine_of(1, 4, 1, 0);
  const TileCut published = cut_tiles(costs, TileHeuristic::min_time_serial, machine);
  EXPECT_EQ(published.hot_tiles, 0U);
  EXPECT_THAT(published.objectives, ElementsAre(5.75, 6.25));
  PartitionOptions options;
  options.full_scan = true;
  const TileCut scanned = cut_tiles(costs, TileHeuristic::min_time_serial, machine, options);
  EXPECT_EQ(scanned.hot_tiles, 2U);
  EXPECT_THAT(scanned.objectives, ElementsAre(5.75, 6.25, 5.0));
}

TEST(TilePartition, scaled_key_sorts_by_what_each_type_has_workers_for) {
  // Hot minus cold: -10 and -9; over 1 and 10 workers: +1.0 and -0.1.
  const std::vector<TileCost> costs{{3, 13, 0, 0}, {1, 11, 0, 0}};
  const TileMachine machine = test::machine_of(1, 10, 1, 0);
  PartitionOptions scaled;
  scaled.scaled_key = true;
  EXPECT_THAT(test::hot_tiles(cut_tiles(costs, TileHeuristic::min_time_serial, machine).of_tile),
              testing::IsEmpty());
  EXPECT_THAT(test::hot_tiles(cut_tiles(costs, TileHeuristic::min_time_serial, machine, scaled).of_tile),
              ElementsAre(1));
}

struct ExampleB {
  TiledMatrix tiled = tile_matrix(test::example_b(), {32, 32, 8, 8});
  TileMachine machine = test::machine_b();
};

TEST(TilePartition, golden_example_b_decision) {
  const ExampleB b;
  const std::vector<TilePartition> found = heuristic_partitions(b.tiled, b.machine);
  ASSERT_EQ(found.size(), 4U);
  struct Row {
    std::vector<uint64_t> hot;
    double before, after;
  };
  const std::vector<Row> rows{
      {{0, 5, 10}, 88.4, 162.0}, {{0, 5, 10, 15}, 125.4, 240.6}, {{0}, 105.2, 198.0}, {{0}, 126.0, 231.6}};
  for (size_t h = 0; h < 4; ++h) {
    EXPECT_EQ(found[h].name, name_of(kAll[h]));
    EXPECT_EQ(test::hot_tiles(found[h].of_tile), rows[h].hot) << found[h].name;
    EXPECT_NEAR(found[h].maximum_reuse.seconds(), rows[h].before, 1e-9) << found[h].name;
    EXPECT_NEAR(found[h].seconds(), rows[h].after, 1e-9) << found[h].name;
    EXPECT_EQ(heuristic_partition(b.tiled, b.machine, kAll[h]).of_tile, found[h].of_tile);
  }
  EXPECT_EQ(best_of(found).name, "min-time-parallel");
  EXPECT_EQ(hottiles_partition(b.tiled, b.machine).of_tile, found[0].of_tile);
  EXPECT_NEAR(homogeneous_partition(b.tiled, b.machine, TileType::hot).seconds(), 209.4, 1e-9);
  EXPECT_NEAR(homogeneous_partition(b.tiled, b.machine, TileType::cold).seconds(), 362.8, 1e-9);
}

TEST(TilePartition, golden_example_b_oracles) {
  const ExampleB b;
  const TilePartition before = exhaustive_oracle(b.tiled, b.machine, TileJudge::maximum_reuse);
  EXPECT_NEAR(before.maximum_reuse.seconds(), 88.4, 1e-9);
  EXPECT_THAT(test::hot_tiles(before.of_tile), ElementsAre(0, 5, 10));
  const TilePartition after = exhaustive_oracle(b.tiled, b.machine);
  EXPECT_NEAR(after.seconds(), 133.0, 1e-9);
  EXPECT_EQ(after.mode, TileMode::parallel);
  EXPECT_THAT(test::hot_tiles(after.of_tile), ElementsAre(0, 1, 2, 5, 6, 7));
}

TEST(TilePartition, golden_example_b_unaware_of_its_non_zeros) {
  const ExampleB b;
  EXPECT_NEAR(unaware_hot_fraction(b.tiled, b.machine), 0.4157, 5e-5);
  const TilePartition drawn = unaware_partition(b.tiled, b.machine, 1);
  EXPECT_EQ(drawn.hot_tiles(), 7U);
  EXPECT_EQ(drawn.mode, TileMode::parallel);
  EXPECT_EQ(unaware_partition(b.tiled, b.machine, 1).of_tile, drawn.of_tile);
  EXPECT_NE(unaware_partition(b.tiled, b.machine, 2).of_tile, drawn.of_tile);
}

// Tiles as a matrix might have them: hot ones pay for their width, cold ones by non-zero.
std::vector<TileCost> drawn_costs(Random& random, uint64_t tiles) {
  std::vector<TileCost> costs(tiles);
  for (TileCost& cost : costs)
    cost = {1 + 9 * random.unit(), 1 + 99 * random.unit(), 1 + 99 * random.unit(), 1 + 399 * random.unit()};
  return costs;
}

TEST(TilePartition, no_heuristic_beats_the_oracle_of_its_mode) {
  Random random(11);
  for (int i = 0; i < 500; ++i) {
    const std::vector<TileCost> costs = drawn_costs(random, 1 + random.below(12));
    const TileMachine machine = test::machine_of(1 + static_cast<uint32_t>(random.below(3)),
                                                 1 + static_cast<uint32_t>(random.below(8)),
                                                 1 + 50 * random.unit(), 20 * random.unit());
    for (const TileMode mode : {TileMode::parallel, TileMode::serial}) {
      const double least = exhaustive_split(costs, mode, machine, 1).prediction.seconds();
      for (const TileHeuristic heuristic : kAll)
        if (mode_of(heuristic) == mode) {
          ASSERT_GE(predicted(costs, cut_tiles(costs, heuristic, machine).of_tile, mode, machine),
                    least - 1e-9);
        }
    }
  }
}

TEST(TilePartition, min_time_parallel_is_near_the_oracle_where_bandwidth_is_infinite) {
  Random random(12);
  double sum = 0;
  for (int i = 0; i < 500; ++i) {
    const std::vector<TileCost> costs = drawn_costs(random, 2 + random.below(9));
    const TileMachine machine = test::machine_of(1, 1 + static_cast<uint32_t>(random.below(8)), 1e18, 0);
    const double least = exhaustive_split(costs, TileMode::parallel, machine, 1).prediction.seconds();
    sum += predicted(costs, cut_tiles(costs, TileHeuristic::min_time_parallel, machine).of_tile,
                     TileMode::parallel, machine) /
           least;
  }
  EXPECT_LE(sum / 500, 1.10);
}

// A matrix, a grid and a machine that fit each other.
struct Drawn {
  explicit Drawn(uint64_t most_tiles) {
    const auto rows = *rc::gen::inRange<uint64_t>(1, 80), columns = *rc::gen::inRange<uint64_t>(1, 80);
    const auto nnz = *rc::gen::inRange<uint64_t>(0, 400);
    uint64_t side = *rc::gen::inRange<uint64_t>(4, 40);
    while (TileGrid{rows, columns, side, side}.tiles() > most_tiles) ++side;
    tiled = tile_matrix(test::scattered(rows, columns, nnz, *rc::gen::arbitrary<uint64_t>()),
                        {rows, columns, side, side});
    machine.hot.count = *rc::gen::inRange<uint32_t>(1, 4);
    machine.cold.count = *rc::gen::inRange<uint32_t>(1, 20);
    machine.hot.dout = *rc::gen::element(TileReuse::inter_tile, TileReuse::demand, TileReuse::stream);
    machine.cold.traversal = *rc::gen::element(TileTraversal::untiled, TileTraversal::tiled);
    machine.bandwidth = *rc::gen::element(1.0, 16.0, 64.0, 1e12);
    machine.merge = *rc::gen::element(0.0, 24.0, 1e6);
    machine.atomic_output = *rc::gen::arbitrary<bool>();
  }
  TiledMatrix tiled;
  TileMachine machine = test::machine_b();
};

RC_GTEST_PROP(TilePartition, every_tile_has_one_type_and_oracles_are_never_above_the_heuristics, ()) {
  const Drawn drawn(12);
  PartitionOptions options;
  options.cross_mode = *rc::gen::arbitrary<bool>();
  options.full_scan = *rc::gen::arbitrary<bool>();
  options.scaled_key = *rc::gen::arbitrary<bool>();
  const TilePartition before = exhaustive_oracle(drawn.tiled, drawn.machine, TileJudge::maximum_reuse);
  const TilePartition after = exhaustive_oracle(drawn.tiled, drawn.machine);
  const TilePartition cut_before = cutoff_oracle(drawn.tiled, drawn.machine, TileJudge::maximum_reuse);
  const TilePartition cut_after = cutoff_oracle(drawn.tiled, drawn.machine);
  RC_ASSERT(before.maximum_reuse.seconds() <= cut_before.maximum_reuse.seconds() * (1 + 1e-9));
  RC_ASSERT(after.seconds() <= cut_after.seconds() * (1 + 1e-9));
  for (const TilePartition& found : heuristic_partitions(drawn.tiled, drawn.machine, options)) {
    const SplitTotal& total = found.prediction.total;
    RC_ASSERT(found.of_tile.size() == drawn.tiled.tiles.size());
    RC_ASSERT(total.hot.tiles + total.cold.tiles == drawn.tiled.tiles.size());
    RC_ASSERT(total.hot.nnz + total.cold.nnz == drawn.tiled.nnz);
    RC_ASSERT(before.maximum_reuse.seconds() <= found.maximum_reuse.seconds() * (1 + 1e-9));
    RC_ASSERT(after.seconds() <= found.seconds() * (1 + 1e-9));
    if (options.scaled_key) continue;
    RC_ASSERT(cut_before.maximum_reuse.seconds() <= found.maximum_reuse.seconds() * (1 + 1e-9));
    RC_ASSERT(cut_after.seconds() <= found.seconds() * (1 + 1e-9));
  }
}

// The oracles against all splits judged one by one.
RC_GTEST_PROP(TilePartition, exhaustive_oracle_equals_judging_every_split, ()) {
  const Drawn drawn(7);
  const uint64_t tiles = drawn.tiled.tiles.size();
  double least = std::numeric_limits<double>::infinity();
  for (uint64_t split = 0; split < uint64_t{1} << tiles; ++split) {
    std::vector<TileType> of_tile(tiles);
    for (uint64_t t = 0; t < tiles; ++t) of_tile[t] = (split >> t & 1U) != 0 ? TileType::hot : TileType::cold;
    for (const TileMode mode : {TileMode::parallel, TileMode::serial})
      if (mode == TileMode::parallel || !drawn.machine.atomic_output)
        least = std::min(least, judged_partition("", mode, of_tile, drawn.tiled, drawn.machine).seconds());
  }
  RC_ASSERT(std::abs(exhaustive_oracle(drawn.tiled, drawn.machine).seconds() - least) <= 1e-9 * least);
}

RC_GTEST_PROP(TilePartition, with_homogeneous_candidates_is_never_above_either, ()) {
  const Drawn drawn(200);
  PartitionOptions options;
  options.include_homogeneous = true;
  const double best = hottiles_partition(drawn.tiled, drawn.machine, options).seconds();
  RC_ASSERT(best <= homogeneous_partition(drawn.tiled, drawn.machine, TileType::hot).seconds());
  RC_ASSERT(best <= homogeneous_partition(drawn.tiled, drawn.machine, TileType::cold).seconds());
}

RC_GTEST_PROP(TilePartition, without_workers_of_a_type_is_the_homogeneous_one, ()) {
  Drawn drawn(200);
  const auto count = drawn.machine.hot.count;
  for (const TileType type : {TileType::cold, TileType::hot}) {
    drawn.machine.hot.count = type == TileType::hot ? count : 0;
    drawn.machine.cold.count = type == TileType::hot ? 0 : 3;
    const TilePartition found = hottiles_partition(drawn.tiled, drawn.machine);
    RC_ASSERT(found.of_tile == std::vector<TileType>(drawn.tiled.tiles.size(), type));
    RC_ASSERT(found.seconds() == homogeneous_partition(drawn.tiled, drawn.machine, type).seconds());
    RC_ASSERT(unaware_partition(drawn.tiled, drawn.machine).of_tile == found.of_tile);
  }
}

RC_GTEST_PROP(TilePartition, more_bandwidth_never_raises_a_prediction, ()) {
  Drawn drawn(200);
  const std::vector<TilePartition> before = heuristic_partitions(drawn.tiled, drawn.machine);
  drawn.machine.bandwidth *= *rc::gen::element(1.5, 2.0, 100.0);
  const std::vector<TilePartition> after = heuristic_partitions(drawn.tiled, drawn.machine);
  for (size_t h = 0; h < before.size(); ++h) RC_ASSERT(after[h].seconds() <= before[h].seconds());
}

TEST(TilePartition, an_endless_merge_makes_a_serial_heuristic_win_and_a_free_one_a_parallel) {
  ExampleB b;
  b.machine.merge = 1e12;
  EXPECT_EQ(hottiles_partition(b.tiled, b.machine).mode, TileMode::serial);
  b.machine.merge = 0;
  b.machine.bandwidth = 1e18;
  EXPECT_EQ(hottiles_partition(b.tiled, b.machine).mode, TileMode::parallel);
}

// A dense block on a sparse ground. Behind PCIe hot workers take 20 non-zeros a cycle whatever the
// operations.
TEST(TilePartition, more_operations_never_send_non_zeros_away_from_workers_that_do_not_mind) {
  std::set<std::pair<uint32_t, uint32_t>> positions;
  Random random(5);
  for (uint32_t i = 0; i < 20000; ++i) {
    const uint64_t row = random.below(1024), column = random.below(1024);
    positions.insert({static_cast<uint32_t>(row), static_cast<uint32_t>(i % 4 == 0 ? column : column / 8)});
  }
  const TiledMatrix tiled = tile_matrix(test::pattern_of(1024, 1024, positions), {1024, 1024, 64, 64});
  TileMachine machine = test::spade_sextans();
  machine.hot.nonzeros_per_second = 16e9;
  machine.hot_link = 32e9;
  double before = hottiles_partition(tiled, machine).hot_nnz_share();
  EXPECT_GT(before, 0);
  EXPECT_LT(before, 1);
  for (machine.operations = 4; machine.operations <= 64; machine.operations *= 2) {
    const double share = hottiles_partition(tiled, machine).hot_nnz_share();
    EXPECT_GE(share, before) << machine.operations;
    before = share;
  }
}

TEST(TilePartition, with_one_atomic_output_runs_in_parallel_only) {
  ExampleB b;
  b.machine.atomic_output = true;
  const std::vector<TilePartition> found = heuristic_partitions(b.tiled, b.machine);
  ASSERT_EQ(found.size(), 2U);
  for (const TilePartition& partition : found) {
    EXPECT_EQ(partition.mode, TileMode::parallel);
    EXPECT_EQ(partition.prediction.merge, 0);
  }
  EXPECT_THROW(heuristic_partition(b.tiled, b.machine, TileHeuristic::min_time_serial), InputError);
  EXPECT_THROW(judged_partition("mine", TileMode::serial, found[0].of_tile, b.tiled, b.machine), InputError);
}

TEST(TilePartition, of_an_empty_matrix_takes_no_time) {
  const TiledMatrix tiled = tile_matrix({9, 9, std::vector<uint64_t>(10), {}, {}}, {9, 9, 4, 4});
  const TileMachine machine = test::machine_b();
  EXPECT_EQ(hottiles_partition(tiled, machine).seconds(), 0);
  EXPECT_EQ(unaware_partition(tiled, machine).seconds(), 0);
  EXPECT_EQ(exhaustive_oracle(tiled, machine).seconds(), 0);
  EXPECT_EQ(cutoff_oracle(tiled, machine).seconds(), 0);
  EXPECT_EQ(hottiles_partition(tiled, machine).hot_nnz_share(), 0);
}

TEST(TilePartition, refuses_too_many_tiles_for_an_oracle_a_type_without_workers_and_another_length) {
  const TiledMatrix tiled = tile_matrix(test::scattered(60, 60, 2000, 1), {60, 60, 10, 10});
  TileMachine machine = test::machine_b();
  EXPECT_THROW(exhaustive_oracle(tiled, machine), InputError);
  EXPECT_THROW(exhaustive_split(std::vector<TileCost>(21), TileMode::parallel, machine, 1), InputError);
  EXPECT_THROW(judged_partition("", TileMode::parallel, {TileType::hot}, tiled, machine), InputError);
  machine.hot.count = 0;
  EXPECT_THROW(homogeneous_partition(tiled, machine, TileType::hot), InputError);
  EXPECT_THROW(best_of({}), InputError);
  EXPECT_THROW(parse_tile_heuristic("max-time"), InputError);
}

}  // namespace
}  // namespace nonzero
