#pragma once

#include "nonzero/result/result.h"
#include "nonzero/workload/operation.h"

namespace nonzero {

// Holds Z of all heads to the plain attention: every row, or beyond `most_multiplications` of both products a
// sample of rows of every head drawn with the operation's seed. Fills the result's output check but throws
// nothing where the error is too large. Returns the error; infinity where Z has another shape.
double judge_attention(Result& result, const Operation& operation, uint64_t most_multiplications);

}  // namespace nonzero
