#include "nonzero/tensor/tiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <tbb/global_control.h>

#include <map>

#include "nonzero/base/error.h"
#include "support/tiles.h"

namespace nonzero {
namespace {

using testing::ElementsAre;

// Counted position by position.
TiledMatrix plain_tiles(const Csr& csr, const TileGrid& grid) {
  struct Found {
    uint64_t nnz = 0;
    std::set<uint32_t> rows, columns;
  };
  TiledMatrix tiled{grid, csr.nnz(), {}, std::vector<TilePanel>(grid.panels())};
  for (uint32_t p = 0; p < grid.panels(); ++p) {
    TilePanel& panel = tiled.panels[p];
    panel = {p * grid.tile_height, grid.height(p), tiled.tiles.size(), 0, {0}, {}};
    std::map<uint32_t, Found> found;
    for (uint64_t row = panel.first_row; row < panel.first_row + panel.rows; ++row)
      for (const uint32_t column : csr.fiber(row)) {
        Found& tile = found[static_cast<uint32_t>(column / grid.tile_width)];
        ++tile.nnz;
        tile.rows.insert(static_cast<uint32_t>(row));
        tile.columns.insert(column);
      }
    std::map<uint32_t, uint32_t> local;
    for (const auto& [column, tile] : found) {
      local[column] = static_cast<uint32_t>(panel.tiles++);
      tiled.tiles.push_back({p, column, tile.nnz, static_cast<uint32_t>(tile.rows.size()),
                             static_cast<uint32_t>(tile.columns.size())});
    }
    for (uint64_t row = panel.first_row; row < panel.first_row + panel.rows; ++row) {
      for (const uint32_t column : csr.fiber(row)) {
        const uint32_t tile = local[static_cast<uint32_t>(column / grid.tile_width)];
        if (panel.pieces.size() == panel.piece_offsets.back() || panel.pieces.back().tile != tile)
          panel.pieces.push_back({tile, 0});
        ++panel.pieces.back().nnz;
      }
      panel.piece_offsets.push_back(panel.pieces.size());
    }
  }
  return tiled;
}

// x x . . .     tiles of 2 x 2, edges 2 x 1, 1 x 2 and 1 x 1
// . x . . x
// . . . . x
TEST(Tiles, counts_rows_columns_and_pieces_of_every_tile_that_holds_something) {
  const Csr csr = test::pattern_of(3, 5, {{0, 0}, {0, 1}, {1, 1}, {1, 4}, {2, 4}});
  const TiledMatrix tiled = tile_matrix(csr, {3, 5, 2, 2});
  EXPECT_THAT(tiled.tiles, ElementsAre(Tile{0, 0, 3, 2, 2}, Tile{0, 2, 1, 1, 1}, Tile{1, 2, 1, 1, 1}));
  EXPECT_EQ(tiled.grid.tiles(), 6U);
  ASSERT_EQ(tiled.panels.size(), 2U);
  EXPECT_THAT(tiled.panels[0].pieces, ElementsAre(TilePiece{0, 2}, TilePiece{0, 1}, TilePiece{1, 1}));
  EXPECT_THAT(tiled.panels[0].piece_offsets, ElementsAre(0, 1, 3));
  EXPECT_EQ(tiled.panels[1].first_tile, 2U);
  EXPECT_EQ(tiled.panels[1].rows, 1U);
}

RC_GTEST_PROP(Tiles, equal_a_count_position_by_position, ()) {
  const auto rows = *rc::gen::inRange<uint64_t>(0, 70), columns = *rc::gen::inRange<uint64_t>(0, 300);
  const Csr csr =
      test::scattered(rows, columns, *rc::gen::inRange<uint64_t>(0, 600), *rc::gen::arbitrary<uint64_t>());
  const TileGrid grid{rows, columns, *rc::gen::inRange<uint64_t>(1, 80), *rc::gen::inRange<uint64_t>(1, 320)};
  RC_ASSERT(tile_matrix(csr, grid) == plain_tiles(csr, grid));
}

TEST(Tiles, do_not_depend_on_the_number_of_threads) {
  const Csr csr = test::scattered(500, 700, 20000, 3);
  const TileGrid grid{500, 700, 32, 64};
  const TiledMatrix many = tile_matrix(csr, grid);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(tile_matrix(csr, grid), many);
}

TEST(Tiles, of_a_matrix_without_rows_or_non_zeros_are_none) {
  EXPECT_TRUE(tile_matrix({0, 0, {0}, {}, {}}, {0, 0, 8, 8}).tiles.empty());
  const TiledMatrix tiled = tile_matrix({5, 9, {0, 0, 0, 0, 0, 0}, {}, {}}, {5, 9, 4, 4});
  EXPECT_TRUE(tiled.tiles.empty());
  EXPECT_EQ(tiled.panels.size(), 2U);
  EXPECT_TRUE(tiled.panels[1].of_row(0).empty());
}

TEST(Tiles, refuse_sides_of_zero_sizes_beyond_31_bits_and_another_shape) {
  const Csr csr{5, 9, {0, 0, 0, 0, 0, 0}, {}, {}};
  EXPECT_THROW(tile_matrix(csr, {5, 9, 0, 4}), InputError);
  EXPECT_THROW(tile_matrix(csr, {5, 9, 4, 0}), InputError);
  EXPECT_THROW(tile_matrix(csr, {9, 5, 4, 4}), InputError);
  EXPECT_THROW(validate(TileGrid{uint64_t{1} << 31U, 1, 1, 1}), InputError);
  EXPECT_NO_THROW(validate(TileGrid{(uint64_t{1} << 31U) - 1, 1, 1, 1}));
}

}  // namespace
}  // namespace nonzero
