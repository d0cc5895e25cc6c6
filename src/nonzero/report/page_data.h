#pragma once

#include <span>
#include <string>

#include "nonzero/result/result.h"

namespace nonzero {

// The report page of one run or of several compared (page.h says what is in it).
std::string result_page(std::span<const RunResult> runs);

// Throws InputError, before any work is done, where the binary carries no page.
void require_page();

}  // namespace nonzero
