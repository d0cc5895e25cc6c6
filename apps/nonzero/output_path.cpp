#include "output_path.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "nonzero/base/error.h"

namespace nonzero::app {
namespace {

namespace fs = std::filesystem;

// Absolute, without a slash at the end.
fs::path plain(const std::string& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

bool only_a_network(const fs::path& folder) {
  return fs::exists(folder / "layers.json") &&
         std::all_of(fs::directory_iterator(folder), fs::directory_iterator(), [](const auto& entry) {
           return entry.is_regular_file() &&
                  (entry.path().filename() == "layers.json" || entry.path().extension() == ".npy");
         });
}

}  // namespace

void check_parent(const std::string& path, bool makes_folders) {
  const fs::path target = plain(path);
  std::error_code ignored;
  if (fs::exists(target, ignored) && fs::is_other(target, ignored)) return;  // a pipe, /dev/stdout
  fs::path parent = target.parent_path();
  while (makes_folders && !fs::exists(parent, ignored) && parent.has_relative_path())
    parent = parent.parent_path();
  if (fs::exists(parent, ignored) && !fs::is_directory(parent, ignored))
    errno = ENOTDIR;
  else if (::access(parent.c_str(), W_OK | X_OK) == 0)
    return;
  throw SystemError(fmt::format("{}: cannot write into {}: {}", path, parent.string(), std::strerror(errno)));
}

void OutputPath::check(const std::string& input) const {
  check_parent(path, folder);
  std::error_code none;
  const fs::path target = plain(path);
  if (!fs::exists(target, none) || fs::is_other(target, none)) return;
  if (fs::equivalent(target, plain(input), none))
    throw InputError("the output is the network itself", "use: -o with another path", {path, 0});
  if (!force) throw InputError("the output exists already", "use: --force to replace it", {path, 0});
  if (!folder && fs::is_directory(target))
    throw InputError("is a folder", "expected: a file to replace", {path, 0});
  if (folder && !(fs::is_directory(target) && only_a_network(target)))
    throw InputError("not a folder of layers.json and .npy files alone", "allowed: to replace such a one",
                     {path, 0});
}

void OutputPath::replace_folder(const std::function<void(const std::string&)>& write) const {
  const fs::path target = plain(path);
  if (!fs::exists(target)) return write(path);
  const std::string fresh = fmt::format("{}.{}.new", target.string(), ::getpid());
  write(fresh);
  std::error_code error;
  fs::remove_all(target, error);
  if (!error) fs::rename(fresh, target, error);
  if (error)
    throw SystemError(
        fmt::format("{}: cannot replace: {}; the network is in {}", path, error.message(), fresh));
}

}  // namespace nonzero::app
