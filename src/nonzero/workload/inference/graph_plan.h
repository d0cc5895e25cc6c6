#pragma once

#include "nonzero/workload/inference/plan.h"

namespace nonzero::inference {

// The plan of a network whose graph is there.
Plan plan_of_graph(const IntegerNetwork& network);

// The window of a pooling operator over [H, W, C] to [OY, OX, C].
PoolShape pool_shape(const TfliteOptions& options, uint64_t h, uint64_t w, uint64_t c, uint64_t oy,
                     uint64_t ox);

}  // namespace nonzero::inference
