#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace nonzero::test {

// The folder of real matrices and layer tables: NONZERO_DATA where set, else shared/data beside the
// checkout. Tests that need it skip, visibly, where it is absent.
inline std::optional<std::filesystem::path> shared_data() {
  const char* named = std::getenv("NONZERO_DATA");
  const std::filesystem::path folder = named != nullptr
                                           ? std::filesystem::path(named)
                                           : std::filesystem::path(NONZERO_SOURCE_DIR) / "../shared/data";
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  return std::filesystem::weakly_canonical(folder);
}

}  // namespace nonzero::test

// Leaves the test with a visible skip where the shared data is not at hand.
#define NONZERO_NEEDS_SHARED_DATA(folder)                                  \
  const auto folder##_found = ::nonzero::test::shared_data();              \
  if (!folder##_found) GTEST_SKIP() << "no shared data: set NONZERO_DATA"; \
  const std::filesystem::path folder = *folder##_found
