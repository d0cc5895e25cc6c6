#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "nonzero/base/error.h"
#include "nonzero/codesign/tile_partition.h"
#include "nonzero/codesign/tile_reuse.h"

namespace nonzero {
namespace {

// A subset of a panel's tiles is a word: bit t set means tile t of the panel is hot.
using Subset = uint32_t;

// Splits closer than this are equal but for rounding: the one whose hot tiles come first is kept.
constexpr double kSame = 1e-12;

void check_few(uint64_t tiles) {
  if (tiles > kMostOracleTiles)
    throw InputError(fmt::format("an exhaustive oracle for {} tiles", tiles),
                     fmt::format("allowed: at most {}", kMostOracleTiles));
}

void add(SplitTotal& total, TileType type, const OwnCost& cost, uint64_t nnz) {
  TypeTotal& own = type == TileType::hot ? total.hot : total.cold;
  ++own.tiles;
  own.nnz += nnz;
  own.seconds += cost.seconds;
  own.bytes += cost.bytes;
}

SplitTotal sum(const SplitTotal& a, const SplitTotal& b) {
  const auto of_type = [](const TypeTotal& x, const TypeTotal& y) {
    return TypeTotal{x.tiles + y.tiles, x.nnz + y.nnz, x.seconds + y.seconds, x.bytes + y.bytes};
  };
  return {of_type(a.hot, b.hot), of_type(a.cold, b.cold)};
}

// The tiles that share their costs: alone under maximum reuse, a panel with the reuse pass. totals[subset].
struct Group {
  uint64_t first_tile = 0, tiles = 0;
  std::vector<SplitTotal> totals;
};

std::vector<Group> groups_of(std::span<const TileCost> costs, const TiledMatrix* matrix) {
  std::vector<Group> groups(costs.size());
  for (size_t t = 0; t < costs.size(); ++t) {
    groups[t] = {t, 1, std::vector<SplitTotal>(2)};
    const uint64_t nnz = matrix == nullptr ? 0 : matrix->tiles[t].nnz;
    add(groups[t].totals[0], TileType::cold, {costs[t].cold_seconds, costs[t].cold_bytes}, nnz);
    add(groups[t].totals[1], TileType::hot, {costs[t].hot_seconds, costs[t].hot_bytes}, nnz);
  }
  return groups;
}

// Rows of tile `tile` that no tile of `taken`, a subset of those to its left, holds: result[taken]. Rows
// are counted by the tiles to the left they have, then over all subsets of the tiles that are not taken.
std::vector<uint64_t> first_rows(const TilePanel& panel, uint32_t tile) {
  const Subset all = (Subset{1} << tile) - 1;
  std::vector<uint64_t> within(uint64_t{all} + 1);
  for (uint64_t row = 0; row < panel.rows; ++row) {
    Subset left = 0;
    for (const TilePiece& piece : panel.of_row(row)) {
      if (piece.tile < tile) left |= Subset{1} << piece.tile;
      if (piece.tile == tile) ++within[left];
    }
  }
  for (uint32_t bit = 0; bit < tile; ++bit)
    for (Subset subset = 0; subset <= all; ++subset)
      if ((subset >> bit & 1U) != 0) within[subset] += within[subset ^ (Subset{1} << bit)];
  std::vector<uint64_t> first(within.size());
  for (Subset taken = 0; taken <= all; ++taken) first[taken] = within[all ^ taken];
  return first;
}

// The cost of a tile by which tiles to its left are of its own type.
std::vector<OwnCost> costs_by_left(const TiledMatrix& matrix, const TilePanel& panel, uint32_t tile,
                                   const TileWorker& worker, const TileMachine& machine) {
  const Tile& own = matrix.tiles[panel.first_tile + tile];
  std::vector<uint64_t> rows(uint64_t{1} << tile, rows_within_tile(matrix.grid, own, worker.dout));
  if (pays_first_tile(worker)) rows[0] = matrix.grid.height(own.panel);
  if (pays_first_rows(worker)) rows = first_rows(panel, tile);
  std::vector<OwnCost> costs(rows.size());
  for (size_t left = 0; left < rows.size(); ++left)
    costs[left] = tile_cost(matrix.grid, own, worker, machine, rows[left]);
  return costs;
}

Group group_of(const TiledMatrix& matrix, const TilePanel& panel, const TileMachine& machine) {
  Group group{panel.first_tile, panel.tiles, std::vector<SplitTotal>(uint64_t{1} << panel.tiles)};
  for (uint32_t tile = 0; tile < panel.tiles; ++tile) {
    const std::vector<OwnCost> hot = costs_by_left(matrix, panel, tile, machine.hot, machine);
    const std::vector<OwnCost> cold = costs_by_left(matrix, panel, tile, machine.cold, machine);
    const Subset to_left = (Subset{1} << tile) - 1;
    const uint64_t nnz = matrix.tiles[panel.first_tile + tile].nnz;
    for (Subset subset = 0; subset < group.totals.size(); ++subset) {
      if ((subset >> tile & 1U) != 0)
        add(group.totals[subset], TileType::hot, hot[subset & to_left], nnz);
      else
        add(group.totals[subset], TileType::cold, cold[~subset & to_left], nnz);
    }
  }
  return group;
}

// All combinations of the groups' subsets, the least prediction over `modes`.
class Search {
 public:
  Search(std::span<const Group> groups, std::span<const TileMode> modes, const TileMachine& machine,
         uint64_t rows)
      : groups_(groups), modes_(modes), machine_(machine), rows_(rows), chosen_(groups.size()) {
    descend(groups_.size(), {});
  }

  [[nodiscard]] OracleSplit best() const {
    OracleSplit split;
    split.prediction = prediction_;
    for (size_t g = 0; g < groups_.size(); ++g)
      for (uint32_t tile = 0; tile < groups_[g].tiles; ++tile)
        split.of_tile.push_back((best_[g] >> tile & 1U) != 0 ? TileType::hot : TileType::cold);
    return split;
  }

 private:
  // The last group outermost: splits come as binary numbers whose lowest bit is the first tile.
  void descend(size_t groups, const SplitTotal& total) {
    if (groups == 0) return judge(total);
    const Group& group = groups_[groups - 1];
    for (Subset subset = 0; subset < group.totals.size(); ++subset) {
      chosen_[groups - 1] = subset;
      descend(groups - 1, sum(total, group.totals[subset]));
    }
  }

  void judge(const SplitTotal& total) {
    for (const TileMode mode : modes_) {
      const TilePrediction prediction = predict(total, mode, machine_, rows_);
      if (found_ && prediction.seconds() >= prediction_.seconds() * (1 - kSame)) continue;
      found_ = true;
      prediction_ = prediction;
      best_ = chosen_;
    }
  }

  std::span<const Group> groups_;
  std::span<const TileMode> modes_;
  const TileMachine& machine_;
  uint64_t rows_;
  std::vector<Subset> chosen_, best_;
  bool found_ = false;
  TilePrediction prediction_;
};

}  // namespace

OracleSplit exhaustive_split(std::span<const TileCost> costs, TileMode mode, const TileMachine& machine,
                             uint64_t rows) {
  check_few(costs.size());
  validate(machine);
  const std::vector<Group> groups = groups_of(costs, nullptr);
  return Search(groups, std::array{mode}, machine, rows).best();
}

TilePartition exhaustive_oracle(const TiledMatrix& matrix, const TileMachine& machine, TileJudge judge) {
  check_few(matrix.tiles.size());
  validate(machine);
  std::vector<Group> groups;
  if (judge == TileJudge::maximum_reuse)
    groups = groups_of(maximum_reuse_costs(matrix, machine), &matrix);
  else
    for (const TilePanel& panel : matrix.panels)
      if (panel.tiles > 0) groups.push_back(group_of(matrix, panel, machine));
  std::vector<TileMode> modes{TileMode::parallel};
  if (!machine.atomic_output) modes.push_back(TileMode::serial);
  OracleSplit split = Search(groups, modes, machine, matrix.grid.rows).best();
  return judged_partition("oracle", split.prediction.mode, std::move(split.of_tile), matrix, machine);
}

}  // namespace nonzero
