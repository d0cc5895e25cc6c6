#pragma once

#include <string>

namespace nonzero {

// Throws InputError, before anything is allocated, where `bytes` exceed the machine's memory.
// `what` names the thing, e.g. "operand A".
void require_memory(double bytes, const std::string& what);

}  // namespace nonzero
