#pragma once

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/arch/flexagon/schedule.h"

namespace nonzero::flexagon {

// One dataflow on both operands in the configured timing mode. Conversion of operands is not included.
Schedule schedule(OperandPair& operands, Dataflow dataflow, const Config& config, const Hooks& hooks = {});

// The sides that unions and merging walk: rows of the stationary operand, rows k of the streaming one.
Sides sides_by_rows(OperandPair& operands, Dataflow dataflow);

}  // namespace nonzero::flexagon
