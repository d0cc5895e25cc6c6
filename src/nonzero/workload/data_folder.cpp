#include "nonzero/workload/data_folder.h"

#include <fmt/format.h>

#include <cstdlib>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

constexpr const char* kHowToName = "name the folder of real data in the environment variable NONZERO_DATA";

}  // namespace

std::optional<std::filesystem::path> data_folder() {
  if (const char* named = std::getenv("NONZERO_DATA"); named != nullptr && *named != '\0') {
    if (!std::filesystem::is_directory(named))
      throw InputError(fmt::format("NONZERO_DATA = '{}' is no folder", named), kHowToName);
    return named;
  }
  for (const char* beside : {"../shared/data", "../data"})
    if (std::filesystem::is_directory(beside)) return beside;
  return std::nullopt;
}

std::filesystem::path require_data_folder(const std::string& what) {
  if (const auto folder = data_folder()) return *folder;
  throw InputError(fmt::format("{} needs real data, and none is at hand", what), kHowToName);
}

}  // namespace nonzero
