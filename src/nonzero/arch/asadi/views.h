#pragma once

#include "nonzero/arch/asadi/config.h"
#include "nonzero/result/result.h"
#include "nonzero/workload/operation.h"

namespace nonzero::asadi {

// For a page to draw, view "diagonal_density":
//
//   {"title", "tokens", "window", "window_share": of the non-zeros, "first", "step",
//    "density": [non-zeros / elements of the diagonals first + i * step … (step of them), all heads]}
void add_density_view(Result& result, const Attention& attention, const Config& config);

}  // namespace nonzero::asadi
