#pragma once

#include "nonzero/study/findings.h"

namespace nonzero {

inline constexpr const char* kFlexagonPort = "flexagon-port";

// How much of Flexagon's published ranking is dataflow, and how much the port of the cache and the choice of
// the stationary side: the authors' layers with a port that serves equal lines one by one (theirs) or at
// once, and with the M-stationary dataflows alone (the paper's bars) or all six. Needs the data folder.
Findings flexagon_port();

}  // namespace nonzero
