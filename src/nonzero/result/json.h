#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nonzero/result/result.h"

namespace nonzero {

// The published objects "nonzero.result/1" and "nonzero.summary/1" (report/result.schema.json).
// Ordered: the same bytes for the same result.
nlohmann::ordered_json to_json(const Result& result);

// One network's operations on one machine, each weighted by its repeat.
nlohmann::ordered_json summary_json(const RunResult& run);

}  // namespace nonzero
