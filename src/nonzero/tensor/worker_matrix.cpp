#include "nonzero/tensor/worker_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nonzero/base/error.h"
#include "nonzero/base/parallel.h"

namespace nonzero {
namespace {

// Puts the pieces of the chosen tiles where they belong; what a tile of the other type has is passed over.
class Builder {
 public:
  Builder(const Csr& csr, const TiledMatrix& tiled, std::span<const TileType> of_tile, TileType type,
          WorkerMatrix& out)
      : csr_(csr), tiled_(tiled), of_tile_(of_tile), type_(type), out_(out) {}

  void build() {
    place_tiles();
    out_.columns.resize(nnz_);
    out_.values.resize(csr_.values.empty() ? 0 : nnz_);
    const bool lengths = out_.format == TileFormat::csr;
    const bool tiled = out_.order == TileTraversal::tiled;
    out_.rows.resize(!lengths ? nnz_ : tiled ? tile_rows_ : csr_.rows);
    parallel_for(tiled_.panels.size(), [&](uint64_t p) { fill(tiled_.panels[p], panel_first_[p]); });
  }

 private:
  [[nodiscard]] bool is_chosen(uint64_t tile) const { return of_tile_[tile] == type_; }

  void place_tiles() {
    first_.resize(tiled_.tiles.size());
    first_row_.resize(tiled_.tiles.size());
    panel_first_.reserve(tiled_.panels.size());
    for (const TilePanel& panel : tiled_.panels) {
      panel_first_.push_back(nnz_);
      for (uint64_t t = panel.first_tile; t < panel.first_tile + panel.tiles; ++t) {
        if (!is_chosen(t)) continue;
        const Tile& tile = tiled_.tiles[t];
        if (out_.order == TileTraversal::tiled) out_.tiles.push_back({tile.panel, tile.column, nnz_});
        first_[t] = nnz_;
        first_row_[t] = tile_rows_;
        nnz_ += tile.nnz;
        tile_rows_ += panel.rows;
      }
    }
  }

  void fill(const TilePanel& panel, uint64_t untiled_next) {
    const bool tiled = out_.order == TileTraversal::tiled, lengths = out_.format == TileFormat::csr;
    for (uint64_t row = 0; row < panel.rows; ++row) {
      uint64_t from = csr_.offsets[panel.first_row + row];
      for (const TilePiece& piece : panel.of_row(row)) {
        const uint64_t tile = panel.first_tile + piece.tile;
        if (is_chosen(tile)) {
          uint64_t& next =
              tiled ? first_[tile] : untiled_next;  // a tile belongs to one panel, so to one thread
          copy(from, piece.nnz, next);
          if (lengths)
            out_.rows[tiled ? first_row_[tile] + row : panel.first_row + row] += piece.nnz;
          else
            std::fill_n(out_.rows.begin() + static_cast<int64_t>(next), piece.nnz,
                        static_cast<uint32_t>(panel.first_row + row));
          next += piece.nnz;
        }
        from += piece.nnz;
      }
    }
  }

  void copy(uint64_t from, uint64_t count, uint64_t to) {
    std::copy_n(csr_.indices.begin() + static_cast<int64_t>(from), count,
                out_.columns.begin() + static_cast<int64_t>(to));
    if (!out_.values.empty())
      std::copy_n(csr_.values.begin() + static_cast<int64_t>(from), count,
                  out_.values.begin() + static_cast<int64_t>(to));
  }

  const Csr& csr_;
  const TiledMatrix& tiled_;
  std::span<const TileType> of_tile_;
  TileType type_;
  WorkerMatrix& out_;
  std::vector<uint64_t> first_, first_row_;  // by tile: where its next element, its first row length goes
  std::vector<uint64_t> panel_first_;
  uint64_t nnz_ = 0, tile_rows_ = 0;
};

// visit(row, begin, end) for runs of elements of one row, in the order they are stored.
template <class Visit>
void for_each_run(const WorkerMatrix& matrix, const Visit& visit) {
  if (matrix.format == TileFormat::coo) {
    for (uint64_t begin = 0, end = 0; begin < matrix.nnz(); begin = end) {
      while (end < matrix.nnz() && matrix.rows[end] == matrix.rows[begin]) ++end;
      visit(matrix.rows[begin], begin, end);
    }
    return;
  }
  uint64_t begin = 0, length = 0;
  const auto rows = [&](uint64_t first_row, uint64_t count) {
    for (uint64_t row = first_row; row < first_row + count; ++row) {
      const uint64_t end = begin + matrix.rows[length++];
      if (end != begin) visit(row, begin, end);
      begin = end;
    }
  };
  if (matrix.order == TileTraversal::untiled) return rows(0, matrix.grid.rows);
  for (const WorkerTile& tile : matrix.tiles)
    rows(tile.panel * matrix.grid.tile_height, matrix.grid.height(tile.panel));
}

class Check {
 public:
  Check(const WorkerMatrix& matrix, const std::string& source) : matrix_(matrix), source_(source) {}

  void all() const {
    validate(matrix_.grid, source_);
    if (!matrix_.values.empty() && matrix_.values.size() != matrix_.nnz())
      refuse(fmt::format("{} values for {} elements", matrix_.values.size(), matrix_.nnz()), "as many");
    tiles();
    lengths();
    if (matrix_.order == TileTraversal::untiled)
      elements(0, matrix_.nnz(), 0, matrix_.grid.rows, 0, matrix_.grid.columns, 0);
    uint64_t first_length = 0;
    for (size_t t = 0; t < matrix_.tiles.size(); ++t) {
      const WorkerTile& tile = matrix_.tiles[t];
      const uint64_t end = t + 1 < matrix_.tiles.size() ? matrix_.tiles[t + 1].first : matrix_.nnz();
      const uint64_t row = tile.panel * matrix_.grid.tile_height, height = matrix_.grid.height(tile.panel);
      const uint64_t column = tile.column * matrix_.grid.tile_width;
      elements(tile.first, end, row, row + height, column, column + matrix_.grid.width(tile.column),
               first_length);
      first_length += height;
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, const std::string& expected) const {
    throw InputError(problem, "expected: " + expected, {source_, 0});
  }

  void tiles() const {
    const TileGrid& grid = matrix_.grid;
    if (matrix_.order == TileTraversal::untiled) {
      if (!matrix_.tiles.empty()) refuse("tiles of an untiled matrix", "none");
      return;
    }
    if (matrix_.tiles.empty() && matrix_.nnz() > 0) refuse("elements outside all tiles", "a tile for each");
    for (size_t t = 0; t < matrix_.tiles.size(); ++t) {
      const WorkerTile& tile = matrix_.tiles[t];
      if (tile.panel >= grid.panels() || tile.column >= grid.tile_columns())
        refuse(fmt::format("tile {} is ({}, {})", t, tile.panel, tile.column),
               fmt::format("one of {} x {}", grid.panels(), grid.tile_columns()));
      const WorkerTile before = t == 0 ? WorkerTile{} : matrix_.tiles[t - 1];
      if (t == 0 ? tile.first != 0
                 : std::pair(before.panel, before.column) >= std::pair(tile.panel, tile.column) ||
                       tile.first <= before.first)
        refuse(fmt::format("tile {} begins at element {} out of order", t, tile.first),
               "tiles by row and column");
      if (tile.first >= matrix_.nnz())
        refuse(fmt::format("tile {} begins at element {}", t, tile.first),
               fmt::format("below {}", matrix_.nnz()));
    }
  }

  void lengths() const {
    uint64_t expected = matrix_.nnz();
    if (matrix_.format == TileFormat::csr) {
      expected = matrix_.order == TileTraversal::untiled ? matrix_.grid.rows : 0;
      for (const WorkerTile& tile : matrix_.tiles) expected += matrix_.grid.height(tile.panel);
    }
    if (matrix_.rows.size() != expected)
      refuse(fmt::format("{} words for rows", matrix_.rows.size()), fmt::to_string(expected));
    if (matrix_.format == TileFormat::coo) return;
    const uint64_t sum = std::accumulate(matrix_.rows.begin(), matrix_.rows.end(), uint64_t{0});
    if (sum != matrix_.nnz())
      refuse(fmt::format("rows of {} elements together", sum), fmt::to_string(matrix_.nnz()));
  }

  // Elements [begin, end) lie within the rows and columns and rise by row, then column.
  void elements(uint64_t begin, uint64_t end, uint64_t row_begin, uint64_t row_end, uint64_t column_begin,
                uint64_t column_end, uint64_t first_length) const {
    uint64_t row = row_begin, left = 0;
    for (uint64_t e = begin; e < end; ++e) {
      const uint64_t before = row;
      if (matrix_.format == TileFormat::coo) {
        row = matrix_.rows[e];
      } else {
        for (; left == 0; ++first_length, ++row) {
          if (row >= row_end)
            refuse(fmt::format("element {} beyond its tile's rows", e), "rows as long as the tile");
          left = matrix_.rows[first_length];
        }
        --left;
      }
      check_element(e, e != begin && row == before, row, row_begin, row_end, column_begin, column_end);
      if (e != begin && row < before) refuse(fmt::format("element {} is in row {}", e, row), "rising rows");
    }
    if (matrix_.format == TileFormat::csr && left != 0)
      refuse(fmt::format("a row ends beyond element {} of its tile", end), "rows as long as the tile");
  }

  // With row lengths `row` is one ahead, which no comparison minds but the range's.
  void check_element(uint64_t e, bool same_row, uint64_t row, uint64_t row_begin, uint64_t row_end,
                     uint64_t column_begin, uint64_t column_end) const {
    const uint64_t ahead = matrix_.format == TileFormat::csr ? 1 : 0;
    const uint64_t column = matrix_.columns[e];
    if (row < row_begin + ahead || row >= row_end + ahead || column < column_begin || column >= column_end)
      refuse(fmt::format("element {} is at ({}, {})", e, row - ahead, column),
             fmt::format("rows {} to {}, columns {} to {}", row_begin, row_end, column_begin, column_end));
    if (same_row && column <= matrix_.columns[e - 1])
      refuse(fmt::format("element {} is in column {}", e, column), "rising columns in a row");
  }

  const WorkerMatrix& matrix_;
  const std::string& source_;
};

}  // namespace

WorkerMatrix worker_matrix(const Csr& csr, const TiledMatrix& tiled, std::span<const TileType> of_tile,
                           TileType type, TileFormat format, TileTraversal order) {
  if (csr.rows != tiled.grid.rows || csr.columns != tiled.grid.columns || csr.nnz() != tiled.nnz)
    throw InputError("the tiles of another matrix", "expected: tile_matrix of the same one");
  if (of_tile.size() != tiled.tiles.size())
    throw InputError(fmt::format("types of {} tiles", of_tile.size()),
                     fmt::format("expected: {}", tiled.tiles.size()));
  WorkerMatrix out;
  out.grid = tiled.grid;
  out.format = format;
  out.order = order;
  Builder(csr, tiled, of_tile, type, out).build();
  return out;
}

WorkerMatrix worker_matrix(const Csr& csr, const TiledMatrix& tiled, TileFormat format, TileTraversal order) {
  const std::vector<TileType> all(tiled.tiles.size(), TileType::cold);
  return worker_matrix(csr, tiled, all, TileType::cold, format, order);
}

Csr to_csr(const WorkerMatrix& matrix) {
  Csr csr{matrix.grid.rows, matrix.grid.columns, std::vector<uint64_t>(matrix.grid.rows + 1),
          std::vector<uint32_t>(matrix.nnz()), std::vector<float>(matrix.values.size())};
  for_each_run(matrix,
               [&](uint64_t row, uint64_t begin, uint64_t end) { csr.offsets[row + 1] += end - begin; });
  std::partial_sum(csr.offsets.begin(), csr.offsets.end(), csr.offsets.begin());
  std::vector<uint64_t> next(csr.offsets.begin(), csr.offsets.end() - 1);
  // Tiles of a panel come from left to right, so that a row's runs do.
  for_each_run(matrix, [&](uint64_t row, uint64_t begin, uint64_t end) {
    std::copy(matrix.columns.begin() + static_cast<int64_t>(begin),
              matrix.columns.begin() + static_cast<int64_t>(end),
              csr.indices.begin() + static_cast<int64_t>(next[row]));
    if (!matrix.values.empty())
      std::copy(matrix.values.begin() + static_cast<int64_t>(begin),
                matrix.values.begin() + static_cast<int64_t>(end),
                csr.values.begin() + static_cast<int64_t>(next[row]));
    next[row] += end - begin;
  });
  return csr;
}

void validate(const WorkerMatrix& matrix, const std::string& source) { Check(matrix, source).all(); }

}  // namespace nonzero
