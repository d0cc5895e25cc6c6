#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "house/files.h"

namespace nonzero::test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::Pair;

// The code blocks of a page by the file they name: a block opened with ```cpp path/of/file.cpp goes
// on where the last one of that file ended.
std::map<std::string, std::string> code_blocks(const std::string& markdown) {
  std::map<std::string, std::string> files;
  std::istringstream lines(markdown);
  std::string* open = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("```cpp ", 0) == 0)
      open = &files[line.substr(7)];
    else if (line.rfind("```", 0) == 0)
      open = nullptr;
    else if (open != nullptr)
      *open += line + "\n";
  }
  return files;
}

TEST(ToyPage, shows_the_code_that_is_compiled_and_tested) {
  const fs::path docs = fs::path(NONZERO_SOURCE_DIR) / "docs";
  const auto blocks = code_blocks(read_text(docs / "add-an-accelerator.md"));
  std::vector<std::string> shown;
  for (const auto& [file, code] : blocks) {
    shown.push_back(file);
    EXPECT_EQ(code, read_text(docs / "toy" / file)) << file;
  }
  EXPECT_THAT(
      shown, ElementsAre("src/nonzero/arch/toy/toy.cpp", "src/nonzero/arch/toy/toy.h", "tests/arch/toy.cpp"));
}

TEST(ToyPageInspection, joins_the_blocks_of_a_file) {
  const std::string page =
      "text\n```cpp a.h\nint a;\n```\nmore\n```cpp b.h\nint b;\n```\n```\nno file\n```\n```cpp a.h\n\nint "
      "c;\n```\n";
  EXPECT_THAT(code_blocks(page), ElementsAre(Pair("a.h", "int a;\n\nint c;\n"), Pair("b.h", "int b;\n")));
}

}  // namespace
}  // namespace nonzero::test
