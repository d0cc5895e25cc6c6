#pragma once

#include "nonzero/arch/asadi/config.h"
#include "nonzero/result/result.h"
#include "nonzero/workload/operation.h"

namespace nonzero::asadi {

// For a page to draw, each an array of one object:
//
//   "diagonal_density"   {"title", "tokens", "window", "window_share", "first", "step",
//                         "density": [non-zeros / elements of the diagonals first + i * step …, all heads]}
//   "latency_breakdown"  {"title", "stages": [{"name", "cycles", "phases": {…}}]}
void add_views(Result& result, const Attention& attention, const Config& config);

}  // namespace nonzero::asadi
