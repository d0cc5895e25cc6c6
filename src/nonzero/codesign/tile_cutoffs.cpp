#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "nonzero/codesign/tile_order.h"
#include "nonzero/codesign/tile_partition.h"
#include "nonzero/codesign/tile_reuse.h"

namespace nonzero {
namespace {

constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();

// A panel whose tiles turn from cold to hot one by one, with the rows of Dout that each pays for. The first
// cold piece of a row only moves right and the first hot one only left, so that all moves together cost one
// walk over the pieces.
class RunningPanel {
 public:
  RunningPanel(const TiledMatrix& matrix, const TilePanel& panel, const TileMachine& machine)
      : matrix_(matrix), panel_(panel), machine_(machine), is_hot_(panel.tiles), rows_(panel.tiles) {
    for (uint64_t t = 0; t < panel.tiles; ++t) rows_[t] = within(t, machine.cold);
    if (pays_first_tile(machine.cold) && panel.tiles > 0) rows_[0] = height();
    if (pays_first_rows(machine.cold) || pays_first_rows(machine.hot)) index_pieces();
    if (!pays_first_rows(machine.cold)) return;
    for (uint64_t row = 0; row < panel.rows; ++row)
      if (first_cold_[row] != kNone) ++rows_[panel.pieces[first_cold_[row]].tile];
  }

  [[nodiscard]] uint64_t rows(uint64_t tile) const { return rows_[tile]; }

  // Calls before(tile) once for each tile whose rows may change, and leaves those in touched().
  template <class Before>
  void turn_hot(uint64_t tile, const Before& before) {
    touched_.clear();
    touch(tile, before);
    is_hot_[tile] = true;
    rows_[tile] = within(tile, machine_.hot);
    if (pays_first_tile(machine_.cold)) pass_first_tile(tile, before);
    if (pays_first_tile(machine_.hot)) take_first_tile(tile, before);
    if (pays_first_rows(machine_.cold)) pass_rows(tile, before);
    if (pays_first_rows(machine_.hot)) take_rows(tile, before);
  }

  [[nodiscard]] const std::vector<uint64_t>& touched() const { return touched_; }

 private:
  struct Place {
    uint64_t row, piece;
  };

  [[nodiscard]] const Tile& of(uint64_t tile) const { return matrix_.tiles[panel_.first_tile + tile]; }
  [[nodiscard]] uint64_t height() const { return panel_.rows; }
  [[nodiscard]] uint64_t within(uint64_t tile, const TileWorker& worker) const {
    return rows_within_tile(matrix_.grid, of(tile), worker.dout);
  }

  // The pieces of each tile, and of each row the first, all being cold.
  void index_pieces() {
    begins_.assign(panel_.tiles + 1, 0);
    for (const TilePiece& piece : panel_.pieces) ++begins_[piece.tile + 1];
    for (uint64_t t = 0; t < panel_.tiles; ++t) begins_[t + 1] += begins_[t];
    places_.resize(panel_.pieces.size());
    first_cold_.assign(panel_.rows, kNone);
    first_hot_.assign(panel_.rows, kNone);
    std::vector<uint64_t> next(begins_.begin(), begins_.end() - 1);
    for (uint64_t row = 0; row < panel_.rows; ++row) {
      const uint64_t begin = panel_.piece_offsets[row], end = panel_.piece_offsets[row + 1];
      if (begin != end) first_cold_[row] = begin;
      for (uint64_t p = begin; p < end; ++p) places_[next[panel_.pieces[p].tile]++] = {row, p};
    }
  }

  template <class Before>
  void touch(uint64_t tile, const Before& before) {
    if (std::find(touched_.begin(), touched_.end(), tile) != touched_.end()) return;
    before(tile);
    touched_.push_back(tile);
  }

  template <class Before>
  void pass_first_tile(uint64_t tile, const Before& before) {
    if (std::find(is_hot_.begin(), is_hot_.begin() + static_cast<int64_t>(tile), false) !=
        is_hot_.begin() + static_cast<int64_t>(tile))
      return;
    const auto next = std::find(is_hot_.begin(), is_hot_.end(), false);
    if (next == is_hot_.end()) return;
    touch(static_cast<uint64_t>(next - is_hot_.begin()), before);
    rows_[touched_.back()] = height();
  }

  template <class Before>
  void take_first_tile(uint64_t tile, const Before& before) {
    if (first_hot_tile_ < tile) return;
    if (first_hot_tile_ != kNone) {
      touch(first_hot_tile_, before);
      rows_[first_hot_tile_] = 0;
    }
    first_hot_tile_ = tile;
    rows_[tile] = height();
  }

  template <class Before>
  void pass_rows(uint64_t tile, const Before& before) {
    for (uint64_t i = begins_[tile]; i < begins_[tile + 1]; ++i) {
      const Place place = places_[i];
      if (first_cold_[place.row] != place.piece) continue;
      uint64_t next = place.piece + 1;
      while (next < panel_.piece_offsets[place.row + 1] && is_hot_[panel_.pieces[next].tile]) ++next;
      if (next == panel_.piece_offsets[place.row + 1]) {
        first_cold_[place.row] = kNone;
        continue;
      }
      touch(panel_.pieces[next].tile, before);
      ++rows_[panel_.pieces[next].tile];
      first_cold_[place.row] = next;
    }
  }

  template <class Before>
  void take_rows(uint64_t tile, const Before& before) {
    for (uint64_t i = begins_[tile]; i < begins_[tile + 1]; ++i) {
      const Place place = places_[i];
      uint64_t& first = first_hot_[place.row];
      if (first < place.piece) continue;
      if (first != kNone) {
        touch(panel_.pieces[first].tile, before);
        --rows_[panel_.pieces[first].tile];
      }
      first = place.piece;
      ++rows_[tile];
    }
  }

  const TiledMatrix& matrix_;
  const TilePanel& panel_;
  const TileMachine& machine_;
  std::vector<bool> is_hot_;
  std::vector<uint64_t> rows_;  // paid by each tile on its present type
  std::vector<uint64_t> begins_;
  std::vector<Place> places_;
  std::vector<uint64_t> first_cold_, first_hot_;  // pieces, by row
  uint64_t first_hot_tile_ = kNone;
  std::vector<uint64_t> touched_;
};

// All panels, and the sums over their tiles after the reuse pass.
class RunningSplit {
 public:
  RunningSplit(const TiledMatrix& matrix, const TileMachine& machine) : matrix_(matrix), machine_(machine) {
    panels_.reserve(matrix.panels.size());
    for (const TilePanel& panel : matrix.panels) {
      panels_.emplace_back(matrix, panel, machine);
      for (uint64_t t = 0; t < panel.tiles; ++t) add(panel, t, TileType::cold, 1);
    }
    types_.assign(matrix.tiles.size(), TileType::cold);
  }

  void turn_hot(uint64_t number) {
    const uint64_t p = matrix_.tiles[number].panel;
    const TilePanel& panel = matrix_.panels[p];
    RunningPanel& running = panels_[p];
    running.turn_hot(number - panel.first_tile,
                     [&](uint64_t tile) { add(panel, tile, types_[panel.first_tile + tile], -1); });
    types_[number] = TileType::hot;
    for (const uint64_t tile : running.touched()) add(panel, tile, types_[panel.first_tile + tile], 1);
  }

  [[nodiscard]] const SplitTotal& total() const { return total_; }

 private:
  void add(const TilePanel& panel, uint64_t tile, TileType type, int sign) {
    const bool hot = type == TileType::hot;
    const OwnCost cost =
        tile_cost(matrix_.grid, matrix_.tiles[panel.first_tile + tile], hot ? machine_.hot : machine_.cold,
                  machine_, panels_[matrix_.tiles[panel.first_tile + tile].panel].rows(tile));
    TypeTotal& own = hot ? total_.hot : total_.cold;
    own.tiles += static_cast<uint64_t>(sign);
    own.seconds += sign * cost.seconds;
    own.bytes += sign * cost.bytes;
  }

  const TiledMatrix& matrix_;
  const TileMachine& machine_;
  std::vector<RunningPanel> panels_;
  std::vector<TileType> types_;
  SplitTotal total_;
};

// The best cutoff so far.
class Best {
 public:
  Best(const TiledMatrix& matrix, const TileMachine& machine) : matrix_(matrix), machine_(machine) {}

  // Whether `total` beats all before it.
  bool take(const SplitTotal& total) {
    bool better = false;
    for (const TileMode mode : {TileMode::parallel, TileMode::serial}) {
      if (mode == TileMode::serial && machine_.atomic_output) continue;
      const double seconds = predict(total, mode, machine_, matrix_.grid.rows).seconds();
      if (found_ && !(seconds < seconds_)) continue;
      found_ = better = true;
      seconds_ = seconds;
      mode_ = mode;
    }
    return better;
  }
  [[nodiscard]] TileMode mode() const { return mode_; }

 private:
  const TiledMatrix& matrix_;
  const TileMachine& machine_;
  bool found_ = false;
  double seconds_ = 0;
  TileMode mode_ = TileMode::parallel;
};

}  // namespace

TilePartition cutoff_oracle(const TiledMatrix& matrix, const TileMachine& machine, TileJudge judge) {
  validate(machine);
  if (machine.hot.count == 0 || machine.cold.count == 0) {
    TilePartition only =
        homogeneous_partition(matrix, machine, machine.hot.count == 0 ? TileType::cold : TileType::hot);
    only.name = "cutoff-oracle";
    return only;
  }
  const std::vector<TileCost> costs = maximum_reuse_costs(matrix, machine);
  Best best(matrix, machine);
  std::vector<TileType> of_tile;
  for (const TileKey key : {TileKey::seconds, TileKey::bytes}) {
    const CutTotals cuts(costs, key, machine);
    uint64_t cutoff = kNone;
    if (judge == TileJudge::maximum_reuse) {
      for (uint64_t cut = 0; cut < cuts.totals.size(); ++cut)
        if (best.take(cuts.totals[cut])) cutoff = cut;
    } else {
      RunningSplit split(matrix, machine);
      if (best.take(split.total())) cutoff = 0;
      for (uint64_t cut = 1; cut <= cuts.order.size(); ++cut) {
        split.turn_hot(cuts.order[cut - 1]);
        if (best.take(split.total())) cutoff = cut;
      }
    }
    if (cutoff != kNone) of_tile = cuts.of_tile(cutoff);
  }
  return judged_partition("cutoff-oracle", best.mode(), std::move(of_tile), matrix, machine);
}

}  // namespace nonzero
