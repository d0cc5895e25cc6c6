#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace nonzero::test {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// The files under `root` that belong to the repository, sorted; build folders, installed packages
// and git's own files left out.
inline std::vector<std::filesystem::path> repository_files(const std::filesystem::path& root) {
  const std::set<std::string> foreign = {".git", "node_modules", "dist"};
  std::vector<std::filesystem::path> files;
  for (auto entry = std::filesystem::recursive_directory_iterator(root);
       entry != std::filesystem::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory() && (foreign.count(name) > 0 || name.rfind("build", 0) == 0))
      entry.disable_recursion_pending();
    else if (entry->is_regular_file())
      files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The files that git holds under `root`, so that a page or matrix a user left there is nobody's
// business; all of them where this is no git checkout.
inline std::vector<std::filesystem::path> tracked_files(const std::filesystem::path& root) {
  const std::string command = "git -C '" + root.string() + "' ls-files --cached -z 2>/dev/null";
  std::string names;
  if (std::FILE* pipe = popen(command.c_str(), "r")) {
    std::array<char, 4096> buffer{};
    for (size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
      names.append(buffer.data(), n);
    pclose(pipe);
  }
  if (names.empty()) return repository_files(root);
  std::vector<std::filesystem::path> files;
  for (size_t begin = 0; begin < names.size(); begin = names.find('\0', begin) + 1) {
    const std::filesystem::path path = root / (names.c_str() + begin);
    if (std::filesystem::is_regular_file(path)) files.push_back(path);
  }
  return files;
}

// A folder of its own for one test, gone when the test ends.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() /
              ("nonzero-" + name + "-" + std::to_string(std::filesystem::hash_value(NONZERO_SOURCE_DIR)))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace nonzero::test
