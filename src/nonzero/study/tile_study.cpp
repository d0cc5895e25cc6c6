#include "nonzero/study/tile_study.h"

#include <utility>

#include "nonzero/workload/operands.h"

namespace nonzero {

TileStudy study_tiles(const Operation& operation, const hottiles::Config& config) {
  TileStudy study;
  study.name = operation.name;
  study.columns = operation.n();
  study.unaware_seed = static_cast<uint64_t>(config.unaware_seed);
  study.matrix = as_csr(prepare_operand(operation.gemm().a, config.data_type, false, true));
  hottiles::Config all = config;
  all.contenders = true;
  study.mapping = map_tiles(*study.matrix, study.columns, all);
  study.partitions = std::move(study.mapping.contenders);
  const TiledMatrix& matrix = study.mapping.matrix;
  const TileMachine& machine = study.mapping.machine;
  if (machine.hot.count > 0 && machine.cold.count > 0) {
    study.partitions.push_back(cutoff_oracle(matrix, machine));
    if (matrix.tiles.size() <= kMostOracleTiles)
      study.partitions.push_back(exhaustive_oracle(matrix, machine));
  }
  study.counts = count_tiles(matrix, study.mapping.partition.of_tile);
  return study;
}

}  // namespace nonzero
