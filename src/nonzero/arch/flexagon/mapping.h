#pragma once

#include <algorithm>
#include <cstdint>

#include "nonzero/arch/flexagon/dataflow.h"

namespace nonzero::flexagon {

// What the multipliers hold at once: stationary elements [begin, end) of the storage order, which
// belong to the stationary fibers [fiber_begin, fiber_end).
//   inner product   whole rows, one cluster each; a row longer than the array stands alone in folds,
//                   of which all but the first leave one multiplier to re-inject the partial sum
//   outer product   the next elements, columns broken anywhere
//   Gustavson       whole rows, one cluster each; a longer row stands alone in passes
struct Tile {
  uint64_t begin = 0, end = 0;
  uint64_t fiber_begin = 0, fiber_end = 0;
  uint64_t k_begin = 0, k_end = 0;  // inner product: the range of k that is streamed
  uint64_t fold = 0, folds = 1;     // fold or pass of a row longer than the array

  [[nodiscard]] uint64_t size() const { return end - begin; }
};

// Walks the stationary operand in tiles of at most `multipliers` elements; empty fibers are skipped.
// `one_row_at_a_time`: Gustavson as the authors' simulator has it. visit(const Tile&).
template <class Visit>
void for_each_tile(const Sides& sides, uint64_t multipliers, bool one_row_at_a_time, const Visit& visit);

namespace detail {

template <class Visit>
void for_each_outer_tile(const Csr& columns, uint64_t multipliers, const Visit& visit) {
  uint64_t fiber = 0;
  for (uint64_t begin = 0; begin < columns.nnz(); begin += multipliers) {
    Tile tile;
    tile.begin = begin;
    tile.end = std::min(begin + multipliers, columns.nnz());
    while (columns.offsets[fiber + 1] <= begin) ++fiber;
    tile.fiber_begin = fiber;
    while (columns.offsets[fiber + 1] < tile.end) ++fiber;
    tile.fiber_end = fiber + 1;
    visit(tile);
  }
}

// The folds of one row longer than the array. Fold i streams k from the end of fold i - 1 to its last
// column + 1, the last one to `inner`.
template <class Visit>
void for_each_fold(const Sides& sides, uint64_t row, uint64_t multipliers, const Visit& visit) {
  const Csr& rows = *sides.stationary;
  const bool reinjects = sides.method == Method::kInner;
  const uint64_t length = rows.offsets[row + 1] - rows.offsets[row];
  const uint64_t later = reinjects ? multipliers - 1 : multipliers;
  Tile tile;
  tile.fiber_begin = row;
  tile.fiber_end = row + 1;
  tile.end = rows.offsets[row];
  tile.folds = 1 + (length - multipliers + later - 1) / later;
  for (tile.fold = 0; tile.fold < tile.folds; ++tile.fold) {
    tile.begin = tile.end;
    tile.end = std::min(tile.begin + (tile.fold == 0 ? multipliers : later), rows.offsets[row + 1]);
    tile.k_begin = tile.k_end;
    tile.k_end = tile.fold + 1 == tile.folds ? sides.inner : uint64_t{rows.indices[tile.end - 1]} + 1;
    visit(tile);
  }
}

}  // namespace detail

template <class Visit>
void for_each_tile(const Sides& sides, uint64_t multipliers, bool one_row_at_a_time, const Visit& visit) {
  const Csr& rows = *sides.stationary;
  if (sides.method == Method::kOuter) return detail::for_each_outer_tile(rows, multipliers, visit);
  const bool alone = one_row_at_a_time && sides.method == Method::kGustavson;
  Tile tile;
  tile.k_end = sides.inner;
  const auto flush = [&](uint64_t next) {
    if (tile.size() > 0) visit(tile);
    tile.begin = tile.end = rows.offsets[next];
    tile.fiber_begin = tile.fiber_end = next;
  };
  const uint64_t fibers = rows.offsets.size() - 1;
  for (uint64_t row = 0; row < fibers; ++row) {
    const uint64_t length = rows.offsets[row + 1] - rows.offsets[row];
    if (length == 0) continue;
    if (tile.size() == 0 || alone || tile.size() + length > multipliers) flush(row);
    if (length > multipliers) {
      detail::for_each_fold(sides, row, multipliers, visit);
      flush(row + 1);
    } else {
      tile.end = rows.offsets[row + 1];
      tile.fiber_end = row + 1;
    }
  }
  flush(fibers);
}

}  // namespace nonzero::flexagon
