#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nonzero/base/math.h"
#include "nonzero/tensor/formats.h"

namespace nonzero {

// A matrix cut into tiles, as machines with two kinds of workers see it (HotTiles, HPCA 2024, section III).

// Tiles of tile_height rows x tile_width columns; those at the lower and right edge are smaller. A row of
// tiles is a panel.
struct TileGrid {
  uint64_t rows = 0, columns = 0;
  uint64_t tile_height = 1, tile_width = 1;

  [[nodiscard]] uint64_t panels() const { return ceil_div(rows, tile_height); }
  [[nodiscard]] uint64_t tile_columns() const { return ceil_div(columns, tile_width); }
  [[nodiscard]] uint64_t tiles() const { return panels() * tile_columns(); }  // empty ones too
  [[nodiscard]] uint64_t height(uint64_t panel) const {
    return std::min(tile_height, rows - panel * tile_height);
  }
  [[nodiscard]] uint64_t width(uint64_t tile_column) const {
    return std::min(tile_width, columns - tile_column * tile_width);
  }
  bool operator==(const TileGrid&) const = default;
};

// Throws InputError where a side of the tiles is 0 or a side of the matrix is above 2^31 - 1; the
// message names `source` where it is not empty.
void validate(const TileGrid& grid, const std::string& source = "");

// A tile that holds a non-zero.
struct Tile {
  uint32_t panel = 0, column = 0;  // of the grid
  uint64_t nnz = 0;
  uint32_t distinct_rows = 0, distinct_columns = 0;  // that hold a non-zero of the tile
  bool operator==(const Tile&) const = default;
};

// The non-zeros of one row inside one tile: the next `nnz` of the row's fiber.
struct TilePiece {
  uint32_t tile = 0;  // counts from the panel's first_tile
  uint32_t nnz = 0;
  bool operator==(const TilePiece&) const = default;
};

// Row r of the matrix is row r - first_row here; its pieces cover its fiber from left to right.
struct TilePanel {
  uint64_t first_row = 0, rows = 0;
  uint64_t first_tile = 0, tiles = 0;   // tiles[first_tile .. first_tile + tiles) of the matrix
  std::vector<uint64_t> piece_offsets;  // rows + 1
  std::vector<TilePiece> pieces;

  [[nodiscard]] std::span<const TilePiece> of_row(uint64_t row) const {
    return std::span(pieces).subspan(piece_offsets[row], piece_offsets[row + 1] - piece_offsets[row]);
  }
  bool operator==(const TilePanel&) const = default;
};

struct TiledMatrix {
  TileGrid grid;
  uint64_t nnz = 0;
  std::vector<Tile> tiles;  // those with a non-zero, by panel, then column
  std::vector<TilePanel> panels;

  [[nodiscard]] const Tile& tile(const TilePanel& panel, const TilePiece& piece) const {
    return tiles[panel.first_tile + piece.tile];
  }
  bool operator==(const TiledMatrix&) const = default;
};

// One pass over the positions of `csr` (values are not looked at), panels side by side; the result does not
// depend on the number of threads. Stored zeros count as non-zeros: drop them first. Throws InputError as
// validate() and where the shapes differ.
TiledMatrix tile_matrix(const Csr& csr, const TileGrid& grid);

// Which kind of worker a tile goes to.
enum class TileType : uint8_t { cold, hot };
// Words of A: row, column and value of each non-zero, or a length per row (of a tile, where it goes tile by
// tile) and two words per non-zero.
enum class TileFormat : uint8_t { coo, csr };
// Whether a worker finishes a tile before the next, or a row of the matrix before the next.
enum class TileTraversal : uint8_t { tiled, untiled };

}  // namespace nonzero
