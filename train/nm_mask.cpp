#include "train/nm_mask.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace nonzero::train {
namespace {

// One group, `count` values apart by `stride`. A value is kept when fewer than n of the group beat it.
void mask_group(const float* values, int64_t count, int64_t stride, int64_t n, float* mask) {
  for (int64_t i = 0; i < count; ++i) {
    const float mine = std::fabs(values[i * stride]);
    int64_t better = 0;
    for (int64_t j = 0; j < i; ++j) better += std::fabs(values[j * stride]) >= mine ? 1 : 0;
    for (int64_t j = i + 1; j < count; ++j) better += std::fabs(values[j * stride]) > mine ? 1 : 0;
    mask[i * stride] = better < n ? 1.0F : 0.0F;
  }
}

struct Candidate {
  float magnitude;
  int64_t row, column;
};

class Block {
 public:
  explicit Block(int64_t m)
      : rows_(static_cast<size_t>(m)),
        columns_(static_cast<size_t>(m)),
        candidates_(static_cast<size_t>(m * m)) {}

  // The block's corner is at `values`; a weight's neighbours are apart by the strides.
  void choose(const float* values, int64_t height, int64_t width, int64_t row_stride, int64_t column_stride,
              int64_t n, float* mask) {
    std::fill(rows_.begin(), rows_.end(), 0);
    std::fill(columns_.begin(), columns_.end(), 0);
    const auto end = candidates_.begin() + height * width;
    for (int64_t r = 0; r < height; ++r)
      for (int64_t c = 0; c < width; ++c)
        candidates_[static_cast<size_t>(r * width + c)] = {
            std::fabs(values[r * row_stride + c * column_stride]), r, c};
    std::stable_sort(candidates_.begin(), end,
                     [](const Candidate& a, const Candidate& b) { return a.magnitude > b.magnitude; });
    for (auto it = candidates_.begin(); it != end; ++it) {
      int64_t &row = rows_[static_cast<size_t>(it->row)], &column = columns_[static_cast<size_t>(it->column)];
      const bool kept = row < n && column < n;
      if (kept) {
        ++row;
        ++column;
      }
      mask[it->row * row_stride + it->column * column_stride] = kept ? 1.0F : 0.0F;
    }
  }

 private:
  std::vector<int64_t> rows_, columns_;  // how many are kept there
  std::vector<Candidate> candidates_;
};

}  // namespace

void top_n_mask(const float* values, const Grouping& grouping, int64_t n, int64_t m, float* mask) {
  for (int64_t o = 0; o < grouping.outer; ++o)
    for (int64_t first = 0; first < grouping.channels; first += m) {
      const int64_t at = (o * grouping.channels + first) * grouping.inner;
      const int64_t count = std::min(m, grouping.channels - first);
      for (int64_t i = 0; i < grouping.inner; ++i)
        mask_group(values + at + i, count, grouping.inner, n, mask + at + i);
    }
}

void transposable_mask(const float* values, int64_t cout, int64_t cin, int64_t taps, int64_t n, int64_t m,
                       float* mask) {
  Block block(m);
  for (int64_t row = 0; row < cout; row += m)
    for (int64_t column = 0; column < cin; column += m)
      for (int64_t tap = 0; tap < taps; ++tap) {
        const int64_t corner = (row * cin + column) * taps + tap;
        block.choose(values + corner, std::min(m, cout - row), std::min(m, cin - column), cin * taps, taps, n,
                     mask + corner);
      }
}

}  // namespace nonzero::train
