#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "nonzero/tensor/nm.h"

namespace nonzero {
namespace {

// One block of magnitudes, up to M x M at the edges.
struct Block {
  uint64_t rows = 0, columns = 0;
  std::vector<double> magnitude;

  [[nodiscard]] double at(uint64_t r, uint64_t c) const { return magnitude[r * columns + c]; }
};

std::vector<uint8_t> greedy(const Block& block, uint32_t n) {
  std::vector<uint64_t> order(block.magnitude.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint64_t x, uint64_t y) { return block.magnitude[x] > block.magnitude[y]; });
  std::vector<uint32_t> in_row(block.rows), in_column(block.columns);
  std::vector<uint8_t> keep(order.size());
  for (const uint64_t e : order) {
    uint32_t& row = in_row[e / block.columns];
    uint32_t& column = in_column[e % block.columns];
    if (row == n || column == n) continue;
    ++row;
    ++column;
    keep[e] = 1;
  }
  return keep;
}

// Successive longest paths over source - rows - columns - sink: rows and columns hold n, an element one.
// A path may give elements back (column to row), at the price of their magnitude.
class Flow {
 public:
  Flow(const Block& block, uint32_t n)
      : block_(block), n_(n), keep_(block.magnitude.size()), in_row_(block.rows), in_column_(block.columns) {}

  std::vector<uint8_t> largest() {
    while (augment()) {
    }
    return keep_;
  }

 private:
  bool augment() {
    constexpr double kFar = -std::numeric_limits<double>::infinity();
    const uint64_t nodes = block_.rows + block_.columns;
    std::vector<double> gain(nodes, kFar);
    std::vector<uint64_t> from(nodes, nodes);
    for (uint64_t r = 0; r < block_.rows; ++r)
      if (in_row_[r] < n_) gain[r] = 0;
    // Bellman-Ford: no cycle gains anything, as every flow so far is the largest of its size.
    for (bool changed = true; changed;) {
      changed = false;
      for (uint64_t r = 0; r < block_.rows; ++r)
        for (uint64_t c = 0; c < block_.columns; ++c) {
          const bool kept = keep_[r * block_.columns + c] == 1;
          const uint64_t column = block_.rows + c;
          const uint64_t tail = kept ? column : r, head = kept ? r : column;
          const double step = kept ? -block_.at(r, c) : block_.at(r, c);
          if (gain[tail] + step > gain[head] + kTolerance) {
            gain[head] = gain[tail] + step;
            from[head] = tail;
            changed = true;
          }
        }
    }
    uint64_t best = nodes;
    for (uint64_t c = 0; c < block_.columns; ++c)
      if (in_column_[c] < n_ && (best == nodes || gain[block_.rows + c] > gain[best])) best = block_.rows + c;
    // Where a free row and a free column hold their element already, one more may cost more than it brings.
    if (best == nodes || !(gain[best] >= 0)) return false;
    follow(best, from);
    return true;
  }

  void follow(uint64_t node, const std::vector<uint64_t>& from) {
    const uint64_t nodes = block_.rows + block_.columns;
    ++in_column_[node - block_.rows];
    for (; from[node] != nodes; node = from[node]) {
      const bool to_column = node >= block_.rows;
      const uint64_t row = to_column ? from[node] : node;
      const uint64_t column = (to_column ? node : from[node]) - block_.rows;
      keep_[row * block_.columns + column] = to_column ? 1 : 0;
    }
    ++in_row_[node];
  }

  static constexpr double kTolerance = 1e-12;  // rounding must not make a cycle look gainful
  const Block& block_;
  uint32_t n_;
  std::vector<uint8_t> keep_;
  std::vector<uint32_t> in_row_, in_column_;
};

}  // namespace

std::vector<uint8_t> transposable_mask(std::span<const float> values, const WeightShape& shape,
                                       const NmRatio& ratio, TransposableSearch search) {
  ratio.check();
  std::vector<uint8_t> mask(shape.size());
  const auto at = [&](uint64_t o, uint64_t i, uint64_t tap) {
    return (o * shape.cin + i) * shape.taps + tap;
  };
  for (uint64_t tap = 0; tap < shape.taps; ++tap)
    for (uint64_t o = 0; o < shape.cout; o += ratio.m)
      for (uint64_t i = 0; i < shape.cin; i += ratio.m) {
        Block block{
            std::min<uint64_t>(ratio.m, shape.cout - o), std::min<uint64_t>(ratio.m, shape.cin - i), {}};
        for (uint64_t r = 0; r < block.rows; ++r)
          for (uint64_t c = 0; c < block.columns; ++c)
            block.magnitude.push_back(std::fabs(static_cast<double>(values[at(o + r, i + c, tap)])));
        const std::vector<uint8_t> keep =
            search == TransposableSearch::kGreedy ? greedy(block, ratio.n) : Flow(block, ratio.n).largest();
        for (uint64_t r = 0; r < block.rows; ++r)
          for (uint64_t c = 0; c < block.columns; ++c)
            mask[at(o + r, i + c, tap)] = keep[r * block.columns + c];
      }
  return mask;
}

}  // namespace nonzero
