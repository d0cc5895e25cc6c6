#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/memory.h"
#include "nonzero/base/progress.h"
#include "nonzero/tensor/diagonal.h"

namespace nonzero {
namespace {

// Lines of `width` bits, each starting at a word.
class BitLines {
 public:
  BitLines(uint64_t lines, uint64_t width) : words_(ceil_div(width, 64)), bits_(lines * words_) {}

  void set(uint64_t line, uint64_t bit) { bits_[line * words_ + bit / 64] |= uint64_t{1} << (bit % 64); }
  [[nodiscard]] uint64_t words() const { return words_; }
  [[nodiscard]] const uint64_t* line(uint64_t line) const { return bits_.data() + line * words_; }

 private:
  uint64_t words_;
  std::vector<uint64_t> bits_;
};

constexpr uint64_t kNone = ~uint64_t{0};
constexpr uint64_t kMostRows = uint64_t{1} << 31U;  // a window of 2n - 1 still counts in 32 bits

// The lowest or highest one of `free` that is not in `taken` (may be null).
uint64_t lowest(const std::vector<uint64_t>& free, const uint64_t* taken) {
  for (uint64_t w = 0; w < free.size(); ++w)
    if (const uint64_t word = free[w] & ~(taken == nullptr ? 0 : taken[w]); word != 0)
      return 64 * w + static_cast<uint64_t>(std::countr_zero(word));
  return kNone;
}

uint64_t highest(const std::vector<uint64_t>& free, const uint64_t* taken) {
  for (uint64_t w = free.size(); w-- > 0;)
    if (const uint64_t word = free[w] & ~(taken == nullptr ? 0 : taken[w]); word != 0)
      return 64 * w + 63 - static_cast<uint64_t>(std::countl_zero(word));
  return kNone;
}

// A grey element: its place in the CSR arrays, its row, and the diagonal it goes to: a position in the
// window, or window + its overflow diagonal.
struct Grey {
  uint64_t element = 0;
  uint32_t row = 0, diagonal = 0;
};

class Builder {
 public:
  Builder(const Csr& csr, const DiagonalOptions& options)
      : csr_(csr), options_(options), n_(csr.rows), home_(n_, options.window), elements_(options.window) {
    matrix_.n = n_;
    matrix_.window = options.window;
    matrix_.block_slots = options.block_slots;
  }

  DiagonalMatrix build() && {
    find_homes();
    place();
    store();
    count_elements(matrix_);
    return std::move(matrix_);
  }

 private:
  // The element's diagonal as a position in the window; `window` or more where it is outside.
  [[nodiscard]] uint64_t position(uint64_t row, uint64_t column) const {
    return column - row + options_.window / 2;
  }

  void find_homes() {
    std::vector<uint64_t> offsets(n_ + 1);
    for (uint64_t row = 0; row < n_; ++row) {
      Progress::throw_if_stopped();
      for (const uint32_t column : csr_.fiber(row)) {
        const uint64_t p = position(row, column);
        if (p < options_.window) {
          home_.set(column, p);
          ++elements_[p];
        } else {
          ++offsets[column + 1];
        }
      }
    }
    std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
    sort_greys(offsets);
    column_offsets_ = std::move(offsets);
  }

  // By column, rows ascending.
  void sort_greys(const std::vector<uint64_t>& offsets) {
    greys_.resize(offsets.back());
    std::vector<uint64_t> next(offsets.begin(), offsets.end() - 1);
    for (uint64_t row = 0; row < n_; ++row)
      for (uint64_t e = csr_.offsets[row]; e < csr_.offsets[row + 1]; ++e)
        if (const uint32_t column = csr_.indices[e]; position(row, column) >= options_.window)
          greys_[next[column]++] = {e, static_cast<uint32_t>(row), 0};
  }

  void place() {
    BitLines listed(options_.placement == Placement::kConflictFree ? n_ : 0, options_.window);
    std::vector<uint64_t> free(home_.words());
    const uint64_t last_bits = options_.window % 64;
    for (uint64_t column = 0; column < n_; ++column) {
      Progress::throw_if_stopped();
      for (uint64_t w = 0; w < free.size(); ++w) free[w] = ~home_.line(column)[w];
      if (last_bits != 0) free.back() &= (uint64_t{1} << last_bits) - 1;
      uint64_t spilled = 0;
      for (uint64_t g = column_offsets_[column]; g < column_offsets_[column + 1]; ++g)
        place(greys_[g], column, free, listed, spilled);
    }
  }

  // A grey element is beyond one end of the window, so the nearest free diagonal is the one nearest to that
  // end and no two are equally near.
  void place(Grey& grey, uint64_t column, std::vector<uint64_t>& free, BitLines& listed, uint64_t& spilled) {
    const auto nearest = grey.row > column ? lowest : highest;
    uint64_t p = kNone;
    if (options_.placement == Placement::kConflictFree) p = nearest(free, listed.line(grey.row));
    if (p == kNone) p = nearest(free, nullptr);
    if (p == kNone) {
      p = options_.window + spilled++;
      if (p == elements_.size()) elements_.push_back(0);
    } else {
      free[p / 64] &= ~(uint64_t{1} << (p % 64));
      if (options_.placement == Placement::kConflictFree) listed.set(grey.row, p);
    }
    grey.diagonal = static_cast<uint32_t>(p);
    ++elements_[p];
  }

  // By position: where the next element of its diagonal goes.
  std::vector<uint64_t> stored_diagonals() {
    std::vector<uint64_t> next(elements_.size());
    for (uint64_t p = 0; p < next.size(); ++p) {
      next[p] = matrix_.offsets.back();
      if (elements_[p] == 0) continue;
      StoredDiagonal diagonal;
      diagonal.in_window = p < options_.window;
      diagonal.index =
          static_cast<int64_t>(diagonal.in_window ? p - options_.window / 2 : p - options_.window);
      matrix_.diagonals.push_back(diagonal);
      matrix_.offsets.push_back(next[p] + elements_[p]);
    }
    return next;
  }

  void store() {
    std::vector<uint64_t> next = stored_diagonals();
    matrix_.elements.resize(csr_.nnz());
    matrix_.values.resize(csr_.values.size());
    for (uint64_t column = 0; column < n_; ++column) {
      Progress::throw_if_stopped();
      store_normals(column, next);
      for (uint64_t g = column_offsets_[column]; g < column_offsets_[column + 1]; ++g) {
        const uint64_t place = next[greys_[g].diagonal]++;
        matrix_.elements[place] = {static_cast<uint32_t>(column), greys_[g].row};
        if (!matrix_.values.empty()) matrix_.values[place] = csr_.values[greys_[g].element];
      }
    }
    if (!matrix_.values.empty()) store_normal_values(next);
  }

  void store_normals(uint64_t column, std::vector<uint64_t>& next) {
    for (uint64_t w = 0; w < home_.words(); ++w)
      for (uint64_t word = home_.line(column)[w]; word != 0; word &= word - 1) {
        const uint64_t p = 64 * w + static_cast<uint64_t>(std::countr_zero(word));
        matrix_.elements[next[p]++] = {static_cast<uint32_t>(column),
                                       static_cast<uint32_t>(column + options_.window / 2 - p)};
      }
  }

  // Row by row the normal elements of a diagonal come in the order of its slots, between moved ones. `ends`:
  // by position, the end of its elements.
  void store_normal_values(std::vector<uint64_t>& ends) {
    for (uint64_t p = 0; p < ends.size(); ++p) ends[p] -= elements_[p];
    std::vector<uint64_t>& next = ends;
    for (uint64_t row = 0; row < n_; ++row)
      for (uint64_t e = csr_.offsets[row]; e < csr_.offsets[row + 1]; ++e)
        if (const uint64_t p = position(row, csr_.indices[e]); p < options_.window) {
          while (matrix_.elements[next[p]].slot != csr_.indices[e]) ++next[p];
          matrix_.values[next[p]++] = csr_.values[e];
        }
  }

  const Csr& csr_;
  const DiagonalOptions options_;
  const uint64_t n_;
  BitLines home_;                   // [column][position]: slots taken by normal elements
  std::vector<uint64_t> elements_;  // of each position: the window's diagonals, then overflow
  std::vector<Grey> greys_;
  std::vector<uint64_t> column_offsets_;  // of greys_
  DiagonalMatrix matrix_;
};

void check(const Csr& csr, const DiagonalOptions& options) {
  const auto wrong = [](const std::string& problem, const std::string& allowed) {
    throw InputError(problem, "allowed: " + allowed);
  };
  if (csr.rows != csr.columns)
    wrong(fmt::format("diagonals of a {} x {} matrix", csr.rows, csr.columns), "a square matrix");
  if (csr.rows == 0 || csr.rows > kMostRows)
    wrong(fmt::format("diagonals of a matrix of {} rows", csr.rows), "1 to 2^31 rows");
  if (options.window == 0 || options.window > 2 * csr.rows - 1)
    wrong(fmt::format("a window of {} diagonals for {} rows", options.window, csr.rows),
          fmt::format("1 to {}", 2 * csr.rows - 1));
  if (options.block_slots == 0) wrong("blocks of 0 slots", "at least 1");
}

}  // namespace

DiagonalMatrix to_diagonal(const Csr& csr, const DiagonalOptions& options) {
  check(csr, options);
  // A bit per column and window diagonal, with conflict_free one more per row, and the elements twice.
  require_memory(static_cast<double>(csr.rows) * static_cast<double>(options.window) / 4 +
                     static_cast<double>(csr.nnz()) * 28,
                 fmt::format("a window of {} diagonals of {} slots", options.window, csr.rows));
  return Builder(csr, options).build();
}

}  // namespace nonzero
