#include "nonzero/tensor/tiles.h"

#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>

#include <bit>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/parallel.h"

namespace nonzero {
namespace {

// What one thread needs to scan a panel; between panels all counts and bits are 0.
class PanelScan {
 public:
  PanelScan(const Csr& csr, const TileGrid& grid)
      : csr_(csr), grid_(grid), counts_(grid.tile_columns()), seen_((grid.columns + 63) / 64) {}

  // The panel, and its tiles behind `tiles`.
  TilePanel scan(uint64_t number, std::vector<Tile>& tiles) {
    TilePanel panel;
    panel.first_row = number * grid_.tile_height;
    panel.rows = grid_.height(number);
    panel.piece_offsets.reserve(panel.rows + 1);
    panel.piece_offsets.push_back(0);
    pieces_.clear();
    for (uint64_t row = panel.first_row; row < panel.first_row + panel.rows; ++row) {
      scan_row(row);
      panel.piece_offsets.push_back(pieces_.size());
    }
    panel.tiles = touched_.size();
    finish_tiles(static_cast<uint32_t>(number), tiles);
    panel.pieces = pieces_;
    for (TilePiece& piece : panel.pieces) piece.tile = counts_[piece.tile].local;
    for (const uint32_t column : touched_) counts_[column] = {};
    touched_.clear();
    return panel;
  }

 private:
  struct Count {
    uint64_t nnz = 0;
    uint32_t rows = 0, local = 0;
  };

  // Until the panel is done a piece names its column of tiles.
  void scan_row(uint64_t row) {
    const auto width = static_cast<uint32_t>(std::min<uint64_t>(grid_.tile_width, grid_.columns));
    const uint32_t* at = csr_.indices.data() + csr_.offsets[row];
    const uint32_t* const end = csr_.indices.data() + csr_.offsets[row + 1];
    while (at != end) {
      const uint32_t column = *at / width;
      const uint64_t limit = (uint64_t{column} + 1) * width;
      const uint32_t* const begin = at;
      for (; at != end && *at < limit; ++at) seen_[*at / 64] |= uint64_t{1} << (*at % 64);
      const auto nnz = static_cast<uint32_t>(at - begin);
      Count& count = counts_[column];
      if (count.nnz == 0) touched_.push_back(column);
      count.nnz += nnz;
      ++count.rows;
      pieces_.push_back({column, nnz});
    }
  }

  void finish_tiles(uint32_t panel, std::vector<Tile>& tiles) {
    std::sort(touched_.begin(), touched_.end());
    tiles.reserve(touched_.size());
    for (uint32_t local = 0; local < touched_.size(); ++local) {
      Count& count = counts_[touched_[local]];
      count.local = local;
      const uint64_t begin = touched_[local] * grid_.tile_width;
      const uint32_t columns = take_seen(begin, begin + grid_.width(touched_[local]));
      tiles.push_back({panel, touched_[local], count.nnz, count.rows, columns});
    }
  }

  // How many bits of [begin, end) are set; clears them.
  uint32_t take_seen(uint64_t begin, uint64_t end) {
    uint32_t ones = 0;
    while (begin < end) {
      uint64_t& word = seen_[begin / 64];
      const uint64_t from = begin % 64, length = std::min(64 - from, end - begin);
      const uint64_t mask = (~uint64_t{0} >> (64 - length)) << from;
      ones += static_cast<uint32_t>(std::popcount(word & mask));
      word &= ~mask;
      begin += length;
    }
    return ones;
  }

  const Csr& csr_;
  const TileGrid grid_;
  std::vector<Count> counts_;      // by column of tiles
  std::vector<uint64_t> seen_;     // a bit per column of the matrix
  std::vector<uint32_t> touched_;  // columns of tiles with a non-zero
  std::vector<TilePiece> pieces_;
};

}  // namespace

void validate(const TileGrid& grid) {
  constexpr uint64_t kMostSide = std::numeric_limits<int32_t>::max();
  if (grid.rows > kMostSide || grid.columns > kMostSide)
    throw InputError(fmt::format("a matrix of {} x {} to be tiled", grid.rows, grid.columns),
                     fmt::format("allowed: at most {} rows and columns", kMostSide));
  if (grid.tile_height == 0 || grid.tile_width == 0)
    throw InputError(fmt::format("tiles of {} x {}", grid.tile_height, grid.tile_width),
                     "allowed: sides from 1 up");
}

TiledMatrix tile_matrix(const Csr& csr, const TileGrid& grid) {
  validate(grid);
  if (csr.rows != grid.rows || csr.columns != grid.columns)
    throw InputError(fmt::format("a matrix of {} x {} to be cut by a grid for {} x {}", csr.rows, csr.columns,
                                 grid.rows, grid.columns),
                     "expected: the same shape");
  TiledMatrix tiled{grid, csr.nnz(), {}, std::vector<TilePanel>(grid.panels())};
  std::vector<std::vector<Tile>> of_panel(grid.panels());
  tbb::enumerable_thread_specific<PanelScan> scans([&] { return PanelScan(csr, grid); });
  parallel_for(grid.panels(),
               [&](uint64_t panel) { tiled.panels[panel] = scans.local().scan(panel, of_panel[panel]); });
  uint64_t tiles = 0;
  for (TilePanel& panel : tiled.panels) {
    panel.first_tile = tiles;
    tiles += panel.tiles;
  }
  tiled.tiles.reserve(tiles);
  for (const std::vector<Tile>& found : of_panel)
    tiled.tiles.insert(tiled.tiles.end(), found.begin(), found.end());
  return tiled;
}

}  // namespace nonzero
