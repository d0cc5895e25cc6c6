#include "nonzero/tensor/tiles.h"

#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>

#include <bit>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/parallel.h"

namespace nonzero {
namespace {

// n / divisor for n and divisor below 2^31, by a multiplication: with k = 31 + ceil(log2(divisor)) and M =
// ceil(2^k / divisor), M * divisor - 2^k < divisor <= 2^(k - 31), which makes (n * M) >> k exact (Granlund
// and Montgomery, PLDI 1994), and n * M < 2^63.
class Division {
 public:
  explicit Division(uint64_t divisor)
      : shift_(31 + ceil_log2(divisor)), factor_(ceil_div(uint64_t{1} << shift_, divisor)) {}
  uint32_t operator()(uint32_t n) const { return static_cast<uint32_t>((n * factor_) >> shift_); }

 private:
  uint32_t shift_;
  uint64_t factor_;
};

// What one thread needs to scan a panel; between panels all counts and bits are 0.
class PanelScan {
 public:
  PanelScan(const Csr& csr, const TileGrid& grid)
      : csr_(csr),
        grid_(grid),
        column_of_(std::clamp<uint64_t>(grid.columns, 1, grid.tile_width)),
        counts_(grid.tile_columns()),
        seen_(ceil_div(grid.columns, 64)) {}

  // The panel, and its tiles behind `tiles`.
  TilePanel scan(uint64_t number, std::vector<Tile>& tiles) {
    TilePanel panel;
    panel.first_row = number * grid_.tile_height;
    panel.rows = grid_.height(number);
    scan_rows(panel);
    count();
    panel.tiles = touched_.size();
    finish_tiles(static_cast<uint32_t>(number), tiles);
    panel.pieces.resize(panel.piece_offsets.back());
    for (size_t i = 0; i < panel.pieces.size(); ++i)
      panel.pieces[i] = {counts_[pieces_[i].tile].local, pieces_[i].nnz};
    for (const uint32_t column : touched_) counts_[column] = {};
    touched_.clear();
    return panel;
  }

 private:
  struct Count {
    uint64_t nnz = 0;
    uint32_t rows = 0, local = 0;
  };

  // Room for every piece of the panel, and for one that is not there.
  void make_room(const TilePanel& panel) {
    uint64_t pieces = 1;
    for (uint64_t row = panel.first_row; row < panel.first_row + panel.rows; ++row)
      pieces += std::min<uint64_t>(counts_.size(), csr_.offsets[row + 1] - csr_.offsets[row]);
    if (pieces_.size() < pieces) pieces_.resize(pieces);
  }

  // Until the panel is done a piece names its column of tiles. No branch asks whether a piece ends, as
  // nothing predicts it where pieces are short: each non-zero writes the piece it belongs to.
  void scan_rows(TilePanel& panel) {
    make_room(panel);
    panel.piece_offsets.reserve(panel.rows + 1);
    panel.piece_offsets.push_back(0);
    uint64_t done = 0;
    for (uint64_t row = panel.first_row; row < panel.first_row + panel.rows; ++row) {
      const uint64_t begin = csr_.offsets[row], end = csr_.offsets[row + 1];
      if (begin != end) done = scan_row(begin, end, done) + 1;
      panel.piece_offsets.push_back(done);
    }
    used_ = done;
  }

  // Non-zeros [begin, end) of a row into pieces from `piece` on; the number of the last.
  uint64_t scan_row(uint64_t begin, uint64_t end, uint64_t piece) {
    TilePiece current{column_of_(csr_.indices[begin]), 0};
    for (uint64_t e = begin; e < end; ++e) {
      const uint32_t index = csr_.indices[e], column = column_of_(index);
      const bool same = column == current.tile;
      piece += same ? 0 : 1;
      current = {column, (same ? current.nnz : 0) + 1};
      pieces_[piece] = current;
      seen_[index / 64] |= uint64_t{1} << (index % 64);
    }
    return piece;
  }

  void count() {
    for (const TilePiece& piece : std::span(pieces_).first(used_)) {
      Count& count = counts_[piece.tile];
      if (count.nnz == 0) touched_.push_back(piece.tile);
      count.nnz += piece.nnz;
      ++count.rows;
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
  const Division column_of_;
  std::vector<Count> counts_;      // by column of tiles
  std::vector<uint64_t> seen_;     // a bit per column of the matrix
  std::vector<uint32_t> touched_;  // columns of tiles with a non-zero
  std::vector<TilePiece> pieces_;  // of the panel, the first `used_`
  uint64_t used_ = 0;
};

}  // namespace

void validate(const TileGrid& grid, const std::string& source) {
  constexpr uint64_t kMostSide = std::numeric_limits<int32_t>::max();
  if (grid.rows > kMostSide || grid.columns > kMostSide)
    throw InputError(fmt::format("a matrix of {} x {} to be tiled", grid.rows, grid.columns),
                     fmt::format("allowed: at most {} rows and columns", kMostSide), {source, 0});
  if (grid.tile_height == 0 || grid.tile_width == 0)
    throw InputError(fmt::format("tiles of {} x {}", grid.tile_height, grid.tile_width),
                     "allowed: sides from 1 up", {source, 0});
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
