#pragma once

#include <string>
#include <vector>

#include "nonzero/workload/operation.h"

namespace nonzero {

// A layer known by its shape alone. Throws InputError as StepShape::check does.
Operation shape_step(std::string name, const StepShape& shape);

// The layers of an exported step, in the order of its file. Every tensor is read once, checked and
// dropped again; it is read anew when a simulation wants it.
std::vector<Operation> exported_step(const std::string& folder);

// The configuration an exported step was trained with, as `key=value` assignments.
std::vector<std::string> step_settings(const StepRule& rule);

}  // namespace nonzero
