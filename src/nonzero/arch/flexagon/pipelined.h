#pragma once

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/arch/flexagon/schedule.h"

namespace nonzero::flexagon {

// Timing mode `pipelined`: load, distribution, multiplication and reduction overlap ideally at the
// bandwidths of Table 5; what does not hide is the slowest of them per tile, merging, the drain once
// and DRAM where it is later than all the rest.
//
// `by_rows` are the sides of the Gustavson dataflow with the same stationary operand: the rows
// of the stationary operand and rows k of the streaming one, which unions and merging walk.
// Throws InputError where the PSRAM overflows and may not.
Schedule schedule_pipelined(const Sides& sides, const Sides& by_rows, const Config& config,
                            const Hooks& hooks);

}  // namespace nonzero::flexagon
