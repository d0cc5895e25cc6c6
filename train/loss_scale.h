#pragma once

#include <cstdint>

namespace nonzero::train {

// The factor that keeps small gradients above FP16's underflow (sat.md, "Mixed precision"): halves, without an
// update, where a scaled gradient overflows; doubles after 2000 good steps. 1 in fp32.
struct LossScale {
  static constexpr double kFirst = 65536;
  static constexpr uint64_t kGoodStepsToDouble = 2000, kMostSkips = 50;

  double scale = 1;
  uint64_t good_steps = 0, skips_in_row = 0, skipped = 0;

  // False where that was one overflow in a row too many.
  bool overflowed() {
    if (++skips_in_row >= kMostSkips) return false;
    scale /= 2;
    good_steps = 0;
    ++skipped;
    return true;
  }
  void good_step() {
    skips_in_row = 0;
    if (++good_steps < kGoodStepsToDouble) return;
    scale *= 2;
    good_steps = 0;
  }
};

}  // namespace nonzero::train
