#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/codesign/tile_model.h"

namespace nonzero {

// By what tiles are sorted before they are cut into hot (left) and cold (right): hot minus cold, in
// seconds, in seconds over each type's workers, or in bytes. Ties: the lower tile first.
enum class TileKey : uint8_t { seconds, scaled_seconds, bytes };

std::vector<uint32_t> order_of(std::span<const TileCost> costs, TileKey key, const TileMachine& machine);

// The sums at every cutoff of an order: totals[c] with its first c tiles hot; nnz is not summed.
struct CutTotals {
  CutTotals(std::span<const TileCost> costs, TileKey key, const TileMachine& machine);

  [[nodiscard]] std::vector<TileType> of_tile(uint64_t hot_tiles) const;

  std::vector<uint32_t> order;
  std::vector<SplitTotal> totals;
};

}  // namespace nonzero
