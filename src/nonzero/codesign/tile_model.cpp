#include "nonzero/codesign/tile_model.h"

#include <algorithm>
#include <limits>

#include "nonzero/base/parallel.h"
#include "nonzero/codesign/tile_reuse.h"

namespace nonzero {
namespace {

double rows_of_din(const TileGrid& grid, const Tile& tile, TileReuse reuse) {
  switch (reuse) {
    case TileReuse::none:
      return static_cast<double>(tile.nnz);
    case TileReuse::demand:
      return tile.distinct_columns;
    case TileReuse::stream:
      return static_cast<double>(grid.width(tile.column));
    case TileReuse::inter_tile:
      break;
  }
  return 0;
}

struct LongestTerm {
  double seconds = 0;
  TileCause cause = TileCause::none;
  void take(double term, TileCause of_term) {
    if (term <= seconds) return;
    seconds = term;
    cause = of_term;
  }
};

// A type that holds tiles but has no worker never ends.
double time_of(const TypeTotal& total, const TileWorker& worker) {
  if (total.tiles == 0) return 0;
  return worker.count == 0 ? std::numeric_limits<double>::infinity() : total.seconds / worker.count;
}

void take_link(LongestTerm& term, const TypeTotal& hot, const TileMachine& machine) {
  if (machine.hot_link > 0) term.take(hot.bytes / machine.hot_link, TileCause::hot_link);
}

LongestTerm hot_alone(const TypeTotal& hot, const TileMachine& machine) {
  LongestTerm term;
  term.take(time_of(hot, machine.hot), TileCause::hot_time);
  term.take(hot.bytes / machine.bandwidth, TileCause::bandwidth);
  take_link(term, hot, machine);
  return term;
}

LongestTerm cold_alone(const TypeTotal& cold, const TileMachine& machine) {
  LongestTerm term;
  term.take(time_of(cold, machine.cold), TileCause::cold_time);
  term.take(cold.bytes / machine.bandwidth, TileCause::bandwidth);
  return term;
}

LongestTerm side_by_side(const SplitTotal& total, const TileMachine& machine) {
  LongestTerm term;
  term.take(time_of(total.hot, machine.hot), TileCause::hot_time);
  term.take(time_of(total.cold, machine.cold), TileCause::cold_time);
  term.take((total.hot.bytes + total.cold.bytes) / machine.bandwidth, TileCause::bandwidth);
  take_link(term, total.hot, machine);
  return term;
}

}  // namespace

double TileOverlap::seconds(const std::array<double, kTileTasks>& of_task_seconds) const {
  std::array<std::array<double, kTileTasks>, kTileTasks> chains{};
  uint32_t stages = 0;
  for (uint32_t task = 0; task < kTileTasks; ++task) {
    chains[of_task[task].stage][of_task[task].chain] += of_task_seconds[task];
    stages = std::max<uint32_t>(stages, of_task[task].stage);
  }
  double sum = 0;
  for (uint32_t stage = 0; stage <= stages; ++stage)
    sum += *std::max_element(chains[stage].begin(), chains[stage].end());
  return sum;
}

TileBytes tile_bytes(const TileGrid& grid, const Tile& tile, const TileWorker& worker,
                     const TileMachine& machine, uint64_t dout_rows) {
  const uint64_t items =
      worker.format == TileFormat::coo ? 3 * tile.nnz : grid.height(tile.panel) + 2 * tile.nnz;
  const auto row = static_cast<double>(machine.row_bytes());
  return {static_cast<double>(items * machine.item_bytes),
          row * rows_of_din(grid, tile, worker.din) * (1 - worker.din_cache_hit),
          row * static_cast<double>(dout_rows)};
}

double tile_seconds(const TileBytes& bytes, uint64_t nnz, const TileWorker& worker,
                    const TileMachine& machine) {
  const auto count = static_cast<double>(nnz);
  const double mac = worker.nonzeros_per_second > 0
                         ? count / worker.nonzeros_per_second
                         : count * static_cast<double>(machine.columns) * machine.operations / worker.flops;
  return worker.overlap.seconds({bytes.a * worker.vis_lat, bytes.din * worker.vis_lat,
                                 bytes.dout * worker.vis_lat, mac, bytes.dout * worker.vis_lat});
}

OwnCost tile_cost(const TileGrid& grid, const Tile& tile, const TileWorker& worker,
                  const TileMachine& machine, uint64_t dout_rows) {
  if (worker.count == 0) return {std::numeric_limits<double>::infinity(), 0};
  const TileBytes bytes = tile_bytes(grid, tile, worker, machine, dout_rows);
  return {tile_seconds(bytes, tile.nnz, worker, machine), bytes.total()};
}

std::vector<TileCost> maximum_reuse_costs(const TiledMatrix& matrix, const TileMachine& machine) {
  std::vector<TileCost> costs(matrix.tiles.size());
  parallel_for(costs.size(), [&](uint64_t t) {
    const Tile& tile = matrix.tiles[t];
    const auto on = [&](const TileWorker& worker) {
      return tile_cost(matrix.grid, tile, worker, machine, rows_within_tile(matrix.grid, tile, worker.dout));
    };
    const OwnCost hot = on(machine.hot), cold = on(machine.cold);
    costs[t] = {hot.seconds, cold.seconds, hot.bytes, cold.bytes};
  });
  return costs;
}

SplitTotal total_of(std::span<const TileCost> costs, std::span<const TileType> of_tile,
                    const TiledMatrix* matrix) {
  SplitTotal total;
  for (size_t t = 0; t < costs.size(); ++t) {
    const bool hot = of_tile[t] == TileType::hot;
    TypeTotal& own = hot ? total.hot : total.cold;
    ++own.tiles;
    own.nnz += matrix == nullptr ? 0 : matrix->tiles[t].nnz;
    own.seconds += hot ? costs[t].hot_seconds : costs[t].cold_seconds;
    own.bytes += hot ? costs[t].hot_bytes : costs[t].cold_bytes;
  }
  return total;
}

TilePrediction predict(const SplitTotal& total, TileMode mode, const TileMachine& machine, uint64_t rows) {
  TilePrediction prediction;
  prediction.mode = mode;
  prediction.total = total;
  if (mode == TileMode::parallel && total.hot.tiles > 0 && total.cold.tiles > 0) {
    const LongestTerm both = side_by_side(total, machine);
    prediction.both = both.seconds;
    prediction.cause = both.cause;
    prediction.merge = machine.merge_seconds(rows);
    return prediction;
  }
  const LongestTerm hot = hot_alone(total.hot, machine), cold = cold_alone(total.cold, machine);
  prediction.hot = hot.seconds;
  prediction.cold = cold.seconds;
  prediction.cause = hot.seconds >= cold.seconds ? hot.cause : cold.cause;
  return prediction;
}

}  // namespace nonzero
