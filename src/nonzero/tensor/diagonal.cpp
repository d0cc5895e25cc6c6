#include "nonzero/tensor/diagonal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero {
namespace {

template <class Count>
uint64_t sum(const std::vector<StoredDiagonal>& diagonals, const Count& count) {
  uint64_t total = 0;
  for (const StoredDiagonal& diagonal : diagonals) total += count(diagonal);
  return total;
}

double share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// The row of a normal element in `slot`; n or more where the slot is out of range.
uint64_t home_row(const StoredDiagonal& diagonal, uint64_t slot) {
  return slot - static_cast<uint64_t>(diagonal.index);
}

bool grey_slot(const StoredDiagonal& diagonal, uint64_t slot, uint32_t row) {
  return !diagonal.in_window || row != home_row(diagonal, slot);
}

// Counts one diagonal. `of_row` is n zeros, before and after.
void count(StoredDiagonal& diagonal, const uint32_t* rows, uint64_t n, uint64_t block,
           std::vector<uint32_t>& of_row) {
  diagonal.normal = diagonal.grey = diagonal.grey_in_block = diagonal.grey_of_row = 0;
  for (uint64_t begin = 0; begin < n; begin += block) {
    uint64_t in_block = 0;
    for (uint64_t slot = begin; slot < std::min(begin + block, n); ++slot) {
      if (rows[slot] == kBubble) continue;
      if (rows[slot] >= n)
        throw InputError(fmt::format("slot {} holds an element of row {}", slot, rows[slot]),
                         fmt::format("allowed: rows below {}", n));
      if (!grey_slot(diagonal, slot, rows[slot])) {
        ++diagonal.normal;
        continue;
      }
      ++in_block;
      diagonal.grey_of_row = std::max<uint64_t>(diagonal.grey_of_row, ++of_row[rows[slot]]);
    }
    diagonal.grey += in_block;
    diagonal.grey_in_block = std::max(diagonal.grey_in_block, in_block);
  }
  for (uint64_t slot = 0; slot < n; ++slot)
    if (rows[slot] != kBubble) of_row[rows[slot]] = 0;
}

// Slots of kTile neighbouring columns, all diagonals: so that a walk down the columns reads each cache line
// of the slots once.
constexpr uint64_t kTile = 64;

template <class Visit>
void for_each_by_column(const DiagonalMatrix& matrix, const Visit& visit) {
  const uint64_t diagonals = matrix.diagonals.size();
  std::vector<uint32_t> tile(diagonals * kTile);
  for (uint64_t begin = 0; begin < matrix.n; begin += kTile) {
    const uint64_t width = std::min(kTile, matrix.n - begin);
    for (uint64_t m = 0; m < diagonals; ++m)
      std::copy_n(matrix.rows.data() + m * matrix.n + begin, width, tile.data() + m * kTile);
    for (uint64_t c = 0; c < width; ++c)
      for (uint64_t m = 0; m < diagonals; ++m)
        if (const uint32_t row = tile[m * kTile + c]; row != kBubble) visit(row, begin + c, m);
  }
}

}  // namespace

uint64_t DiagonalMatrix::nnz() const {
  return sum(diagonals, [](const StoredDiagonal& d) { return d.filled(); });
}

uint64_t DiagonalMatrix::grey() const {
  return sum(diagonals, [](const StoredDiagonal& d) { return d.grey; });
}

uint64_t DiagonalMatrix::overflow() const {
  return sum(diagonals, [](const StoredDiagonal& d) { return d.in_window ? 0U : 1U; });
}

double DiagonalMatrix::in_window_share() const { return share(nnz() - grey(), nnz()); }

double DiagonalMatrix::utilisation() const { return share(nnz(), slots()); }

bool DiagonalMatrix::is_grey(uint64_t diagonal, uint64_t slot) const {
  const uint32_t row = rows[diagonal * n + slot];
  return row != kBubble && grey_slot(diagonals[diagonal], slot, row);
}

std::vector<MovedElement> DiagonalMatrix::list(uint64_t diagonal) const {
  std::vector<MovedElement> moved;
  moved.reserve(diagonals[diagonal].grey);
  for (uint64_t slot = 0; slot < n; ++slot)
    if (is_grey(diagonal, slot)) moved.push_back({static_cast<uint32_t>(slot), rows[diagonal * n + slot]});
  return moved;
}

void count_slots(DiagonalMatrix& matrix) {
  std::vector<uint32_t> of_row(matrix.n);
  for (uint64_t m = 0; m < matrix.diagonals.size(); ++m)
    count(matrix.diagonals[m], matrix.rows.data() + m * matrix.n, matrix.n, matrix.block_slots, of_row);
}

Csr to_csr(const DiagonalMatrix& matrix) {
  Csr csr{matrix.n, matrix.n, std::vector<uint64_t>(matrix.n + 1), {}, {}};
  for (const uint32_t row : matrix.rows)
    if (row != kBubble) ++csr.offsets[row + 1];
  for (uint64_t row = 0; row < matrix.n; ++row) csr.offsets[row + 1] += csr.offsets[row];
  csr.indices.resize(csr.offsets.back());
  csr.values.resize(matrix.values.empty() ? 0 : csr.nnz());
  std::vector<uint64_t> next(csr.offsets.begin(), csr.offsets.end() - 1);
  for_each_by_column(matrix, [&](uint32_t row, uint64_t column, uint64_t m) {
    const uint64_t element = next[row]++;
    csr.indices[element] = static_cast<uint32_t>(column);
    if (!csr.values.empty()) csr.values[element] = matrix.values[m * matrix.n + column];
  });
  return csr;
}

uint64_t diagonal_bits(const DiagonalMatrix& matrix, uint32_t value_bits) {
  return matrix.slots() * value_bits + matrix.grey() * 2 * ceil_log2(matrix.n);
}

uint64_t csr_bits(const Csr& csr, uint32_t value_bits) {
  return csr.nnz() * (value_bits + ceil_log2(csr.columns)) + (csr.rows + 1) * 32;
}

std::vector<uint64_t> diagonal_profile(const Csr& csr) {
  if (csr.rows != csr.columns)
    throw InputError(fmt::format("diagonals of a {} x {} matrix", csr.rows, csr.columns),
                     "allowed: a square matrix");
  std::vector<uint64_t> profile(csr.rows == 0 ? 0 : 2 * csr.rows - 1);
  for (uint64_t row = 0; row < csr.rows; ++row)
    for (const uint32_t column : csr.fiber(row)) ++profile[csr.rows - 1 + column - row];
  return profile;
}

uint64_t elements_within(const std::vector<uint64_t>& profile, uint64_t window) {
  const uint64_t main = profile.size() / 2;
  const uint64_t begin = main - std::min(main, window / 2);
  const uint64_t end = std::min<uint64_t>(profile.size(), main + (window + 1) / 2);
  uint64_t elements = 0;
  for (uint64_t d = begin; d < end; ++d) elements += profile[d];
  return elements;
}

double share_within(const std::vector<uint64_t>& profile, uint64_t window) {
  return share(elements_within(profile, window), elements_within(profile, profile.size()));
}

uint64_t choose_window(const std::vector<uint64_t>& profile) {
  const uint64_t n = (profile.size() + 1) / 2, all = elements_within(profile, profile.size());
  uint64_t window = 1;
  for (const uint64_t part : std::array<uint64_t, 4>{32, 16, 8, 4}) {
    window = std::max<uint64_t>(1, n / part);
    const uint64_t within = elements_within(profile, window);
    if (window * n - within >= all - within) break;
  }
  return window;
}

}  // namespace nonzero
