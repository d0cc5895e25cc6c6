#pragma once

#include "nonzero/arch/hottiles/schedule.h"
#include "nonzero/result/result.h"

namespace nonzero::hottiles {

// Seconds in cycles of `clock_hz`, rounded up; a millionth of a cycle is rounding noise.
uint64_t whole_cycles(double seconds, double clock_hz);

// Cycles and phases, rounded on the running sum: of the simulated schedule, or of the prediction.
void charge(Result& result, const Schedule& schedule);
void charge(Result& result, const TilePrediction& prediction);

// Counters and traffic of the simulated schedule.
void count_activity(Result& result, const Schedule& schedule, const Mapping& mapping, const Config& config);

}  // namespace nonzero::hottiles
