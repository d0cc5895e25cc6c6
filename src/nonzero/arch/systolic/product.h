#pragma once

#include "nonzero/hw/array/systolic.h"
#include "nonzero/result/result.h"
#include "nonzero/tensor/formats.h"

namespace nonzero::systolic {

// The extents that the folds cut one dimension into.
struct Tile {
  uint64_t begin = 0, end = 0;
};
std::vector<Tile> tiles(uint64_t extent, uint64_t side);

// Follows the folds: each streaming row (steps x K) passes the stationary operand (K x columns) tile
// of K after tile of K, and what the columns of one fold sum up is added to the next fold's. Tiles
// along the columns only cut the inner loop, which exchanges no operands.
Product follow_folds(const Csr& streaming, const Csr& stationary, const std::vector<Tile>& k_tiles,
                     bool integer);

}  // namespace nonzero::systolic
