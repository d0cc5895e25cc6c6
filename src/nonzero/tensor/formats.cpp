#include "nonzero/tensor/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

// Counting sort of a compressed matrix's elements by their minor index.
struct Transposed {
  std::vector<uint64_t> offsets;
  std::vector<uint32_t> indices;
  std::vector<float> values;
};

Transposed transpose_arrays(uint64_t minor, std::span<const uint64_t> offsets,
                            std::span<const uint32_t> indices, std::span<const float> values) {
  Transposed out;
  out.offsets.assign(minor + 1, 0);
  for (const uint32_t index : indices) ++out.offsets[index + 1];
  std::partial_sum(out.offsets.begin(), out.offsets.end(), out.offsets.begin());
  out.indices.resize(indices.size());
  out.values.resize(values.size());
  std::vector<uint64_t> next(out.offsets.begin(), out.offsets.end() - 1);
  for (uint64_t major = 0; major + 1 < offsets.size(); ++major) {
    for (uint64_t e = offsets[major]; e < offsets[major + 1]; ++e) {
      const uint64_t place = next[indices[e]]++;
      out.indices[place] = static_cast<uint32_t>(major);
      if (!values.empty()) out.values[place] = values[e];
    }
  }
  return out;
}

}  // namespace

uint64_t Bitmap::count() const {
  uint64_t ones = 0;
  for (const uint64_t word : words) ones += std::popcount(word);
  return ones;
}

Csr to_csr(const Dense& dense) {
  Csr csr{dense.rows, dense.columns, {0}, {}, {}};
  csr.offsets.reserve(dense.rows + 1);
  for (uint64_t r = 0; r < dense.rows; ++r) {
    for (uint64_t c = 0; c < dense.columns; ++c) {
      const float value = dense.at(r, c);
      if (value == 0.0F) continue;
      csr.indices.push_back(static_cast<uint32_t>(c));
      csr.values.push_back(value);
    }
    csr.offsets.push_back(csr.indices.size());
  }
  return csr;
}

Csr to_csr(const Coo& coo) {
  Csr csr{coo.rows, coo.columns, std::vector<uint64_t>(coo.rows + 1), coo.column_indices, coo.values};
  for (const uint32_t row : coo.row_indices) ++csr.offsets[row + 1];
  std::partial_sum(csr.offsets.begin(), csr.offsets.end(), csr.offsets.begin());
  return csr;
}

Csr to_csr(const Csc& csc) {
  Transposed t = transpose_arrays(csc.rows, csc.offsets, csc.indices, csc.values);
  return {csc.rows, csc.columns, std::move(t.offsets), std::move(t.indices), std::move(t.values)};
}

Csr to_csr(const Bitmap& bitmap) {
  Csr csr{bitmap.rows, bitmap.columns, {0}, {}, bitmap.values};
  csr.offsets.reserve(bitmap.rows + 1);
  csr.indices.reserve(bitmap.values.size());
  for (uint64_t r = 0; r < bitmap.rows; ++r) {
    const auto words = bitmap.row(r);
    for (uint64_t w = 0; w < words.size(); ++w) {
      for (uint64_t rest = words[w]; rest != 0; rest &= rest - 1)
        csr.indices.push_back(static_cast<uint32_t>(w * 64 + std::countr_zero(rest)));
    }
    csr.offsets.push_back(csr.indices.size());
  }
  return csr;
}

Csr to_csr(const Rlc& rlc) {
  Csr csr{rlc.rows, rlc.columns, std::vector<uint64_t>(rlc.rows + 1), {}, {}};
  uint64_t position = 0;
  for (size_t e = 0; e < rlc.runs.size(); ++e, ++position) {
    position += rlc.runs[e];
    if (rlc.values[e] == 0.0F) continue;  // padding
    ++csr.offsets[position / rlc.columns + 1];
    csr.indices.push_back(static_cast<uint32_t>(position % rlc.columns));
    csr.values.push_back(rlc.values[e]);
  }
  std::partial_sum(csr.offsets.begin(), csr.offsets.end(), csr.offsets.begin());
  return csr;
}

Csc to_csc(const Csr& csr) {
  Transposed t = transpose_arrays(csr.columns, csr.offsets, csr.indices, csr.values);
  return {csr.rows, csr.columns, std::move(t.offsets), std::move(t.indices), std::move(t.values)};
}

Csr transpose(const Csr& csr) {
  Transposed t = transpose_arrays(csr.columns, csr.offsets, csr.indices, csr.values);
  return {csr.columns, csr.rows, std::move(t.offsets), std::move(t.indices), std::move(t.values)};
}

Coo to_coo(const Csr& csr) {
  Coo coo{csr.rows, csr.columns, {}, csr.indices, csr.values};
  coo.row_indices.reserve(csr.nnz());
  for (uint64_t r = 0; r < csr.rows; ++r)
    coo.row_indices.insert(coo.row_indices.end(), csr.offsets[r + 1] - csr.offsets[r],
                           static_cast<uint32_t>(r));
  return coo;
}

Bitmap to_bitmap(const Csr& csr) {
  Bitmap bitmap{csr.rows, csr.columns, {}, csr.values};
  bitmap.words.assign(csr.rows * bitmap.words_per_row(), 0);
  for (uint64_t r = 0; r < csr.rows; ++r)
    for (const uint32_t c : csr.fiber(r)) bitmap.set(r, c);
  return bitmap;
}

Bitmap to_bitmap(const Dense& dense) {
  Bitmap bitmap{dense.rows, dense.columns, {}, {}};
  bitmap.words.assign(dense.rows * bitmap.words_per_row(), 0);
  for (uint64_t r = 0; r < dense.rows; ++r) {
    for (uint64_t c = 0; c < dense.columns; ++c) {
      if (dense.at(r, c) == 0.0F) continue;
      bitmap.set(r, c);
      bitmap.values.push_back(dense.at(r, c));
    }
  }
  return bitmap;
}

Rlc to_rlc(const Csr& csr, uint32_t run_bits) {
  Rlc rlc{csr.rows, csr.columns, run_bits, {}, {}};
  const uint64_t longest = (uint64_t{1} << run_bits) - 1;
  uint64_t next = 0;  // first position not yet coded
  for (uint64_t r = 0; r < csr.rows; ++r) {
    for (uint64_t e = csr.offsets[r]; e < csr.offsets[r + 1]; ++e) {
      const float value = csr.values.empty() ? 1.0F : csr.values[e];
      if (value == 0.0F) continue;
      uint64_t run = r * csr.columns + csr.indices[e] - next;
      for (; run > longest; run -= longest + 1) {
        rlc.runs.push_back(static_cast<uint32_t>(longest));
        rlc.values.push_back(0.0F);
      }
      rlc.runs.push_back(static_cast<uint32_t>(run));
      rlc.values.push_back(value);
      next = r * csr.columns + csr.indices[e] + 1;
    }
  }
  return rlc;
}

Dense to_dense(const Csr& csr) {
  Dense dense{csr.rows, csr.columns, std::vector<float>(csr.rows * csr.columns)};
  for (uint64_t r = 0; r < csr.rows; ++r)
    for (uint64_t e = csr.offsets[r]; e < csr.offsets[r + 1]; ++e)
      dense.at(r, csr.indices[e]) = csr.values.empty() ? 1.0F : csr.values[e];
  return dense;
}

Csr drop_zeros(const Csr& csr) {
  if (csr.values.empty()) return csr;
  Csr out{csr.rows, csr.columns, {0}, {}, {}};
  out.offsets.reserve(csr.rows + 1);
  for (uint64_t r = 0; r < csr.rows; ++r) {
    for (uint64_t e = csr.offsets[r]; e < csr.offsets[r + 1]; ++e) {
      if (csr.values[e] == 0.0F) continue;
      out.indices.push_back(csr.indices[e]);
      out.values.push_back(csr.values[e]);
    }
    out.offsets.push_back(out.indices.size());
  }
  return out;
}

std::vector<uint32_t> column_counts(const Csr& csr) {
  std::vector<uint32_t> counts(csr.columns);
  for (const uint32_t c : csr.indices) ++counts[c];
  return counts;
}

std::vector<uint64_t> row_offsets(const Bitmap& bitmap) {
  std::vector<uint64_t> offsets(bitmap.rows + 1);
  for (uint64_t r = 0; r < bitmap.rows; ++r) {
    uint64_t ones = 0;
    for (const uint64_t word : bitmap.row(r)) ones += std::popcount(word);
    offsets[r + 1] = offsets[r] + ones;
  }
  return offsets;
}

void validate(const Csr& csr, const std::string& source) {
  const Place place{source, 0};
  constexpr uint64_t kMostIndices = uint64_t{1} << 32U;
  if (csr.rows > kMostIndices || csr.columns > kMostIndices)
    throw InputError(fmt::format("{} x {}", csr.rows, csr.columns), "allowed: at most 2^32 rows and columns",
                     place);
  if (csr.offsets.size() != csr.rows + 1 || csr.offsets.front() != 0 || csr.offsets.back() != csr.nnz() ||
      !std::is_sorted(csr.offsets.begin(), csr.offsets.end()))
    throw InputError("row offsets do not rise from 0 to the number of elements", "", place);
  if (!csr.values.empty() && csr.values.size() != csr.nnz())
    throw InputError(fmt::format("{} values for {} indices", csr.values.size(), csr.nnz()), "", place);
  for (uint64_t r = 0; r < csr.rows; ++r) {
    const auto fiber = csr.fiber(r);
    for (size_t e = 0; e < fiber.size(); ++e) {
      if (fiber[e] >= csr.columns)
        throw InputError(fmt::format("row {}: column {}", r, fiber[e]),
                         fmt::format("allowed: 0 to {}", static_cast<int64_t>(csr.columns) - 1), place);
      if (e > 0 && fiber[e] <= fiber[e - 1])
        throw InputError(fmt::format("row {}: column {} after {}", r, fiber[e], fiber[e - 1]),
                         "columns of a row must rise", place);
    }
  }
}

}  // namespace nonzero
