#pragma once

#include <span>

#include "nonzero/hw/array/stce.h"

namespace nonzero::hw {

// Both operands of a GEMM as its steps see them: dense weights, or the stored ones with the selector's
// index.
class StceOperands {
 public:
  // `a` is positions x (taps * channels) row-major; `w` outputs x (taps * channels), or, where the GEMM is
  // sparse, `compact` with `taps` lines per output.
  StceOperands(const StceGemm& gemm, std::span<const float> a, std::span<const float> w,
               const NmCompact* compact)
      : a_(a),
        w_(w),
        compact_(gemm.sparse ? compact : nullptr),
        channels_(gemm.channels),
        depth_(gemm.taps * gemm.channels),
        steps_(gemm.steps()) {}

  [[nodiscard]] float weight(uint64_t output, uint64_t step) const {
    return compact_ != nullptr ? compact_->values[output * steps_ + step] : w_[output * depth_ + step];
  }
  [[nodiscard]] float activation(uint64_t position, uint64_t output, uint64_t step) const {
    const uint64_t k = reduced(output, step);
    return k < depth_ ? a_[position * depth_ + k] : 0.0F;
  }
  // Which element of the reduction that step is; `depth` for a padded one.
  [[nodiscard]] uint64_t reduced(uint64_t output, uint64_t step) const {
    if (compact_ == nullptr) return step;
    const uint64_t n = compact_->ratio.n, m = compact_->ratio.m;
    const uint64_t per_tap = compact_->axis.groups_per_line(compact_->ratio);
    const uint64_t group = step / n, tap = group / per_tap;
    const uint64_t channel = group % per_tap * m + compact_->indices[output * steps_ + step];
    return channel < channels_ ? tap * channels_ + channel : depth_;
  }
  [[nodiscard]] uint64_t depth() const { return depth_; }
  [[nodiscard]] uint64_t steps() const { return steps_; }

 private:
  std::span<const float> a_, w_;
  const NmCompact* compact_;
  uint64_t channels_, depth_, steps_;
};

}  // namespace nonzero::hw
