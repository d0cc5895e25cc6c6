#pragma once

#include <functional>
#include <map>
#include <string>

namespace nonzero {

// The files the binary carries (presets, technology tables, claims, schema, page), keyed by their
// path in the repository; the page, which is built, is "generated/page.html".
const std::map<std::string, std::string, std::less<>>& embedded_files();

}  // namespace nonzero
