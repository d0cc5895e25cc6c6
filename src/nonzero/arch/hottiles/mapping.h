#pragma once

#include <string>
#include <vector>

#include "nonzero/arch/hottiles/config.h"
#include "nonzero/codesign/tile_partition.h"
#include "nonzero/tensor/tiles.h"

namespace nonzero::hottiles {

// What goes where: the tiles of A, and who takes each.
struct Mapping {
  TileMachine machine;
  ChosenGrid chosen;
  TiledMatrix matrix;
  TilePartition partition;
  // With `contenders`: hot-only, cold-only, unaware and the heuristics on the same tiles, as far as the machine has
  // the workers.
  std::vector<TilePartition> contenders;
};

// `columns` of the dense operand. Throws InputError where a tile overflows a scratchpad, an oracle has too many
// tiles or the machine lacks the workers that the partition asks for.
Mapping map_tiles(const Csr& a, uint64_t columns, const Config& config);

}  // namespace nonzero::hottiles
