#pragma once

#include "nonzero/study/findings.h"

namespace nonzero {

inline constexpr const char* kBitwaveAblation = "bitwave-ablation";

// What each of BitWave's means is worth, added one at a time, and the speed on ResNet-18's shapes as the weights'
// spread grows.
Findings bitwave_ablation();

}  // namespace nonzero
