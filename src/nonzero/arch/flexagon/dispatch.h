#pragma once

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/arch/flexagon/schedule.h"

namespace nonzero::flexagon {

// One dataflow on both operands in the configured timing mode. Conversion of operands is not included.
Schedule schedule(OperandPair& operands, Dataflow dataflow, const Config& config, const Hooks& hooks = {});

// The sides that unions and merging walk: rows of the stationary operand, rows k of the streaming one.
Sides sides_by_rows(OperandPair& operands, Dataflow dataflow);

// Explicit conversion of a matrix between CSR and CSC [choice]: read and written over DRAM, sorted at the
// distribution network's bandwidth.
uint64_t conversion_cycles(uint64_t rows, uint64_t columns, uint64_t nnz, const Config& config);

// The conversions `dataflow` needs of operands in the configured formats, added as phase `control`.
void add_conversions(Schedule& schedule, const OperandPair& operands, Dataflow dataflow,
                     const Config& config);

}  // namespace nonzero::flexagon
