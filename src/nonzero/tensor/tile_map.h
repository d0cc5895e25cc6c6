#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/tensor/tiles.h"

namespace nonzero {

// Shades of grey, row-major, 0 black.
struct GreyPicture {
  uint64_t width = 0, height = 0;
  std::vector<uint8_t> pixels;
  bool operator==(const GreyPicture&) const = default;
};

inline constexpr uint8_t kHotShade = 0, kColdShade = 255, kEmptyShade = 200;

// Side in pixels of a tile's square: the map's longer side is between 513 and 1024 pixels where it has at
// most as many tiles; beyond, a tile is a pixel.
uint64_t tile_square(const TileGrid& grid);

// A square per tile of the grid: hot black, cold white, empty light grey. Throws InputError where the map
// would have more than 2^28 pixels or `of_tile` is not one type per tile.
GreyPicture tile_map(const TiledMatrix& matrix, std::span<const TileType> of_tile);
// Non-zeros per tile on a logarithmic scale: empty white, the fullest black.
GreyPicture tile_densities(const TiledMatrix& matrix);

struct TileCounts {
  uint64_t hot = 0, cold = 0, empty = 0;
  uint64_t hot_nnz = 0, cold_nnz = 0;
};
TileCounts count_tiles(const TiledMatrix& matrix, std::span<const TileType> of_tile);

}  // namespace nonzero
