#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace nonzero::test {
namespace {

namespace fs = std::filesystem;

// The sessions a page shows: blocks that begin with `$ nonzero …`, each a command and what it prints.
std::vector<std::pair<std::string, std::string>> sessions(const std::string& markdown) {
  std::vector<std::pair<std::string, std::string>> found;
  std::istringstream lines(markdown);
  bool inside = false;
  std::string previous;
  for (std::string line; std::getline(lines, line); previous = line) {
    if (line.rfind("$ nonzero ", 0) == 0 && previous.rfind("```", 0) == 0) {
      found.emplace_back(line.substr(10), "");
      inside = true;
    } else if (line.rfind("```", 0) == 0) {
      inside = false;
    } else if (inside) {
      found.back().second += line + "\n";
    }
  }
  return found;
}

std::string standard_output_of(const std::string& arguments) {
  const std::string command = std::string("'") + NONZERO_BINARY + "' " + arguments + " 2>/dev/null";
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer{};
  for (size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    text.append(buffer.data(), n);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return text;
}

TEST(Documentation, shows_what_the_commands_print) {
  size_t shown = 0;
  for (const char* page : {"README.md", "docs/user-guide.md", "docs/hottiles.md"}) {
    std::ifstream stream(fs::path(NONZERO_SOURCE_DIR) / page);
    const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    for (const auto& [command, printed] : sessions(text)) {
      ++shown;
      EXPECT_EQ(standard_output_of(command), printed) << page << ": nonzero " << command;
    }
  }
  EXPECT_GE(shown, 1U);
}

TEST(DocumentationInspection, finds_sessions) {
  const auto found = sessions("```\n$ nonzero x --y\na\n\nb\n```\ntext\n```\nnonzero z\n```\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, "x --y");
  EXPECT_EQ(found[0].second, "a\n\nb\n");
}

}  // namespace
}  // namespace nonzero::test
