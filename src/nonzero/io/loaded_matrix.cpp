#include "nonzero/io/loaded_matrix.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace nonzero::io {
namespace {

bool rises(std::span<const uint32_t> fiber) {
  return std::adjacent_find(fiber.begin(), fiber.end(), std::greater_equal<>()) == fiber.end();
}

// Sorts one fiber in place by column, equal columns in their order.
void sort_fiber(Csr& csr, uint64_t begin, uint64_t end, std::vector<std::pair<uint32_t, float>>& scratch) {
  const bool pattern = csr.values.empty();
  scratch.clear();
  for (uint64_t e = begin; e < end; ++e) scratch.emplace_back(csr.indices[e], pattern ? 0.0F : csr.values[e]);
  std::stable_sort(scratch.begin(), scratch.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (uint64_t e = begin; e < end; ++e) {
    csr.indices[e] = scratch[e - begin].first;
    if (!pattern) csr.values[e] = scratch[e - begin].second;
  }
}

}  // namespace

uint64_t most_side(uint64_t bytes) {
  constexpr uint64_t kAlways = uint64_t{1} << 20U;
  constexpr uint64_t kPerByte = 256;
  constexpr uint64_t kMostIndices = uint64_t{1} << 32U;
  return bytes > kMostIndices / kPerByte ? kMostIndices : std::min(kMostIndices, kAlways + kPerByte * bytes);
}

uint64_t sort_and_add_duplicates(Csr& csr) {
  std::vector<std::pair<uint32_t, float>> scratch;
  const bool pattern = csr.values.empty();
  uint64_t kept = 0;
  uint64_t begin = 0;
  const uint64_t all = csr.nnz();
  for (uint64_t r = 0; r < csr.rows; ++r) {
    const uint64_t end = csr.offsets[r + 1];
    const std::span<const uint32_t> fiber(csr.indices.data() + begin, csr.indices.data() + end);
    const bool sorted = rises(fiber);
    if (sorted && kept == begin) {
      kept = end;
    } else {
      if (!sorted) sort_fiber(csr, begin, end, scratch);
      for (uint64_t e = begin; e < end;) {
        const uint32_t column = csr.indices[e];
        double sum = 0;
        for (; e < end && csr.indices[e] == column; ++e)
          sum += pattern ? 0.0 : static_cast<double>(csr.values[e]);
        csr.indices[kept] = column;
        if (!pattern) csr.values[kept] = static_cast<float>(sum);
        ++kept;
      }
    }
    begin = end;
    csr.offsets[r + 1] = kept;
  }
  csr.indices.resize(kept);
  if (!pattern) csr.values.resize(kept);
  return all - kept;
}

uint64_t count_zeros(const Csr& csr) {
  return static_cast<uint64_t>(std::count(csr.values.begin(), csr.values.end(), 0.0F));
}

Csr by_row(uint64_t rows, uint64_t columns, const Elements& elements) {
  Csr csr{rows, columns, std::vector<uint64_t>(rows + 1), {}, {}};
  for (const uint32_t row : elements.rows) ++csr.offsets[row + 1];
  std::partial_sum(csr.offsets.begin(), csr.offsets.end(), csr.offsets.begin());
  std::vector<uint64_t> next(csr.offsets.begin(), csr.offsets.end() - 1);
  csr.indices.resize(elements.rows.size());
  csr.values.resize(elements.values.size());
  const bool pattern = elements.values.empty();
  for (size_t e = 0; e < elements.rows.size(); ++e) {
    const uint64_t place = next[elements.rows[e]]++;
    csr.indices[place] = elements.columns[e];
    if (!pattern) csr.values[place] = elements.values[e];
  }
  return csr;
}

}  // namespace nonzero::io
