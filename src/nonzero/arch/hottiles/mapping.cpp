#include "nonzero/arch/hottiles/mapping.h"

#include <algorithm>
#include <utility>

namespace nonzero::hottiles {
namespace {

// Where there is no scratchpad to fill: the published side.
constexpr uint64_t kTileSide = 8192;

uint64_t tile_side(const Config& config, const TileMachine& machine) {
  if (config.tile_side > 0) return static_cast<uint64_t>(config.tile_side);
  return largest_tile_side(machine).value_or(kTileSide);
}

class Chooser {
 public:
  Chooser(const TiledMatrix& matrix, const TileMachine& machine, const Config& config)
      : matrix_(matrix), machine_(machine), config_(config) {}

  TilePartition partition() {
    const std::string& name = config_.partition;
    if (name == "hottiles")
      return config_.heuristics == "all" ? best_of(heuristics()) : heuristic(config_.heuristics);
    if (name == "hot-only") return homogeneous_partition(matrix_, machine_, TileType::hot);
    if (name == "cold-only") return homogeneous_partition(matrix_, machine_, TileType::cold);
    if (name == "unaware") return unaware();
    const TileJudge judge =
        config_.oracle_judge == Judge::kReusePass ? TileJudge::reuse_pass : TileJudge::maximum_reuse;
    if (name == "oracle") return exhaustive_oracle(matrix_, machine_, judge);
    if (name == "oracle-cutoffs") return cutoff_oracle(matrix_, machine_, judge);
    return heuristic(name);
  }

  std::vector<TilePartition> contenders() {
    std::vector<TilePartition> all;
    const bool hot = machine_.hot.count > 0, cold = machine_.cold.count > 0;
    if (hot) all.push_back(homogeneous_partition(matrix_, machine_, TileType::hot));
    if (cold) all.push_back(homogeneous_partition(matrix_, machine_, TileType::cold));
    if (!hot || !cold) return all;
    all.push_back(unaware());
    // include_homogeneous has candidates among them that stand here already.
    for (const TilePartition& one : heuristics())
      if (std::none_of(all.begin(), all.end(),
                       [&](const TilePartition& other) { return other.name == one.name; }))
        all.push_back(one);
    return all;
  }

 private:
  TilePartition unaware() const {
    return unaware_partition(matrix_, machine_, static_cast<uint64_t>(config_.unaware_seed));
  }
  TilePartition heuristic(const std::string& name) const {
    return heuristic_partition(matrix_, machine_, parse_tile_heuristic(name), config_.partition_options());
  }
  const std::vector<TilePartition>& heuristics() {
    if (heuristics_.empty())
      heuristics_ = heuristic_partitions(matrix_, machine_, config_.partition_options());
    return heuristics_;
  }

  const TiledMatrix& matrix_;
  const TileMachine& machine_;
  const Config& config_;
  std::vector<TilePartition> heuristics_;
};

}  // namespace

Mapping map_tiles(const Csr& a, uint64_t columns, const Config& config) {
  Mapping mapping;
  mapping.machine = config.machine(a.rows, columns);
  mapping.chosen = choose_grid(a.rows, a.columns, tile_side(config, mapping.machine), config.reduce_small);
  check_scratchpads(mapping.chosen.grid, mapping.machine);
  mapping.matrix = tile_matrix(a, mapping.chosen.grid);
  Chooser chooser(mapping.matrix, mapping.machine, config);
  mapping.partition = chooser.partition();
  if (config.contenders) mapping.contenders = chooser.contenders();
  return mapping;
}

}  // namespace nonzero::hottiles
