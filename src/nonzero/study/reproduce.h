#pragma once

#include <string>
#include <vector>

#include "nonzero/base/progress.h"
#include "nonzero/study/claims.h"

namespace nonzero {

// Runs the claims of a paper ("sigma": all that stand in claims/sigma.yaml) or those whose id begins
// with `which` ("sigma/cycles"); all of them where it is empty. Throws InputError with the nearest
// name where there is none.
std::vector<Verdict> reproduce(const std::string& which, const Progress& progress);

}  // namespace nonzero
