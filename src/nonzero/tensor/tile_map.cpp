#include "nonzero/tensor/tile_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

constexpr uint64_t kSide = 1024, kMostPixels = uint64_t{1} << 28U;

// shade(t) for the square of tile t; `empty` elsewhere.
template <class Shade>
GreyPicture picture(const TiledMatrix& matrix, uint8_t empty, const Shade& shade) {
  const uint64_t square = tile_square(matrix.grid);
  GreyPicture out{matrix.grid.tile_columns() * square, matrix.grid.panels() * square, {}};
  if (out.height > 0 && out.width > kMostPixels / out.height)
    throw InputError(fmt::format("a map of {} x {} tiles", matrix.grid.panels(), matrix.grid.tile_columns()),
                     fmt::format("allowed: at most {} pixels; take larger tiles", kMostPixels));
  out.pixels.assign(out.width * out.height, empty);
  for (size_t t = 0; t < matrix.tiles.size(); ++t) {
    const Tile& tile = matrix.tiles[t];
    for (uint64_t line = tile.panel * square; line < (tile.panel + 1) * square; ++line)
      std::fill_n(out.pixels.begin() + static_cast<int64_t>(line * out.width + tile.column * square), square,
                  shade(t));
  }
  return out;
}

void check_length(const TiledMatrix& matrix, std::span<const TileType> of_tile) {
  if (of_tile.size() != matrix.tiles.size())
    throw InputError(fmt::format("types of {} tiles", of_tile.size()),
                     fmt::format("expected: {}", matrix.tiles.size()));
}

}  // namespace

uint64_t tile_square(const TileGrid& grid) {
  return std::max<uint64_t>(1, kSide / std::max<uint64_t>(1, std::max(grid.panels(), grid.tile_columns())));
}

GreyPicture tile_map(const TiledMatrix& matrix, std::span<const TileType> of_tile) {
  check_length(matrix, of_tile);
  return picture(matrix, kEmptyShade,
                 [&](size_t t) { return of_tile[t] == TileType::hot ? kHotShade : kColdShade; });
}

GreyPicture tile_densities(const TiledMatrix& matrix) {
  uint64_t most = 1;
  for (const Tile& tile : matrix.tiles) most = std::max(most, tile.nnz);
  const double scale = std::log1p(static_cast<double>(most));
  return picture(matrix, 255, [&](size_t t) {
    return static_cast<uint8_t>(
        255 - std::lround(255 * std::log1p(static_cast<double>(matrix.tiles[t].nnz)) / scale));
  });
}

TileCounts count_tiles(const TiledMatrix& matrix, std::span<const TileType> of_tile) {
  check_length(matrix, of_tile);
  TileCounts counts;
  for (size_t t = 0; t < of_tile.size(); ++t) {
    const bool hot = of_tile[t] == TileType::hot;
    ++(hot ? counts.hot : counts.cold);
    (hot ? counts.hot_nnz : counts.cold_nnz) += matrix.tiles[t].nnz;
  }
  counts.empty = matrix.grid.tiles() - of_tile.size();
  return counts;
}

}  // namespace nonzero
