#include "nonzero/hw/vector/sore.h"

#include <algorithm>
#include <cmath>

#include "nonzero/base/math.h"

namespace nonzero::hw {

void SoreLane::take(float value) {
  const uint32_t index = next_++;
  if (kept_.size() < ratio_.n) {
    kept_.emplace_back(value, index);
    return;
  }
  const auto smallest = std::min_element(kept_.begin(), kept_.end(), [](const auto& x, const auto& y) {
    const float a = std::fabs(x.first), b = std::fabs(y.first);
    return a != b ? a < b : x.second > y.second;
  });
  if (std::fabs(value) > std::fabs(smallest->first)) *smallest = {value, index};
}

std::vector<uint32_t> SoreLane::indices() const {
  std::vector<uint32_t> all;
  for (const auto& entry : kept_) all.push_back(entry.second);
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<std::pair<float, uint32_t>> SoreLane::emit() {
  std::sort(kept_.begin(), kept_.end(), [](const auto& x, const auto& y) { return x.second < y.second; });
  next_ = 0;
  return std::exchange(kept_, {});
}

uint64_t sore_cycles(uint64_t groups, uint64_t lanes, const NmRatio& ratio) {
  return ceil_div(groups, lanes) * ratio.m;
}

uint64_t sore_comparisons(uint64_t groups, const NmRatio& ratio) { return groups * ratio.m * ratio.n; }

}  // namespace nonzero::hw
