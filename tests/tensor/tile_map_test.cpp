#include "nonzero/tensor/tile_map.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "support/tiles.h"

namespace nonzero {
namespace {

uint64_t pixels_of(const GreyPicture& picture, uint8_t shade) {
  return static_cast<uint64_t>(std::count(picture.pixels.begin(), picture.pixels.end(), shade));
}

RC_GTEST_PROP(TileMap, has_a_square_of_pixels_for_every_tile_hot_cold_or_empty, ()) {
  const auto rows = *rc::gen::inRange<uint64_t>(1, 60), columns = *rc::gen::inRange<uint64_t>(1, 60);
  const uint64_t side = *rc::gen::inRange<uint64_t>(1, 30);
  const TiledMatrix tiled = tile_matrix(test::scattered(rows, columns, *rc::gen::inRange<uint64_t>(0, 60), 1),
                                        {rows, columns, side, side});
  std::vector<TileType> of_tile;
  for (size_t t = 0; t < tiled.tiles.size(); ++t)
    of_tile.push_back(t % 3 == 0 ? TileType::hot : TileType::cold);
  const GreyPicture map = tile_map(tiled, of_tile);
  const uint64_t square = tile_square(tiled.grid) * tile_square(tiled.grid);
  const TileCounts counts = count_tiles(tiled, of_tile);
  RC_ASSERT(counts.hot + counts.cold + counts.empty == tiled.grid.tiles());
  RC_ASSERT(counts.hot_nnz + counts.cold_nnz == tiled.nnz);
  RC_ASSERT(pixels_of(map, kHotShade) == counts.hot * square);
  RC_ASSERT(pixels_of(map, kColdShade) == counts.cold * square);
  RC_ASSERT(pixels_of(map, kEmptyShade) == counts.empty * square);
  RC_ASSERT(map.pixels.size() == map.width * map.height);
}

TEST(TileMap, squares_stand_where_their_tiles_do) {
  const TiledMatrix tiled = tile_matrix(test::pattern_of(2, 3, {{0, 2}, {1, 0}}), {2, 3, 1, 1});
  const GreyPicture map = tile_map(tiled, std::vector<TileType>{TileType::hot, TileType::cold});
  const uint64_t square = 341;  // 1024 / 3
  EXPECT_EQ(map.width, 3 * square);
  EXPECT_EQ(map.height, 2 * square);
  EXPECT_EQ(map.pixels[0], kEmptyShade);
  EXPECT_EQ(map.pixels[2 * square], kHotShade);
  EXPECT_EQ(map.pixels[2 * square - 1], kEmptyShade);
  EXPECT_EQ(map.pixels[square * map.width], kColdShade);
  EXPECT_EQ(map.pixels[(square - 1) * map.width], kEmptyShade);
}

TEST(TileMap, longer_side_is_between_256_and_2048_pixels_unless_there_are_more_tiles) {
  for (uint64_t tiles = 1; tiles <= 2048; ++tiles) {
    const uint64_t side = tiles * tile_square({tiles, 1, 1, 1});
    ASSERT_GE(side, 256U);
    ASSERT_LE(side, 2048U);
  }
  EXPECT_EQ(tile_square({5000, 1, 1, 1}), 1U);
}

TEST(TileMap, densities_darken_with_the_logarithm_of_the_non_zeros) {
  const TiledMatrix tiled =
      tile_matrix(test::pattern_of(2, 4, {{0, 0}, {0, 1}, {1, 0}, {0, 2}}), {2, 4, 2, 2});
  const GreyPicture map = tile_densities(tiled);
  EXPECT_EQ(map.pixels[0], 0);                      // 3 non-zeros, the fullest
  EXPECT_EQ(map.pixels[map.width - 1], 255 - 128);  // 1 of 3: log 2 / log 4
}

TEST(TileMap, refuses_types_of_other_tiles_and_maps_beyond_memory) {
  const TiledMatrix tiled = tile_matrix(test::pattern_of(2, 2, {{0, 0}}), {2, 2, 1, 1});
  EXPECT_THROW(tile_map(tiled, std::vector<TileType>(2)), InputError);
  EXPECT_THROW(count_tiles(tiled, {}), InputError);
  TiledMatrix wide;
  wide.grid = {1000000, 1000000, 1, 1};
  EXPECT_THROW(tile_densities(wide), InputError);
}

}  // namespace
}  // namespace nonzero
