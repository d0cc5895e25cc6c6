#pragma once

#include <vector>

#include "nonzero/arch/sat/schedule.h"

namespace nonzero::sat {

// The GEMMs of a layer computed as they are scheduled: lowered, pruned, compressed and sent through the
// array, in the precision the step was trained in. What lacks an operand stays empty.
struct StepProduct {
  std::vector<float> y, dx, dw;  // in the step's own layouts
  uint64_t forward_effectual = 0, backward_effectual = 0, update_effectual = 0;
  uint64_t stepped_cycles = 0;  // where the array was ticked: sum over its GEMMs
};

// `forward`, `backward` and `update` are the schedules of `plan`'s GEMMs, in their order.
struct StepSchedule {
  std::vector<TimedGemm> forward, backward, update;
};
StepProduct compute_step(const TrainingStep& step, const LayerPlan& plan, const StepSchedule& schedule,
                         const Config& config);

}  // namespace nonzero::sat
