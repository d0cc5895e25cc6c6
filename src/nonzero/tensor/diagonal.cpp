#include "nonzero/tensor/diagonal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/tensor/value_formats.h"

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

void check(std::span<const PlacedElement> elements, uint64_t n) {
  uint64_t next = 0;
  for (const PlacedElement& element : elements) {
    if (element.slot < next || element.slot >= n || element.row >= n)
      throw InputError(fmt::format("slot {} with an element of row {}", element.slot, element.row),
                       fmt::format("allowed: ascending slots and rows below {}", n));
    next = uint64_t{element.slot} + 1;
  }
}

// Counts one diagonal. `of_row` is n zeros, before and after.
void count(StoredDiagonal& diagonal, std::span<const PlacedElement> elements, uint64_t block_slots,
           std::vector<uint32_t>& of_row) {
  diagonal.normal = diagonal.grey = diagonal.grey_in_block = diagonal.grey_of_row = 0;
  uint64_t in_block = 0, block_end = block_slots;
  for (const PlacedElement& element : elements) {
    if (diagonal.is_home(element)) continue;
    if (element.slot >= block_end) {
      in_block = 0;
      block_end = (element.slot / block_slots + 1) * block_slots;
    }
    ++diagonal.grey;
    diagonal.grey_in_block = std::max(diagonal.grey_in_block, ++in_block);
    diagonal.grey_of_row = std::max<uint64_t>(diagonal.grey_of_row, ++of_row[element.row]);
  }
  diagonal.normal = elements.size() - diagonal.grey;
  for (const PlacedElement& element : elements) of_row[element.row] = 0;
}

// Elements of neighbouring columns, kTile at a time, sorted by column: a walk down the columns that stays in
// the cache. visit(row, column, element).
constexpr uint64_t kTile = 64;

template <class Visit>
void for_each_by_column(const DiagonalMatrix& matrix, const Visit& visit) {
  std::vector<uint64_t> next(matrix.offsets.begin(), matrix.offsets.end() - 1);
  std::array<std::vector<std::pair<uint32_t, uint64_t>>, kTile> columns;  // (row, element)
  for (uint64_t begin = 0; begin < matrix.n; begin += kTile) {
    for (auto& column : columns) column.clear();
    for (uint64_t m = 0; m < next.size(); ++m)
      for (; next[m] < matrix.offsets[m + 1]; ++next[m]) {
        const PlacedElement& element = matrix.elements[next[m]];
        if (element.slot >= begin + kTile) break;
        columns[element.slot - begin].emplace_back(element.row, next[m]);
      }
    for (uint64_t c = 0; c < kTile; ++c)
      for (const auto& [row, element] : columns[c]) visit(row, begin + c, element);
  }
}

}  // namespace

uint64_t DiagonalMatrix::grey() const {
  return sum(diagonals, [](const StoredDiagonal& d) { return d.grey; });
}

uint64_t DiagonalMatrix::overflow() const {
  return sum(diagonals, [](const StoredDiagonal& d) { return d.in_window ? 0U : 1U; });
}

double DiagonalMatrix::in_window_share() const { return share(nnz() - grey(), nnz()); }

double DiagonalMatrix::utilisation() const { return share(nnz(), slots()); }

std::vector<PlacedElement> DiagonalMatrix::list(uint64_t diagonal) const {
  std::vector<PlacedElement> moved;
  moved.reserve(diagonals[diagonal].grey);
  for (const PlacedElement& element : filled(diagonal))
    if (!diagonals[diagonal].is_home(element)) moved.push_back(element);
  return moved;
}

void count_elements(DiagonalMatrix& matrix) {
  std::vector<uint32_t> of_row(matrix.n);
  for (uint64_t m = 0; m < matrix.diagonals.size(); ++m) {
    check(matrix.filled(m), matrix.n);
    count(matrix.diagonals[m], matrix.filled(m), matrix.block_slots, of_row);
  }
}

Csr to_csr(const DiagonalMatrix& matrix) {
  Csr csr{matrix.n, matrix.n, std::vector<uint64_t>(matrix.n + 1), {}, {}};
  for (const PlacedElement& element : matrix.elements) ++csr.offsets[element.row + 1];
  std::partial_sum(csr.offsets.begin(), csr.offsets.end(), csr.offsets.begin());
  csr.indices.resize(csr.offsets.back());
  csr.values.resize(matrix.values.size());
  std::vector<uint64_t> next(csr.offsets.begin(), csr.offsets.end() - 1);
  for_each_by_column(matrix, [&](uint32_t row, uint64_t column, uint64_t element) {
    const uint64_t place = next[row]++;
    csr.indices[place] = static_cast<uint32_t>(column);
    if (!csr.values.empty()) csr.values[place] = matrix.values[element];
  });
  return csr;
}

uint64_t diagonal_bits(const DiagonalMatrix& matrix, uint32_t value_bits) {
  return matrix.slots() * value_bits + matrix.grey() * 2 * ceil_log2(matrix.n);
}

uint64_t csr_bits(const Csr& csr, uint32_t value_bits) {
  return csr_bits(csr.rows, csr.columns, csr.nnz(), value_bits);
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
