#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/codesign/tile_model.h"

namespace nonzero {

// What the reuse pass and the oracles share.

// Rows of Dout that a tile touches whatever its neighbours do; 0 where they are reused between tiles.
uint64_t rows_within_tile(const TileGrid& grid, const Tile& tile, TileReuse reuse);

// One tile on one worker; infinite time where the type has none.
OwnCost tile_cost(const TileGrid& grid, const Tile& tile, const TileWorker& worker,
                  const TileMachine& machine, uint64_t dout_rows);

// Dout is reused between tiles: paid whole by the panel's first tile of the type, or row by row.
inline bool pays_first_tile(const TileWorker& worker) {
  return worker.dout == TileReuse::inter_tile && worker.traversal == TileTraversal::tiled;
}
inline bool pays_first_rows(const TileWorker& worker) {
  return worker.dout == TileReuse::inter_tile && worker.traversal == TileTraversal::untiled;
}

// As totals_after_reuse, with the costs of maximum reuse already at hand.
std::vector<SplitTotal> totals_after_reuse(const TiledMatrix& matrix, const TileMachine& machine,
                                           std::span<const TileCost> costs,
                                           std::span<const std::vector<TileType>> partitions);

}  // namespace nonzero
