#include "nonzero/tensor/diagonal_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero {
namespace {

constexpr std::string_view kShades = " .:-=+*#%@";

// A grid of cells, each of `step` x `step` elements but at the edges.
class Cells {
 public:
  Cells(uint64_t rows, uint64_t columns, uint64_t side)
      : rows_(rows),
        columns_(columns),
        step_(std::max<uint64_t>(1, ceil_div(std::max(rows, columns), std::max<uint64_t>(1, side)))),
        width_(ceil_div(columns, step_)),
        counts_(ceil_div(rows, step_) * width_),
        marks_(step_ == 1 ? rows * columns : 0, '.') {}

  void add(uint64_t row, uint64_t column, bool home) {
    ++counts_[row / step_ * width_ + column / step_];
    if (step_ == 1) marks_[row * columns_ + column] = home ? 'o' : 'x';
  }

  [[nodiscard]] uint64_t step() const { return step_; }
  [[nodiscard]] uint64_t lines() const { return ceil_div(rows_, step_); }

  [[nodiscard]] std::string line(uint64_t line) const {
    if (step_ == 1) return marks_.substr(line * columns_, columns_);
    std::string text;
    for (uint64_t cell = 0; cell < width_; ++cell) text += shade(line, cell);
    return text;
  }

 private:
  [[nodiscard]] char shade(uint64_t line, uint64_t cell) const {
    const uint64_t elements =
        std::min(step_, rows_ - line * step_) * std::min(step_, columns_ - cell * step_);
    return kShades[ceil_div(counts_[line * width_ + cell] * (kShades.size() - 1), elements)];
  }

  uint64_t rows_, columns_, step_, width_;
  std::vector<uint64_t> counts_;
  std::string marks_;
};

std::string name(const StoredDiagonal& diagonal) {
  return diagonal.in_window ? fmt::format("DI {:+}", diagonal.index) : fmt::format("over {}", diagonal.index);
}

// Counts of the cells of a grid, until they become percentages.
class GridCounts {
 public:
  GridCounts(uint64_t rows, uint64_t columns, uint64_t side) {
    grid_.rows = rows;
    grid_.columns = columns;
    const uint64_t most = std::max<uint64_t>(1, side);
    grid_.row_step = std::max<uint64_t>(1, ceil_div(rows, most));
    grid_.column_step = std::max<uint64_t>(1, ceil_div(columns, most));
    width_ = ceil_div(columns, grid_.column_step);
    home_.resize(ceil_div(rows, grid_.row_step) * width_);
    away_.resize(home_.size());
  }

  void add(uint64_t row, uint64_t column, bool home) {
    ++(home ? home_ : away_)[row / grid_.row_step * width_ + column / grid_.column_step];
  }

  DiagonalGrid percentages() && {
    grid_.home = percentages(home_);
    grid_.away = percentages(away_);
    return std::move(grid_);
  }

 private:
  [[nodiscard]] std::vector<uint8_t> percentages(const std::vector<uint64_t>& counts) const {
    std::vector<uint8_t> shares(counts.size());
    for (uint64_t i = 0; i < counts.size(); ++i) {
      const uint64_t height = std::min(grid_.row_step, grid_.rows - i / width_ * grid_.row_step);
      const uint64_t width = std::min(grid_.column_step, grid_.columns - i % width_ * grid_.column_step);
      shares[i] = static_cast<uint8_t>(ceil_div(100 * counts[i], height * width));
    }
    return shares;
  }

  DiagonalGrid grid_;
  uint64_t width_ = 0;
  std::vector<uint64_t> home_, away_;
};

void require_square(const Csr& csr) {
  if (csr.rows != csr.columns)
    throw InputError(fmt::format("diagonals of a {} x {} matrix", csr.rows, csr.columns),
                     "allowed: a square matrix");
}

}  // namespace

std::string picture_of_matrix(const Csr& csr, uint64_t window, uint64_t side) {
  require_square(csr);
  Cells cells(csr.rows, csr.columns, side);
  for (uint64_t row = 0; row < csr.rows; ++row)
    for (const uint32_t column : csr.fiber(row)) cells.add(row, column, column - row + window / 2 < window);
  std::string text;
  for (uint64_t line = 0; line < cells.lines(); ++line) text += cells.line(line) + '\n';
  return text;
}

std::string picture_of_diagonals(const DiagonalMatrix& matrix, uint64_t side) {
  Cells cells(matrix.diagonals.size(), matrix.n, side);
  for (uint64_t m = 0; m < matrix.diagonals.size(); ++m)
    for (const PlacedElement& element : matrix.filled(m))
      cells.add(m, element.slot, matrix.diagonals[m].is_home(element));
  std::string text;
  for (uint64_t line = 0; line < cells.lines(); ++line)
    text += fmt::format("{:>8} {}\n", name(matrix.diagonals[line * cells.step()]), cells.line(line));
  return text;
}

DiagonalGrid grid_of_matrix(const Csr& csr, uint64_t window, uint64_t side) {
  require_square(csr);
  GridCounts counts(csr.rows, csr.columns, side);
  for (uint64_t row = 0; row < csr.rows; ++row)
    for (const uint32_t column : csr.fiber(row)) counts.add(row, column, column - row + window / 2 < window);
  return std::move(counts).percentages();
}

DiagonalGrid grid_of_diagonals(const DiagonalMatrix& matrix, uint64_t side) {
  GridCounts counts(matrix.diagonals.size(), matrix.n, side);
  for (uint64_t m = 0; m < matrix.diagonals.size(); ++m)
    for (const PlacedElement& element : matrix.filled(m))
      counts.add(m, element.slot, matrix.diagonals[m].is_home(element));
  return std::move(counts).percentages();
}

}  // namespace nonzero
