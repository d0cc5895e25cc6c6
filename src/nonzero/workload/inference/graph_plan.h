#pragma once

#include "nonzero/workload/inference/plan.h"

namespace nonzero::inference {

// The plan of a network whose graph is there.
Plan plan_of_graph(const IntegerNetwork& network);

}  // namespace nonzero::inference
