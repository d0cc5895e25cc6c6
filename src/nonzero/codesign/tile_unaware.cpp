#include <algorithm>
#include <cmath>
#include <numeric>

#include "nonzero/base/error.h"
#include "nonzero/codesign/tile_partition.h"

namespace nonzero {
namespace {

// Steele, Lea, Flood, OOPSLA 2014.
uint64_t splitmix64(uint64_t& state) {
  state += 0x9e3779b97f4a7c15U;
  uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

// How many of `places` rows hold one of `nnz` non-zeros that fall into one of `cells` places each.
double expected_filled(double places, double cells, double nnz) {
  return places * -std::expm1(nnz * std::log1p(-1 / cells));
}

// Din's rows over all tiles, were the non-zeros uniform.
double uniform_din_rows(const TileGrid& grid, double nnz, TileReuse reuse) {
  const auto panels = static_cast<double>(grid.panels()), columns = static_cast<double>(grid.columns);
  switch (reuse) {
    case TileReuse::stream:
      return expected_filled(panels * columns, static_cast<double>(grid.tiles()), nnz);
    case TileReuse::demand:
      return expected_filled(panels * columns, panels * columns, nnz);
    default:
      return nnz;
  }
}

double uniform_items(const TileGrid& grid, double nnz, const TileWorker& worker) {
  if (worker.format == TileFormat::coo) return 3 * nnz;
  const double heights = static_cast<double>(grid.rows) * static_cast<double>(grid.tile_columns());
  return 2 * nnz + expected_filled(heights, static_cast<double>(grid.tiles()), nnz);
}

// Seconds of the whole matrix on one worker: the roofline.
double roofline(const TiledMatrix& matrix, const TileWorker& worker, const TileMachine& machine) {
  const auto nnz = static_cast<double>(matrix.nnz);
  const auto row = static_cast<double>(machine.row_bytes());
  const double mac = worker.nonzeros_per_second > 0
                         ? nnz / worker.nonzeros_per_second
                         : nnz * static_cast<double>(machine.columns) * machine.operations / worker.flops;
  const double bytes = uniform_items(matrix.grid, nnz, worker) * machine.item_bytes +
                       row * uniform_din_rows(matrix.grid, nnz, worker.din) +
                       row * 2 * static_cast<double>(matrix.grid.rows);
  return std::max(mac, bytes / machine.bandwidth);
}

}  // namespace

double unaware_hot_fraction(const TiledMatrix& matrix, const TileMachine& machine) {
  validate(machine);
  if (machine.hot.count == 0) return 0;
  if (machine.cold.count == 0) return 1;
  if (matrix.nnz == 0) return 0;
  const double hot = roofline(matrix, machine.hot, machine) / machine.hot.count;
  const double cold = roofline(matrix, machine.cold, machine) / machine.cold.count;
  return cold / (cold + hot);
}

TilePartition unaware_partition(const TiledMatrix& matrix, const TileMachine& machine, uint64_t seed) {
  const size_t tiles = matrix.tiles.size();
  const auto hot =
      static_cast<size_t>(std::lround(unaware_hot_fraction(matrix, machine) * static_cast<double>(tiles)));
  std::vector<uint32_t> order(tiles);
  std::iota(order.begin(), order.end(), 0U);
  std::vector<TileType> of_tile(tiles, TileType::cold);
  for (size_t i = 0; i < hot; ++i) {
    std::swap(order[i], order[i + splitmix64(seed) % (tiles - i)]);
    of_tile[order[i]] = TileType::hot;
  }
  return judged_partition("unaware", TileMode::parallel, std::move(of_tile), matrix, machine);
}

}  // namespace nonzero
