#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nonzero/study/findings.h"

namespace nonzero {

// Paragraphs and tables; bars and curves are for the page.
std::string findings_text(const Findings& findings);

// A "nonzero.study/1" object; the page's `studies` holds the same.
nlohmann::ordered_json findings_json(const Findings& findings, const std::string& command);

}  // namespace nonzero
