#include "train/nm_mask.h"

#include <algorithm>

#include "nonzero/tensor/nm.h"

namespace nonzero::train {
namespace {

NmRatio ratio_of(int64_t n, int64_t m) { return {static_cast<uint32_t>(n), static_cast<uint32_t>(m)}; }

}  // namespace

void top_n_mask(const float* values, const Grouping& grouping, int64_t n, int64_t m, float* mask) {
  const NmAxis axis{static_cast<uint64_t>(grouping.outer), static_cast<uint64_t>(grouping.channels),
                    static_cast<uint64_t>(grouping.inner)};
  const std::vector<uint8_t> kept = nm_mask({values, axis.size()}, axis, ratio_of(n, m));
  std::copy(kept.begin(), kept.end(), mask);
}

void transposable_mask(const float* values, int64_t cout, int64_t cin, int64_t taps, int64_t n, int64_t m,
                       float* mask) {
  const WeightShape shape{static_cast<uint64_t>(cout), static_cast<uint64_t>(cin),
                          static_cast<uint64_t>(taps)};
  const std::vector<uint8_t> kept =
      nonzero::transposable_mask({values, shape.size()}, shape, ratio_of(n, m), TransposableSearch::kGreedy);
  std::copy(kept.begin(), kept.end(), mask);
}

}  // namespace nonzero::train
