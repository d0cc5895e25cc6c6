#pragma once

#include <span>
#include <string>
#include <vector>

#include "nonzero/arch/accelerator.h"

namespace nonzero {

// Every machine in the house.
std::span<const Design> accelerators();

// By name or alias. Throws InputError with the nearest name where there is none.
const Design& find_accelerator(const std::string& name);

}  // namespace nonzero
