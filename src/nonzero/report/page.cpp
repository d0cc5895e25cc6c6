#include "nonzero/report/page.h"

#include <stdexcept>
#include <string_view>

#include "nonzero/base/embedded.h"
#include "nonzero/base/error.h"

namespace nonzero {
namespace {

constexpr std::string_view kPlaceholder = "\"@nonzero-data@\"";

std::string_view page_template() {
  const auto found = embedded_files().find("generated/page.html");
  return found == embedded_files().end() ? std::string_view{} : std::string_view(found->second);
}

// JSON that can stand inside a script element: '<' occurs in JSON only within strings, where
// \u003c means the same, so neither "</script" nor "<!--" can appear.
std::string script_safe(const nlohmann::ordered_json& data) {
  const std::string text = data.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size() + text.size() / 64);
  for (const char c : text) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  return safe;
}

}  // namespace

bool page_available() { return !page_template().empty(); }

std::string render_page(const nlohmann::ordered_json& data) {
  const std::string_view page = page_template();
  if (page.empty())
    throw InputError(
        "this nonzero was built without the report page, because npm or Node.js was missing or failed",
        "install nodejs and npm, build again, then use --html; --json needs neither");
  const auto at = page.find(kPlaceholder);
  if (at == std::string_view::npos) throw std::logic_error("the report page has no place for its data");
  std::string filled(page.substr(0, at));
  filled += script_safe(data);
  filled += page.substr(at + kPlaceholder.size());
  return filled;
}

}  // namespace nonzero
