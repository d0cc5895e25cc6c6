#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "nonzero/result/result.h"

namespace nonzero {

// What a page carries beside its runs: summaries in place of those of the runs, one for each run of
// several operations (a mapped network's knows its conversions), and "nonzero.study/1" objects.
struct PageExtras {
  std::vector<nlohmann::ordered_json> summaries, studies;
};

// The report page of one run or of several compared (page.h says what is in it).
std::string result_page(std::span<const RunResult> runs, const PageExtras& extras = {});

// The page of studies alone, and of the pictures in `views` (page.h).
std::string study_page(const std::string& title, const std::string& command,
                       std::span<const nlohmann::ordered_json> studies,
                       const nlohmann::ordered_json& views = nlohmann::ordered_json::object());

// Throws InputError, before any work is done, where the binary carries no page.
void require_page();

}  // namespace nonzero
