#pragma once

#include <functional>
#include <string>

namespace nonzero::app {

// Throws SystemError where no file or folder can be made at `path`; `makes_folders`: missing parents will be made.
void check_parent(const std::string& path, bool makes_folders = false);

// A network that is yet to be written: a file, or a folder of layers.json and .npy files.
struct OutputPath {
  std::string path;
  bool folder = false, force = false;

  // Throws InputError where the path exists without `force`, is the network `input`, or is not what may be
  // replaced: a file by a file, a folder of nothing but a network by a folder. SystemError as check_parent.
  void check(const std::string& input) const;
  // `write` makes a new folder at the path it is given, which then takes the place of the old one.
  void replace_folder(const std::function<void(const std::string&)>& write) const;
};

}  // namespace nonzero::app
