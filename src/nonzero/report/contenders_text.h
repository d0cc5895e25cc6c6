#pragma once

#include <span>
#include <string>

#include "nonzero/result/result.h"

namespace nonzero {

// A machine that splits its tiles between two kinds of workers (HotTiles) simulates what it is measured against in
// the same run: its speed-up over hot-only, cold-only, the split that knows nothing of the tiles and the better of
// the homogeneous ones, a row per matrix, and the error of its prediction. Matrices run on reduced tiles stand apart;
// means are of those with at least 16 tiles that are not empty. "" where no result carries contenders.
std::string contenders_text(std::span<const Result> results);

}  // namespace nonzero
