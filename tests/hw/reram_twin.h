#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "nonzero/hw/reram/digital.h"

// ASADI's digital module operation by operation: every array does the same operation at the same time, a copy
// moves one word in every row block. Slow, obvious, and the judge of the counts and cycles of hw::ReramDigitalModule.
namespace nonzero::test {

class ReramTwin {
 public:
  using Rows = std::vector<std::vector<double>>;  // [row][dimension]

  ReramTwin(const DiagonalMatrix& stored, uint64_t head_dim, hw::ReramOpCycles ops)
      : stored_(stored), d_(head_dim), ops_(ops) {}

  [[nodiscard]] uint64_t cycles() const { return cycles_; }
  void reset() { cycles_ = 0; }

  // Algorithm 2: the scores, slot by slot of each stored diagonal, bubbles computed as well.
  Rows sddmm(const Rows& q, const Rows& k) {
    const uint64_t n = stored_.n;
    std::vector<std::vector<std::vector<double>>> slices;  // [diagonal][dimension][slot]
    for (uint64_t m = 0; m < stored_.diagonals.size(); ++m) {
      Rows selected = shifted(q, m);
      for (const PlacedElement& moved : stored_.list(m)) selected[moved.slot] = q[moved.row];
      copy(m);
      cycles_ += ops_.multiply;
      std::vector<std::vector<double>> slice(d_, std::vector<double>(n));
      for (uint64_t a = 0; a < d_; ++a)
        for (uint64_t r = 0; r < n; ++r) slice[a][r] = selected[r][a] * k[r][a];
      slices.push_back(slice);
      copy(m);  // the rows written over come back
    }
    return add_slices(slices);
  }

  // Algorithm 1 and decompression: Z from the weights of the slots.
  Rows spmm(const Rows& weights, const Rows& v) {
    Rows z(stored_.n, std::vector<double>(d_));
    for (uint64_t m = 0; m < stored_.diagonals.size(); ++m) {
      Rows product(stored_.n, std::vector<double>(d_));
      cycles_ += ops_.multiply;
      for (uint64_t r = 0; r < stored_.n; ++r)
        for (uint64_t a = 0; a < d_; ++a) product[r][a] = weights[m][r] * v[r][a];
      if (moves(m)) cycles_ += ops_.shift;
      add_normal(m, product, z);
      copy(m);
      add_moved(m, product, z);
    }
    return z;
  }

 private:
  [[nodiscard]] bool moves(uint64_t m) const {
    return stored_.diagonals[m].in_window && stored_.diagonals[m].index != 0;
  }

  Rows shifted(const Rows& q, uint64_t m) {
    Rows out(stored_.n, std::vector<double>(d_));
    if (moves(m)) cycles_ += ops_.shift;
    for (uint64_t r = 0; r < stored_.n; ++r) {
      const int64_t from = static_cast<int64_t>(r) - (moves(m) ? stored_.diagonals[m].index : 0);
      if (from >= 0 && from < static_cast<int64_t>(stored_.n)) out[r] = q[static_cast<uint64_t>(from)];
    }
    return out;
  }

  // One moved element at a time in each row block, all blocks side by side.
  void copy(uint64_t m) {
    std::map<uint64_t, uint64_t> waiting;
    for (const PlacedElement& moved : stored_.list(m)) ++waiting[moved.slot / stored_.block_slots];
    for (bool any = !waiting.empty(); any;) {
      cycles_ += ops_.copy;
      any = false;
      for (auto& [block, left] : waiting) {
        if (left > 0) --left;
        any = any || left > 0;
      }
    }
  }

  // In every array at once: the slices of the array's next diagonal, one after the other.
  Rows add_slices(const std::vector<std::vector<std::vector<double>>>& slices) {
    Rows scores(slices.size(), std::vector<double>(stored_.n));
    for (uint64_t first = 0; first < slices.size(); first += d_) {
      cycles_ += (d_ - 1) * ops_.add;
      for (uint64_t m = first; m < std::min<uint64_t>(first + d_, slices.size()); ++m)
        for (uint64_t r = 0; r < stored_.n; ++r) {
          for (uint64_t a = 0; a < d_; ++a) scores[m][r] += slices[m][a][r];
        }
    }
    return scores;
  }

  void add_normal(uint64_t m, const Rows& product, Rows& z) {
    bool any = false;
    for (const PlacedElement& element : stored_.filled(m)) {
      if (!stored_.diagonals[m].is_home(element)) continue;
      any = true;
      for (uint64_t a = 0; a < d_; ++a) z[element.row][a] += product[element.slot][a];
    }
    if (any) cycles_ += ops_.add;
  }

  // One addition takes at most one element of each row.
  void add_moved(uint64_t m, const Rows& product, Rows& z) {
    std::vector<PlacedElement> left = stored_.list(m);
    while (!left.empty()) {
      cycles_ += ops_.add;
      std::map<uint32_t, uint32_t> added;
      std::vector<PlacedElement> later;
      for (const PlacedElement& moved : left) {
        if (!added.emplace(moved.row, moved.slot).second) {
          later.push_back(moved);
          continue;
        }
        for (uint64_t a = 0; a < d_; ++a) z[moved.row][a] += product[moved.slot][a];
      }
      left = later;
    }
  }

  const DiagonalMatrix& stored_;
  uint64_t d_;
  hw::ReramOpCycles ops_;
  uint64_t cycles_ = 0;
};

}  // namespace nonzero::test
