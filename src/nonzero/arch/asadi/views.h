#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nonzero/arch/asadi/config.h"
#include "nonzero/workload/attention.h"

namespace nonzero::asadi {

// For a page to draw, view "diagonals", a list of one:
//
//   {"title", "tokens", "window", "window_share": of the non-zeros, "first", "step",
//    "density": [non-zeros / elements of the diagonals first + i * step … (step of them), all heads],
//    "head": of what follows, "nnz", "before": grid of the matrix, "after": grid of its stored diagonals,
//    "diagonals", "overflow": the last of these, "moved": elements}
//
// A grid is {"rows", "columns", "row_step", "column_step", "home": [percent of each cell, row by row], "away": the
// same of elements outside the window or moved} (tensor/diagonal_picture.h).
nlohmann::ordered_json diagonals_view(const std::string& title, const Attention& attention,
                                      const Config& config, uint64_t head);

}  // namespace nonzero::asadi
