#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nonzero/study/attention_study.h"

namespace nonzero {

// A "nonzero.attention/1" object: how diagonal each layer's pattern is, and what its diagonals take.
nlohmann::ordered_json attention_json(const AttentionStudy& study, const std::string& command);

}  // namespace nonzero
