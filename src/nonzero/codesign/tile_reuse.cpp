#include "nonzero/codesign/tile_reuse.h"

#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <bit>

#include "nonzero/base/error.h"
#include "nonzero/base/parallel.h"

namespace nonzero {
namespace {

constexpr uint64_t kTogether = 64;  // partitions in one walk: a bit of a word each

using Partitions = std::span<const std::vector<TileType>>;

// Rows of Dout that each tile of a panel pays for, on the type that each partition gives it.
class PanelRows {
 public:
  void walk(const TiledMatrix& matrix, const TilePanel& panel, const TileMachine& machine,
            Partitions partitions) {
    partitions_ = partitions.size();
    rows_.assign(panel.tiles * partitions_, 0);
    for (const TileType type : {TileType::hot, TileType::cold})
      walk_type(matrix, panel, type == TileType::hot ? machine.hot : machine.cold, type, partitions);
  }

  [[nodiscard]] uint64_t rows(uint64_t tile, uint64_t partition) const {
    return rows_[tile * partitions_ + partition];
  }

 private:
  void walk_type(const TiledMatrix& matrix, const TilePanel& panel, const TileWorker& worker, TileType type,
                 Partitions partitions) {
    uint64_t all = 0;
    masks_.assign(panel.tiles, 0);
    for (uint64_t t = 0; t < panel.tiles; ++t) {
      for (uint64_t p = 0; p < partitions_; ++p)
        if (partitions[p][panel.first_tile + t] == type) masks_[t] |= uint64_t{1} << p;
      const Tile& tile = matrix.tiles[panel.first_tile + t];
      const uint64_t first = masks_[t] & ~all;
      all |= masks_[t];
      if (pays_first_tile(worker))
        add(t, first, matrix.grid.height(tile.panel));
      else
        add(t, masks_[t], rows_within_tile(matrix.grid, tile, worker.dout));
    }
    if (pays_first_rows(worker) && all != 0) walk_rows(panel, all);
  }

  void add(uint64_t tile, uint64_t of_partitions, uint64_t rows) {
    for (; of_partitions != 0; of_partitions &= of_partitions - 1)
      rows_[tile * partitions_ + static_cast<uint64_t>(std::countr_zero(of_partitions))] += rows;
  }

  // A row is paid for by its first piece of the type; `all` are the partitions that have the type in the
  // panel.
  void walk_rows(const TilePanel& panel, uint64_t all) {
    const TilePiece* piece = panel.pieces.data();
    for (uint64_t row = 0; row < panel.rows; ++row) {
      const TilePiece* const end = panel.pieces.data() + panel.piece_offsets[row + 1];
      for (uint64_t left = all; piece != end && left != 0; ++piece) {
        const uint64_t first = masks_[piece->tile] & left;
        if (first == 0) continue;
        add(piece->tile, first, 1);
        left &= ~first;
      }
      piece = end;
    }
  }

  uint64_t partitions_ = 0;
  std::vector<uint64_t> rows_, masks_;
};

OwnCost own_cost(const TiledMatrix& matrix, const TileMachine& machine, uint64_t tile, TileType type,
                 uint64_t rows) {
  return tile_cost(matrix.grid, matrix.tiles[tile], type == TileType::hot ? machine.hot : machine.cold,
                   machine, rows);
}

void add_panel(const TiledMatrix& matrix, const TilePanel& panel, const TileMachine& machine,
               std::span<const TileCost> costs, std::span<const TileType> of_tile, const PanelRows& rows,
               uint64_t partition, SplitTotal& total) {
  for (uint64_t t = 0; t < panel.tiles; ++t) {
    const uint64_t number = panel.first_tile + t;
    const bool hot = of_tile[number] == TileType::hot;
    const TileWorker& worker = hot ? machine.hot : machine.cold;
    OwnCost cost = hot ? OwnCost{costs[number].hot_seconds, costs[number].hot_bytes}
                       : OwnCost{costs[number].cold_seconds, costs[number].cold_bytes};
    const uint64_t paid = rows.rows(t, partition);
    if (worker.dout == TileReuse::inter_tile && paid > 0)
      cost = own_cost(matrix, machine, number, of_tile[number], paid);
    TypeTotal& own = hot ? total.hot : total.cold;
    ++own.tiles;
    own.nnz += matrix.tiles[number].nnz;
    own.seconds += cost.seconds;
    own.bytes += cost.bytes;
  }
}

void add(TypeTotal& sum, const TypeTotal& more) {
  sum.tiles += more.tiles;
  sum.nnz += more.nnz;
  sum.seconds += more.seconds;
  sum.bytes += more.bytes;
}

void check_length(const TiledMatrix& matrix, size_t tiles) {
  if (tiles != matrix.tiles.size())
    throw InputError(fmt::format("a partition of {} tiles", tiles),
                     fmt::format("expected: {}, one per tile with a non-zero", matrix.tiles.size()));
}

}  // namespace

uint64_t rows_within_tile(const TileGrid& grid, const Tile& tile, TileReuse reuse) {
  switch (reuse) {
    case TileReuse::none:
      return tile.nnz;
    case TileReuse::demand:
      return tile.distinct_rows;
    case TileReuse::stream:
      return grid.height(tile.panel);
    case TileReuse::inter_tile:
      break;
  }
  return 0;
}

std::vector<SplitTotal> totals_after_reuse(const TiledMatrix& matrix, const TileMachine& machine,
                                           std::span<const TileCost> costs, Partitions partitions) {
  for (const std::vector<TileType>& of_tile : partitions) check_length(matrix, of_tile.size());
  std::vector<SplitTotal> totals(partitions.size());
  const uint64_t panels = matrix.panels.size();
  tbb::enumerable_thread_specific<PanelRows> scratch;
  for (uint64_t begin = 0; begin < partitions.size(); begin += kTogether) {
    const Partitions some = partitions.subspan(begin, std::min(kTogether, partitions.size() - begin));
    // By panel first: the sums do not depend on which thread did which panel.
    std::vector<SplitTotal> of_panel(panels * some.size());
    parallel_for(panels, [&](uint64_t p) {
      PanelRows& rows = scratch.local();
      rows.walk(matrix, matrix.panels[p], machine, some);
      for (uint64_t c = 0; c < some.size(); ++c)
        add_panel(matrix, matrix.panels[p], machine, costs, some[c], rows, c, of_panel[p * some.size() + c]);
    });
    for (uint64_t i = 0; i < of_panel.size(); ++i) {
      SplitTotal& total = totals[begin + i % some.size()];
      add(total.hot, of_panel[i].hot);
      add(total.cold, of_panel[i].cold);
    }
  }
  return totals;
}

std::vector<SplitTotal> totals_after_reuse(const TiledMatrix& matrix, const TileMachine& machine,
                                           Partitions partitions) {
  return totals_after_reuse(matrix, machine, maximum_reuse_costs(matrix, machine), partitions);
}

std::vector<OwnCost> costs_after_reuse(const TiledMatrix& matrix, const TileMachine& machine,
                                       std::span<const TileType> of_tile) {
  check_length(matrix, of_tile.size());
  const std::vector<std::vector<TileType>> partitions{{of_tile.begin(), of_tile.end()}};
  std::vector<OwnCost> costs(matrix.tiles.size());
  tbb::enumerable_thread_specific<PanelRows> scratch;
  parallel_for(matrix.panels.size(), [&](uint64_t p) {
    const TilePanel& panel = matrix.panels[p];
    PanelRows& rows = scratch.local();
    rows.walk(matrix, panel, machine, partitions);
    for (uint64_t t = 0; t < panel.tiles; ++t) {
      const uint64_t number = panel.first_tile + t;
      costs[number] = own_cost(matrix, machine, number, of_tile[number], rows.rows(t, 0));
    }
  });
  return costs;
}

}  // namespace nonzero
