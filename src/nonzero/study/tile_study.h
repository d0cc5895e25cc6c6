#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nonzero/arch/hottiles/mapping.h"
#include "nonzero/tensor/tile_map.h"
#include "nonzero/workload/operation.h"

namespace nonzero {

// A matrix split between hot and cold workers, without simulation: the machine's own partition, and what others the
// model predicts of the same tiles.
struct TileStudy {
  std::string name;
  uint64_t columns = 0;  // of the dense operand
  std::shared_ptr<const Csr> matrix;
  hottiles::Mapping mapping;
  // The heuristics, the homogeneous splits, unaware and the oracles, as far as the machine has the workers and the
  // oracles the tiles for them.
  std::vector<TilePartition> partitions;
  uint64_t unaware_seed = 1;  // what unaware draws its tiles from
  TileCounts counts;          // of the machine's own partition
};

// Zeros that A stores are dropped. Throws InputError as hottiles::map_tiles.
TileStudy study_tiles(const Operation& operation, const hottiles::Config& config);

}  // namespace nonzero
