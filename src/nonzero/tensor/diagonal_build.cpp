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
    count_slots(matrix_);
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
      overflow_ = std::max(overflow_, spilled);
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
      grey.diagonal = static_cast<uint32_t>(options_.window + spilled++);
      return;
    }
    free[p / 64] &= ~(uint64_t{1} << (p % 64));
    if (options_.placement == Placement::kConflictFree) listed.set(grey.row, p);
    grey.diagonal = static_cast<uint32_t>(p);
    ++elements_[p];
  }

  // Position in the window (or beyond it) -> first slot of the stored diagonal.
  std::vector<uint64_t> stored_diagonals() {
    std::vector<uint64_t> first_slot(options_.window + overflow_);
    for (uint64_t p = 0; p < first_slot.size(); ++p) {
      const bool in_window = p < options_.window;
      if (in_window && elements_[p] == 0) continue;
      first_slot[p] = matrix_.slots();
      StoredDiagonal diagonal;
      diagonal.in_window = in_window;
      diagonal.index = in_window ? matrix_.first_index() + static_cast<int64_t>(p)
                                 : static_cast<int64_t>(p - options_.window);
      matrix_.diagonals.push_back(diagonal);
    }
    return first_slot;
  }

  void store() {
    const std::vector<uint64_t> first_slot = stored_diagonals();
    const bool valued = !csr_.values.empty();
    require_memory(static_cast<double>(matrix_.slots()) * (valued ? 8 : 4),
                   fmt::format("{} diagonals of {} slots", matrix_.diagonals.size(), n_));
    matrix_.rows.assign(matrix_.slots(), kBubble);
    if (valued) matrix_.values.assign(matrix_.slots(), 0);
    const auto put = [&](uint64_t slot, uint64_t row, uint64_t element) {
      matrix_.rows[slot] = static_cast<uint32_t>(row);
      if (valued) matrix_.values[slot] = csr_.values[element];
    };
    for (uint64_t row = 0; row < n_; ++row)
      for (uint64_t e = csr_.offsets[row]; e < csr_.offsets[row + 1]; ++e)
        if (const uint64_t p = position(row, csr_.indices[e]); p < options_.window)
          put(first_slot[p] + csr_.indices[e], row, e);
    for (uint64_t column = 0; column < n_; ++column)
      for (uint64_t g = column_offsets_[column]; g < column_offsets_[column + 1]; ++g)
        put(first_slot[greys_[g].diagonal] + column, greys_[g].row, greys_[g].element);
  }

  const Csr& csr_;
  const DiagonalOptions options_;
  const uint64_t n_;
  BitLines home_;                   // [column][position]: slots taken by normal elements
  std::vector<uint64_t> elements_;  // of each window diagonal
  std::vector<Grey> greys_;
  std::vector<uint64_t> column_offsets_;  // of greys_
  uint64_t overflow_ = 0;
  DiagonalMatrix matrix_;
};

void check(const Csr& csr, const DiagonalOptions& options) {
  const auto wrong = [](const std::string& problem, const std::string& allowed) {
    throw InputError(problem, "allowed: " + allowed);
  };
  if (csr.rows != csr.columns)
    wrong(fmt::format("diagonals of a {} x {} matrix", csr.rows, csr.columns), "a square matrix");
  if (csr.rows == 0 || csr.rows >= kBubble)
    wrong(fmt::format("diagonals of a matrix of {} rows", csr.rows), "1 to 2^32 - 2 rows");
  if (options.window == 0 || options.window > 2 * csr.rows - 1)
    wrong(fmt::format("a window of {} diagonals for {} rows", options.window, csr.rows),
          fmt::format("1 to {}", 2 * csr.rows - 1));
  if (options.block_slots == 0) wrong("blocks of 0 slots", "at least 1");
}

}  // namespace

DiagonalMatrix to_diagonal(const Csr& csr, const DiagonalOptions& options) {
  check(csr, options);
  // A bit per column and window diagonal, and with conflict_free one per row and window diagonal.
  require_memory(static_cast<double>(csr.rows) * static_cast<double>(options.window) / 4,
                 fmt::format("a window of {} diagonals of {} slots", options.window, csr.rows));
  return Builder(csr, options).build();
}

}  // namespace nonzero
