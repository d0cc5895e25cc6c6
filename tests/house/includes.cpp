#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "house/files.h"

namespace nonzero::test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// In the order in which an include may point: to the same room or to one further left.
const std::vector<std::string>& rooms() {
  static const std::vector<std::string> all = {"base", "tensor", "result",   "io",   "workload", "reference",
                                               "tech", "hw",     "codesign", "arch", "study",    "report"};
  return all;
}

size_t room_number(const std::string& room) {
  return static_cast<size_t>(std::find(rooms().begin(), rooms().end(), room) - rooms().begin());
}

// What is wrong with one include line of a file in `room`, or "".
std::string problem_with(const std::string& room, const std::string& line) {
  static const std::regex include("^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"].*");
  std::smatch match;
  if (!std::regex_match(line, match, include)) return "";
  const std::string target = match[2];
  if (target.rfind("nonzero/", 0) != 0)
    return match[1] == "\"" ? fmt::format("'{}' is not spelled from the root, as nonzero/<room>/…", target)
                            : "";
  const std::string other = target.substr(8, target.find('/', 8) - 8);
  if (room_number(other) == rooms().size()) return fmt::format("'{}' is in no known room", target);
  if (room_number(other) > room_number(room))
    return fmt::format("{} may not know {} ('{}')", room, other, target);
  return "";
}

struct Inspection {
  size_t includes = 0;
  std::vector<std::string> violations;
};

// Reads every source under `source`/nonzero.
Inspection inspect(const fs::path& source) {
  Inspection found;
  for (const fs::path& path : repository_files(source / "nonzero")) {
    const std::string name = path.lexically_relative(source).string();
    const std::string extension = path.extension().string();
    if (extension != ".h" && extension != ".cpp") continue;
    const std::string room = path.lexically_relative(source / "nonzero").begin()->string();
    if (room_number(room) == rooms().size()) {
      found.violations.push_back(name + ": is in no known room");
      continue;
    }
    std::istringstream lines(read_text(path));
    size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (line.find("#") != std::string::npos && line.find("include") != std::string::npos) ++found.includes;
      if (const std::string problem = problem_with(room, line); !problem.empty())
        found.violations.push_back(fmt::format("{}:{}: {}", name, number, problem));
    }
  }
  return found;
}

TEST(Rooms, include_only_rooms_before_their_own) {
  const Inspection found = inspect(fs::path(NONZERO_SOURCE_DIR) / "src");
  EXPECT_GT(found.includes, 100U);
  EXPECT_THAT(found.violations, IsEmpty());
}

TEST(Rooms, are_built_in_the_same_order) {
  const std::string text = read_text(fs::path(NONZERO_SOURCE_DIR) / "CMakeLists.txt");
  const std::regex line("nonzero_room\\((\\w+)");
  std::vector<std::string> built;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), line); match != std::sregex_iterator();
       ++match)
    built.push_back((*match)[1]);
  EXPECT_EQ(built, rooms());
}

TEST(RoomsInspection, finds_every_kind_of_violation) {
  const TemporaryFolder tree("rooms");
  write_text(tree.path() / "nonzero/hw/fan.h",
             "#pragma once\n#include <vector>\n#include \"nonzero/arch/sigma.h\"\n");
  write_text(tree.path() / "nonzero/hw/benes/route.cpp", "  #  include <nonzero/study/compare.h>  // why\n");
  write_text(tree.path() / "nonzero/hw/near.cpp", "#include \"fan.h\"\n");
  write_text(tree.path() / "nonzero/hw/far.cpp", "#include \"nonzero/attic/box.h\"\n");
  write_text(tree.path() / "nonzero/attic/box.h", "#pragma once\n");
  EXPECT_THAT(inspect(tree.path()).violations,
              ElementsAre(HasSubstr("nonzero/attic/box.h: is in no known room"),
                          HasSubstr("nonzero/hw/benes/route.cpp:1: hw may not know study"),
                          HasSubstr("nonzero/hw/fan.h:3: hw may not know arch"),
                          HasSubstr("nonzero/hw/far.cpp:1: 'nonzero/attic/box.h' is in no known room"),
                          HasSubstr("nonzero/hw/near.cpp:1: 'fan.h' is not spelled from the root")));
}

TEST(RoomsInspection, allows_the_own_room_and_earlier_ones) {
  const TemporaryFolder tree("rooms-right");
  write_text(tree.path() / "nonzero/arch/sigma/sigma.cpp",
             "#include \"nonzero/arch/sigma/sigma.h\"\n#include \"nonzero/hw/fan.h\"\n#include <vector>\n"
             "// #include \"nonzero/report/table.h\"\n");
  const Inspection found = inspect(tree.path());
  EXPECT_THAT(found.violations, IsEmpty());
  EXPECT_EQ(found.includes, 4U);
}

}  // namespace
}  // namespace nonzero::test
