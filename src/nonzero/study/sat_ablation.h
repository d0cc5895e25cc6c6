#pragma once

#include "nonzero/study/findings.h"

namespace nonzero {

inline constexpr const char* kSatAblation = "sat-ablation";

// What each of SAT's optimisations is worth: interleaving, the offline schedule and pre-generation taken
// away one by one and all together, beside dense training on the same machine, on its six networks.
Findings sat_ablation();

}  // namespace nonzero
