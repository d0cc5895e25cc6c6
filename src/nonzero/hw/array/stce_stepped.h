#pragma once

#include <span>
#include <vector>

#include "nonzero/hw/array/stce.h"

namespace nonzero::hw {

// The largest array that is stepped.
inline constexpr uint64_t kMostSteppedSide = 8;

struct SteppedGemm {
  uint64_t cycles = 0;
  uint64_t busy_pe_cycles = 0;  // PE-cycles with a multiply-add of a real output
  std::vector<float> out;       // positions x outputs
};

// The array tick by tick: every PE, its operands' arrival, its partial sums' latency, one drain port per
// column. `a` is positions x (taps * channels) row-major; `w` outputs x (taps * channels), or where the
// GEMM is sparse `compact` with `taps` lines per output. Throws std::logic_error where the schedule lets
// a partial sum be touched before its last addition is done. Arrays up to 8 x 8 (else InputError).
//
//   output-stationary   the slot s that enters PE (0,0) in cycle s reaches PE (r,c) in s + r + c; products
//                       are added to one of I sums in ascending k; a column is handed to its drain port
//                       when its last row is done, and leaves row by row while the next batch computes
//   weight-stationary   PE (r,c) in cycle r N L_acc + c + s; sums flow down a column from +0, and what
//                       leaves the column is added to the partial-sum buffer, k tile after k tile
SteppedGemm step_stce(const StceArray& array, const StceGemm& gemm, StceDataflow dataflow,
                      std::span<const float> a, std::span<const float> w, const NmCompact* compact);

}  // namespace nonzero::hw
