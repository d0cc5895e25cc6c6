#include "nonzero/io/text.h"

namespace nonzero::io {

std::string excerpt(std::string_view text) {
  constexpr size_t kMost = 60;
  std::string shown = "'";
  for (const char c : text.substr(0, kMost)) shown += c >= ' ' && c <= '~' ? c : '?';
  return shown + (text.size() > kMost ? "'…" : "'");
}

bool Cursor::says_non_zero(std::string_view number) {
  const std::string_view digits = number.substr(0, number.find_first_of("eE"));
  return digits.find_first_of("123456789") != std::string_view::npos;
}

void Cursor::refuse(const std::string& problem, const std::string& allowed) {
  const Place where = place();
  const bool ended = at_end();
  throw InputError(ended ? problem + ", at the end of the file" : problem + ": " + excerpt(rest_of_line()),
                   allowed, where);
}

void Cursor::refuse_whole(const char* begin, uint64_t most, const char* what) {
  at_ = begin;
  const Place where = place();
  const bool ended = at_end();
  const std::string_view found = word();
  const std::string text = found.empty() ? (ended ? "the file ends" : "nothing") : excerpt(found);
  throw InputError(fmt::format("{} is {}", what, text),
                   fmt::format("allowed: a whole number from 0 to {}", most), where);
}

void Cursor::refuse_value(const char* begin, const char* allowed) {
  at_ = begin;
  const Place where = place();
  const std::string_view found = word();
  throw InputError(found.empty() ? "a value is missing" : fmt::format("value {}", excerpt(found)),
                   fmt::format("allowed: {}", allowed), where);
}

}  // namespace nonzero::io
