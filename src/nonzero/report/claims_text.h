#pragma once

#include <span>
#include <string>

#include "nonzero/study/claims.h"

namespace nonzero {

// id, paper's value, ours, ratio, verdict, reason; and how many of each verdict.
std::string claims_text(std::span<const Verdict> verdicts);

// One object "nonzero.claim/1" a line.
std::string claims_json(std::span<const Verdict> verdicts, const std::string& command);

}  // namespace nonzero
