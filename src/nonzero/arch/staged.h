#pragma once

#include "nonzero/result/result.h"

namespace nonzero {

// Appends a stage that follows those before it: its cycles, phases and traffic join the result's.
void add_stage(Result& result, Stage stage);

// The phases of the stages one after the other, for machines on which nothing overlaps.
void fill_staged_timeline(Result& result, uint64_t tile);

}  // namespace nonzero
