#include "nonzero/base/error.h"

#include <fmt/format.h>

namespace nonzero {
namespace {

std::string message(const std::string& problem, const std::string& allowed, const Place& place) {
  std::string text = place.line != 0      ? fmt::format("{}:{}: ", place.file, place.line)
                     : place.file.empty() ? std::string()
                                          : fmt::format("{}: ", place.file);
  text += problem;
  if (!allowed.empty()) text += fmt::format("; {}", allowed);
  return text;
}

}  // namespace

InputError::InputError(const std::string& problem, const std::string& allowed, const Place& place)
    : std::runtime_error(message(problem, allowed, place)) {}

}  // namespace nonzero
