#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nonzero/arch/hottiles/schedule.h"

namespace nonzero::hottiles {

// A partition as simulated: what a page's bars compare.
struct Contender {
  std::string name;
  uint64_t cycles = 0, predicted_cycles = 0;
  double bytes = 0;
};

// For a page to draw, view "tile_map", a list of one:
//
//   {"title", "rows", "columns", "tile_side", "reduced", "panels", "tile_columns", "partition", "mode",
//    "empty_tiles", "step": tiles along a side of a cell; 1 where the page can draw them all,
//    "cells": of the cells with a non-zero, lists of equal length: {"row", "column", "tiles", "hot_tiles", "nnz",
//      "seconds", "bytes": on the tile's own type after the reuse pass},
//    "spy": {"rows", "columns", "nnz": [non-zeros of each cell, row by row]},
//    "contenders": [{"name", "cycles", "predicted_cycles", "bytes"}], the partition at hand first,
//    "clock_hz", "workers": [{"type", "compute", "memory", "idle"}] in seconds}
nlohmann::ordered_json tile_map_view(const std::string& title, const Csr& a, const Mapping& mapping,
                                     const Schedule& schedule, const std::vector<Contender>& contenders,
                                     double clock_hz);

}  // namespace nonzero::hottiles
