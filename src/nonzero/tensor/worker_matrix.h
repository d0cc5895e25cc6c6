#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nonzero/tensor/formats.h"
#include "nonzero/tensor/tiles.h"

namespace nonzero {

// The part of a matrix that one type of worker gets, in the order and format it reads (HotTiles, section VI):
// untiled by row and column, or tile by tile, row-ordered inside; coordinates or row lengths.

struct WorkerTile {
  uint32_t panel = 0, column = 0;  // of the grid
  uint64_t first = 0;              // element
  bool operator==(const WorkerTile&) const = default;
};

struct WorkerMatrix {
  TileGrid grid;
  TileFormat format = TileFormat::coo;
  TileTraversal order = TileTraversal::untiled;
  std::vector<WorkerTile> tiles;  // where tiled: those of the part, by panel, then column
  std::vector<uint32_t> rows;     // coo: row per element; csr: length per row of the matrix, or of each tile
  std::vector<uint32_t> columns;  // of the matrix, per element
  std::vector<float> values;      // per element, or empty for a pattern

  [[nodiscard]] uint64_t nnz() const { return columns.size(); }
  bool operator==(const WorkerMatrix&) const = default;
};

// The elements of `csr` in tiles of type `type`. `tiled` is tile_matrix of `csr`, `of_tile` holds a type
// per tile. Panels side by side. Throws InputError where the sizes differ.
WorkerMatrix worker_matrix(const Csr& csr, const TiledMatrix& tiled, std::span<const TileType> of_tile,
                           TileType type, TileFormat format, TileTraversal order);
// All of them.
WorkerMatrix worker_matrix(const Csr& csr, const TiledMatrix& tiled, TileFormat format, TileTraversal order);

// Back: rows + 1 offsets, whatever the number of elements.
Csr to_csr(const WorkerMatrix& matrix);

// Throws InputError where tiles, rows and columns do not fit the grid, each other or their order.
void validate(const WorkerMatrix& matrix, const std::string& source);

}  // namespace nonzero
