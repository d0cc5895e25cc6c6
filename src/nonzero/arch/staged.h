#pragma once

#include <functional>
#include <string>

#include "nonzero/result/result.h"

namespace nonzero {

// Appends a stage that follows those before it: its cycles, phases and traffic join the result's.
void add_stage(Result& result, Stage stage);

// The phases one after the other, for machines on which nothing overlaps; `component` says who works in a phase.
void fill_phase_timeline(Result& result,
                         const std::function<const char*(const std::string& phase)>& component);

// The same, stage by stage; a stage is its own component.
void fill_staged_timeline(Result& result, uint64_t tile);

}  // namespace nonzero
