#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "house/files.h"

namespace nonzero::test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const fs::path kRoot = NONZERO_SOURCE_DIR;

// Folders that exist on one machine only. Spelled in pieces, so that this file does not name them.
std::vector<std::string> machine_paths(const std::string& text) {
  static const std::regex home(
      "(^|[^A-Za-z0-9_.~/-])(/(home|root|Users|"
      "work)/[A-Za-z0-9._-]+)");
  std::vector<std::string> found;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), home); match != std::sregex_iterator();
       ++match)
    found.push_back((*match)[2]);
  return found;
}

bool is_text(const fs::path& path) { return read_text(path).substr(0, 4096).find('\0') == std::string::npos; }

TEST(Repository, names_no_folder_of_one_machine) {
  size_t files = 0;
  for (const fs::path& path : tracked_files(kRoot)) {
    if (!is_text(path)) continue;
    ++files;
    EXPECT_THAT(machine_paths(read_text(path)), IsEmpty()) << path;
  }
  EXPECT_GT(files, 40U);
}

TEST(RepositoryInspection, finds_folders_of_one_machine) {
  const std::string slash = "/";
  EXPECT_THAT(machine_paths("see " + slash + "home/me/x and '" + slash + "root/y'"),
              ElementsAre(HasSubstr("home/me"), HasSubstr("root/y")));
  EXPECT_THAT(machine_paths("https://example.org/home/page, ../work/list, frame/work/x"), IsEmpty());
}

TEST(Repository, takes_npm_packages_from_the_public_registry_only) {
  const fs::path lock = kRoot / "web/package-lock.json";
  const std::string text = read_text(lock);
  const std::regex resolved("\"resolved\": \"([^\"]*)\"");
  for (auto match = std::sregex_iterator(text.begin(), text.end(), resolved); match != std::sregex_iterator();
       ++match)
    EXPECT_EQ((*match)[1].str().rfind("https://registry.npmjs.org/", 0), 0U) << (*match)[1];
}

// The names GitHub gives a page's headings: lower case, blanks to dashes, punctuation dropped.
std::vector<std::string> anchors(const std::string& markdown) {
  std::vector<std::string> names;
  std::istringstream lines(markdown);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] != '#') continue;
    std::string name;
    for (const char c : line.substr(line.find_first_not_of("# "))) {
      if (c == ' ')
        name += '-';
      else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || (c & 0x80) != 0)
        name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    names.push_back(name);
  }
  return names;
}

// Links of a page that lead nowhere. Code blocks are no links.
std::vector<std::string> broken_links(const fs::path& page) {
  static const std::regex code("```[^`]*```|`[^`]*`");
  static const std::regex link("\\]\\(([^)\\s]+)[^)]*\\)");
  const std::string text = std::regex_replace(read_text(page), code, "");
  std::vector<std::string> broken;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), link); match != std::sregex_iterator();
       ++match) {
    const std::string target = (*match)[1];
    if (std::regex_search(target, std::regex("^(https?|mailto):"))) continue;
    const std::string file = target.substr(0, target.find('#'));
    const fs::path path = file.empty() ? page : page.parent_path() / file;
    if (!fs::exists(path)) {
      broken.push_back(target + ": no such file");
      continue;
    }
    if (target.find('#') == std::string::npos) continue;
    const std::vector<std::string> names = anchors(read_text(path));
    if (std::find(names.begin(), names.end(), target.substr(target.find('#') + 1)) == names.end())
      broken.push_back(target + ": no such heading");
  }
  return broken;
}

TEST(Documentation, has_no_link_that_leads_nowhere) {
  size_t pages = 0;
  for (const fs::path& path : repository_files(kRoot)) {
    if (path.extension() != ".md") continue;
    ++pages;
    EXPECT_THAT(broken_links(path), IsEmpty()) << path;
  }
  EXPECT_GE(pages, 5U);
}

TEST(DocumentationInspection, finds_links_that_lead_nowhere) {
  const TemporaryFolder tree("links");
  write_text(tree.path() / "there.md", "# A heading, with commas\n");
  write_text(
      tree.path() / "page.md",
      "[a](there.md) [b](gone.md) ![c](images/gone.png \"title\") [d](there.md#a-heading-with-commas)\n"
      "[e](there.md#gone) [f](https://example.org/x) `[g](code.md)`\n"
      "```\n[h](block.md)\n```\n[i](#gone)\n");
  EXPECT_THAT(broken_links(tree.path() / "page.md"),
              ElementsAre("gone.md: no such file", "images/gone.png: no such file",
                          "there.md#gone: no such heading", "#gone: no such heading"));
}

}  // namespace
}  // namespace nonzero::test
