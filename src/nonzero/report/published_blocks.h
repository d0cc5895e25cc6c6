#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "nonzero/result/result.h"

namespace nonzero {

// The blocks that a paper published after layout, design beside design, as a section of the page (a
// "nonzero.study/1" object); nothing where no run carries a view "published_blocks".
std::optional<nlohmann::ordered_json> published_blocks(std::span<const RunResult> runs);

}  // namespace nonzero
