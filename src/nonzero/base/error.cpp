#include "nonzero/base/error.h"

namespace nonzero {
namespace {

std::string message(const std::string& problem, const std::string& allowed, const Place& place) {
  std::string text;
  if (!place.file.empty()) text += place.file + (place.line ? ":" + std::to_string(place.line) : "") + ": ";
  text += problem;
  if (!allowed.empty()) text += "; " + allowed;
  return text;
}

}  // namespace

InputError::InputError(const std::string& problem, const std::string& allowed, const Place& place)
    : std::runtime_error(message(problem, allowed, place)) {}

}  // namespace nonzero
