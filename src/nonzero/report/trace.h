#pragma once

#include <span>
#include <string>

#include "nonzero/result/result.h"

namespace nonzero {

// The timelines of results in Chrome's trace format (opens in Perfetto): a process per result, a
// thread per component, one microsecond of the viewer per cycle.
std::string chrome_trace(std::span<const Result> results);

}  // namespace nonzero
