#include "nonzero/codesign/tile_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "nonzero/base/error.h"
#include "nonzero/codesign/tile_partition.h"
#include "support/tiles.h"

namespace nonzero {
namespace {

using testing::HasSubstr;

TEST(TileBytes, toy_of_the_paper_reads_one_row_cold_and_three_hot) {
  const TileGrid grid{3, 3, 3, 3};
  const TileMachine machine = test::spade_sextans();
  const auto din_rows = [&](const TileWorker& worker, uint64_t nnz) {
    return tile_bytes(grid, {0, 0, nnz, 1, 1}, worker, machine, 0).din /
           static_cast<double>(machine.row_bytes());
  };
  EXPECT_EQ(din_rows(machine.cold, 1), 1);
  EXPECT_EQ(din_rows(machine.hot, 1), 3);
  EXPECT_EQ(din_rows(machine.cold, 5), 5);
  EXPECT_EQ(din_rows(machine.hot, 5), 3);
}

TEST(TileBytes, follow_the_reuse_type_and_the_format) {
  const TileGrid grid{100, 100, 40, 30};
  const Tile edge{2, 3, 50, 7, 5};  // 20 rows x 10 columns
  const TileMachine machine = test::spade_sextans();
  TileWorker worker = machine.hot;
  const auto din = [&](TileReuse reuse) {
    worker.din = reuse;
    return tile_bytes(grid, edge, worker, machine, 0).din;
  };
  EXPECT_EQ(din(TileReuse::none), 50 * 128);
  EXPECT_EQ(din(TileReuse::demand), 5 * 128);
  EXPECT_EQ(din(TileReuse::stream), 10 * 128);
  EXPECT_EQ(tile_bytes(grid, edge, worker, machine, 7).total(), 600 + 10 * 128 + 2 * 7 * 128);
  worker.format = TileFormat::csr;
  EXPECT_EQ(tile_bytes(grid, edge, worker, machine, 0).a, 4 * (20 + 2 * 50));
  worker.din_cache_hit = 0.25;
  EXPECT_EQ(tile_bytes(grid, edge, worker, machine, 0).din, 0.75 * 10 * 128);
}

TEST(TileOverlap, tasks_side_by_side_count_with_the_longest_and_others_add) {
  const std::array<double, kTileTasks> tasks{1, 2, 4, 8, 16};  // read A, Din, Dout, MAC, write Dout
  EXPECT_EQ(TileOverlap{}.seconds(tasks), 23);
  EXPECT_EQ(parse_tile_overlap("mac-beside-memory").seconds(tasks), 23);
  EXPECT_EQ(parse_tile_overlap("all").seconds(tasks), 16);
  EXPECT_EQ(parse_tile_overlap("none").seconds(tasks), 31);
  EXPECT_EQ(parse_tile_overlap("read_a;read_din+read_dout|mac;write_dout").seconds(tasks), 1 + 8 + 16);
  EXPECT_EQ(parse_tile_overlap("read_a+read_din+read_dout+write_dout|mac"), TileOverlap{});
}

TEST(TileOverlap, refuses_unknown_missing_and_repeated_tasks) {
  for (const char* text : {"some", "", "read_a|mac", "read_a+read_a+read_din+read_dout+write_dout|mac",
                           "read_a+read_din+read_dout+write|mac"})
    EXPECT_THROW(parse_tile_overlap(text), InputError) << text;
}

TEST(TileNames, read_back_and_list_what_is_allowed) {
  for (const TileReuse reuse : {TileReuse::none, TileReuse::demand, TileReuse::stream, TileReuse::inter_tile})
    EXPECT_EQ(parse_tile_reuse(name_of(reuse)), reuse);
  for (const TileFormat format : {TileFormat::coo, TileFormat::csr})
    EXPECT_EQ(parse_tile_format(name_of(format)), format);
  for (const TileTraversal traversal : {TileTraversal::tiled, TileTraversal::untiled})
    EXPECT_EQ(parse_tile_traversal(name_of(traversal)), traversal);
  try {
    parse_tile_reuse("always");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("none, demand, stream, inter-tile"));
  }
}

struct RowB {
  uint32_t panel, column;
  uint64_t nnz;
  double hot_seconds, cold_seconds, hot_bytes, cold_bytes;
};

// Example B's table, by (row, column).
std::vector<RowB> table_b() {
  std::vector<RowB> rows{{0, 0, 64, 44.8, 358.4, 896, 1792}};
  for (const auto& [panel, column] : std::vector<std::pair<uint32_t, uint32_t>>{
           {0, 1}, {0, 2}, {1, 2}, {1, 3}, {2, 0}, {2, 3}, {3, 0}, {3, 1}})
    rows.push_back({panel, column, 2, 7.6, 11.2, 152, 56});
  for (const auto& [panel, column] :
       std::vector<std::pair<uint32_t, uint32_t>>{{0, 3}, {1, 0}, {2, 1}, {3, 2}})
    rows.push_back({panel, column, 1, 7.0, 5.6, 140, 28});
  for (const uint32_t i : {1U, 2U, 3U}) rows.push_back({i, i, 3, 8.2, 16.8, 164, 84});
  return rows;
}

TEST(TileModel, golden_example_b_costs) {
  const TiledMatrix tiled = tile_matrix(test::example_b(), {32, 32, 8, 8});
  EXPECT_EQ(tiled.nnz, 93U);
  const std::vector<TileCost> costs = maximum_reuse_costs(tiled, test::machine_b());
  const std::vector<RowB> table = table_b();
  ASSERT_EQ(costs.size(), 16U);
  ASSERT_EQ(table.size(), 16U);
  for (const RowB& row : table) {
    const uint64_t t = 4 * row.panel + row.column;
    EXPECT_EQ(tiled.tiles[t].nnz, row.nnz) << t;
    EXPECT_NEAR(costs[t].hot_seconds, row.hot_seconds, 1e-9) << t;
    EXPECT_NEAR(costs[t].cold_seconds, row.cold_seconds, 1e-9) << t;
    EXPECT_EQ(costs[t].hot_bytes, row.hot_bytes) << t;
    EXPECT_EQ(costs[t].cold_bytes, row.cold_bytes) << t;
  }
}

// Statistics of a matrix whose tiles are all filled and alike, each row beginning in its first tile.
TiledMatrix filled(uint64_t side, uint64_t nnz, uint64_t tile_side) {
  TiledMatrix tiled{{side, side, tile_side, tile_side}, nnz, {}, {}};
  const TileGrid& grid = tiled.grid;
  uint64_t left = nnz, tiles_left = grid.tiles();
  for (uint32_t p = 0; p < grid.panels(); ++p) {
    TilePanel panel{p * tile_side, grid.height(p), tiled.tiles.size(), grid.tile_columns(), {0}, {}};
    for (uint64_t row = 0; row < panel.rows; ++row) {
      panel.pieces.push_back({0, 1});
      panel.piece_offsets.push_back(panel.pieces.size());
    }
    for (uint32_t column = 0; column < grid.tile_columns(); ++column) {
      const uint64_t own = left / tiles_left--;
      left -= own;
      tiled.tiles.push_back({p, column, own, static_cast<uint32_t>(panel.rows), 1});
    }
    tiled.panels.push_back(std::move(panel));
  }
  return tiled;
}

TEST(TileModel, calibration_of_the_published_matrices_within_one_percent) {
  struct Row {
    uint64_t side, nnz, hot_bytes;
    double hot_ms, cold_ms;
  };
  for (const Row& row :
       {Row{434102, 32073440, 3440959360, 43.0, 34.8}, Row{524288, 43562265, 4951932204, 61.9, 47.1},
        Row{98303, 100245742, 1379107880, 17.2, 106.3}}) {
    const TiledMatrix tiled = filled(row.side, row.nnz, 8192);
    const TileMachine machine = test::spade_sextans();
    const TilePartition hot = homogeneous_partition(tiled, machine, TileType::hot);
    EXPECT_EQ(hot.prediction.total.hot.bytes, static_cast<double>(row.hot_bytes));
    EXPECT_NEAR(hot.seconds() * 1e3, row.hot_ms, 0.01 * row.hot_ms);
    const TilePartition cold = homogeneous_partition(tiled, machine, TileType::cold);
    EXPECT_NEAR(cold.seconds() * 1e3, row.cold_ms, 0.01 * row.cold_ms);
  }
}

// Serena's 170 x 170 tiles, of which 1,890 hold something.
TEST(TileModel, calibration_of_serena_with_its_non_empty_tiles) {
  TiledMatrix tiled = filled(1391349, 64131971, 8192);
  const uint64_t all = tiled.tiles.size();
  EXPECT_EQ(all, 28900U);
  const TilePartition cold = homogeneous_partition(tiled, test::spade_sextans(), TileType::cold);
  EXPECT_NEAR(cold.seconds() * 1e3, 70.6, 0.7);
  std::vector<Tile> kept;
  for (TilePanel& panel : tiled.panels) {
    const uint64_t first = panel.first_tile;
    panel.first_tile = kept.size();
    panel.tiles = panel.first_row / 8192 < 1890 % 170 ? 12 : 11;  // 170 * 11 + 20 = 1890
    for (uint64_t t = 0; t < panel.tiles; ++t) {
      kept.push_back(tiled.tiles[first + t]);
      kept.back().nnz = tiled.nnz / 1890;
    }
  }
  tiled.tiles = std::move(kept);
  EXPECT_EQ(tiled.tiles.size(), 1890U);
  const TilePartition hot = homogeneous_partition(tiled, test::spade_sextans(), TileType::hot);
  EXPECT_NEAR(hot.seconds() * 1e3, 38.8, 0.388);
}

TEST(TileModel, only_the_first_tile_and_the_first_rows_of_a_type_pay_for_inter_tile_reuse) {
  // x . x .   tiles of 2 x 1: panel 0 has tiles 0, 2, 3
  // . . x x
  const TiledMatrix tiled =
      tile_matrix(test::pattern_of(2, 4, {{0, 0}, {0, 2}, {1, 2}, {1, 3}}), {2, 4, 2, 1});
  const TileMachine machine = test::machine_b();  // rows of 16 bytes
  const auto hot = TileType::hot, cold = TileType::cold;
  const auto dout = [&](const std::vector<TileType>& of_tile) {
    const std::vector<OwnCost> after = costs_after_reuse(tiled, machine, of_tile);
    const std::vector<TileCost> before = maximum_reuse_costs(tiled, machine);
    std::vector<double> extra;
    for (size_t t = 0; t < after.size(); ++t)
      extra.push_back(after[t].bytes - (of_tile[t] == hot ? before[t].hot_bytes : before[t].cold_bytes));
    return extra;
  };
  EXPECT_THAT(dout({cold, cold, cold}), testing::ElementsAre(32, 32, 0));
  EXPECT_THAT(dout({hot, cold, cold}), testing::ElementsAre(64, 64, 0));
  EXPECT_THAT(dout({cold, hot, cold}), testing::ElementsAre(32, 64, 32));
  EXPECT_THAT(dout({cold, hot, hot}), testing::ElementsAre(32, 64, 0));
}

RC_GTEST_PROP(TileModel, reuse_pass_of_many_partitions_equals_each_alone_and_tile_by_tile, ()) {
  const auto rows = *rc::gen::inRange<uint64_t>(1, 60), columns = *rc::gen::inRange<uint64_t>(1, 60);
  const Csr csr =
      test::scattered(rows, columns, *rc::gen::inRange<uint64_t>(0, 300), *rc::gen::arbitrary<uint64_t>());
  const TiledMatrix tiled = tile_matrix(csr, {rows, columns, *rc::gen::inRange<uint64_t>(1, 20), 7});
  TileMachine machine = test::machine_b();
  machine.hot.traversal = *rc::gen::element(TileTraversal::tiled, TileTraversal::untiled);
  machine.cold.traversal = *rc::gen::element(TileTraversal::tiled, TileTraversal::untiled);
  machine.hot.dout =
      *rc::gen::element(TileReuse::inter_tile, TileReuse::demand, TileReuse::stream, TileReuse::none);
  std::vector<std::vector<TileType>> partitions(70);  // more than a walk takes
  Random random(*rc::gen::arbitrary<uint64_t>());
  for (std::vector<TileType>& of_tile : partitions)
    for (size_t t = 0; t < tiled.tiles.size(); ++t)
      of_tile.push_back(random.chance(0.5) ? TileType::hot : TileType::cold);
  const std::vector<SplitTotal> together = totals_after_reuse(tiled, machine, partitions);
  for (size_t p = 0; p < partitions.size(); ++p) {
    SplitTotal sum;
    const std::vector<OwnCost> costs = costs_after_reuse(tiled, machine, partitions[p]);
    for (size_t t = 0; t < costs.size(); ++t) {
      TypeTotal& own = partitions[p][t] == TileType::hot ? sum.hot : sum.cold;
      own.seconds += costs[t].seconds;
      own.bytes += costs[t].bytes;
      own.nnz += tiled.tiles[t].nnz;
    }
    RC_ASSERT(sum.hot.bytes == together[p].hot.bytes && sum.cold.bytes == together[p].cold.bytes);
    RC_ASSERT(sum.hot.nnz == together[p].hot.nnz && sum.cold.nnz == together[p].cold.nnz);
    RC_ASSERT(std::abs(sum.hot.seconds - together[p].hot.seconds) < 1e-6);
    RC_ASSERT(std::abs(sum.cold.seconds - together[p].cold.seconds) < 1e-6);
  }
}

// Cold multiply-accumulates grow with the operations; behind PCIe the hot ones do not.
TEST(TileModel, operations_slow_workers_that_count_them) {
  TileMachine machine = test::spade_sextans();
  machine.hot.nonzeros_per_second = 16e9;
  const auto mac = [&](const TileWorker& worker) {
    return tile_seconds({0, 0, 0}, 1000000, worker, machine);
  };
  const double hot = mac(machine.hot), cold = mac(machine.cold);
  machine.operations = 64;
  EXPECT_DOUBLE_EQ(mac(machine.cold), 32 * cold);
  EXPECT_EQ(mac(machine.hot), hot);
}

TEST(TileModel, predicted_phases_name_their_cause_and_homogeneous_runs_merge_nothing) {
  TileMachine machine = test::machine_of(1, 2, 10, 5);
  const SplitTotal total{{1, 0, 8, 100}, {1, 0, 6, 20}};
  const TilePrediction parallel = predict(total, TileMode::parallel, machine, 1);
  EXPECT_EQ(parallel.seconds(), 12 + 5);
  EXPECT_EQ(parallel.both, 12);
  EXPECT_EQ(parallel.cause, TileCause::bandwidth);
  const TilePrediction serial = predict(total, TileMode::serial, machine, 1);
  EXPECT_EQ(serial.hot, 10);
  EXPECT_EQ(serial.cold, 3);
  EXPECT_EQ(serial.merge, 0);
  machine.hot_link = 5;
  EXPECT_EQ(predict(total, TileMode::parallel, machine, 1).both, 20);
  EXPECT_EQ(predict(total, TileMode::serial, machine, 1).hot, 20);
  EXPECT_EQ(predict(total, TileMode::serial, machine, 1).cause, TileCause::hot_link);
  const SplitTotal alone{{}, {1, 0, 6, 20}};
  EXPECT_EQ(predict(alone, TileMode::parallel, machine, 1).seconds(), 3);
}

TEST(TileModel, merges_three_outputs_over_the_bandwidth_unless_told_or_atomic) {
  TileMachine machine = test::spade_sextans();
  EXPECT_DOUBLE_EQ(machine.merge_seconds(1000), 3.0 * 1000 * 128 / 205e9);
  machine.merge = 7;
  EXPECT_EQ(machine.merge_seconds(1000), 7);
  machine.atomic_output = true;
  EXPECT_EQ(machine.merge_seconds(1000), 0);
}

TEST(TileSide, is_the_largest_whose_din_and_dout_fit_half_a_scratchpad) {
  TileMachine machine = test::spade_sextans();
  EXPECT_EQ(largest_tile_side(machine), 8192U);
  machine.hot.scratchpad_bytes /= 4;
  EXPECT_EQ(largest_tile_side(machine), 2048U);
  EXPECT_NO_THROW(check_scratchpads({100000, 100000, 2048, 2048}, machine));
  try {
    check_scratchpads({100000, 100000, 2048, 2049}, machine);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("262272 bytes"));
    EXPECT_THAT(error.what(), HasSubstr("262144 bytes"));
  }
  machine.hot.scratchpad_bytes = 100;
  EXPECT_THROW(largest_tile_side(machine), InputError);
  machine.hot.scratchpad_bytes = 0;
  EXPECT_EQ(largest_tile_side(machine), std::nullopt);
}

TEST(TileSide, of_a_small_matrix_is_the_largest_power_of_two_with_sixteen_panels) {
  const auto side = [](uint64_t rows, uint64_t columns) {
    return choose_grid(rows, columns, 8192).grid.tile_height;
  };
  EXPECT_EQ(side(44609, 44609), 8192U);  // 36 tiles
  EXPECT_EQ(side(20000, 20000), 1024U);  // 9 tiles; 20 panels
  EXPECT_EQ(side(16 * 1024, 10), 1024U);
  EXPECT_EQ(side(15 * 1024, 10), 512U);
  EXPECT_EQ(side(15 * 1024 + 1, 10), 1024U);
  EXPECT_EQ(side(34, 34), 64U);
  EXPECT_EQ(side(0, 0), 64U);
  EXPECT_TRUE(choose_grid(34, 34, 8192).reduced);
  EXPECT_FALSE(choose_grid(34, 34, 64).reduced);
  EXPECT_FALSE(choose_grid(34, 34, 8192, false).reduced);
  EXPECT_EQ(choose_grid(34, 34, 32).grid.tile_height, 32U);
}

TEST(TileMachine, refuses_what_no_machine_has) {
  const auto refused = [](const auto& change) {
    TileMachine machine = test::spade_sextans();
    change(machine);
    EXPECT_THROW(validate(machine), InputError);
  };
  EXPECT_NO_THROW(validate(test::spade_sextans()));
  refused([](TileMachine& m) { m.columns = 0; });
  refused([](TileMachine& m) { m.bandwidth = 0; });
  refused([](TileMachine& m) { m.operations = 0.5; });
  refused([](TileMachine& m) { m.hot.count = m.cold.count = 0; });
  refused([](TileMachine& m) { m.hot.flops = -1; });
  refused([](TileMachine& m) { m.cold.vis_lat = 0; });
  refused([](TileMachine& m) { m.cold.din = TileReuse::inter_tile; });
  refused([](TileMachine& m) { m.cold.din_cache_hit = 1; });
  refused([](TileMachine& m) { m.hot_link = -1; });
}

}  // namespace
}  // namespace nonzero
