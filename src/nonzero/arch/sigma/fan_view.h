#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "nonzero/arch/sigma/config.h"
#include "nonzero/workload/operation.h"

namespace nonzero::sigma {

// The first Flex-DPE of the first fold for a page to draw: which lane belongs to which stationary
// row, and the tree that adds them. Nothing where the reduction is no FAN or too wide to draw.
std::optional<nlohmann::ordered_json> fan_view(const Operation& operation, bool a_stationary,
                                               const Config& config);

}  // namespace nonzero::sigma
