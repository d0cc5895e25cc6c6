#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "common.h"
#include "nonzero/base/error.h"

namespace nonzero::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMissing =
    "the trainer is not built: no 'nonzero-train' beside this binary. It needs libtorch: install the package "
    "libtorch-dev (Debian, Ubuntu) and build again";

fs::path companion() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path() / "nonzero-train";
}

// Becomes the trainer: its output, exit status and signals are ours.
[[noreturn]] void become(const fs::path& program, const std::vector<std::string>& arguments) {
  std::string path = program.string();
  std::vector<std::string> words = arguments;
  std::vector<char*> argv = {path.data()};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::cout.flush();
  std::fflush(stdout);
  execv(path.c_str(), argv.data());
  throw SystemError(fmt::format("{}: cannot be run: {}", path, std::strerror(errno)));
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App* sub = app.add_subcommand("train", "train a network with N:M-sparse weights (needs libtorch)");
  // Every word after `train`, --help included, is the trainer's.
  sub->prefix_command();
  sub->set_help_flag();
  sub->callback([sub] {
    const fs::path program = companion();
    const std::vector<std::string> words = sub->remaining();
    if (fs::exists(program)) become(program, words);
    if (words != std::vector<std::string>{"--help"} && words != std::vector<std::string>{"-h"})
      throw SystemError(kMissing);
    fmt::print(
        "Usage: nonzero train [OPTIONS]\n\nHere {}.\n\nExample:\n  nonzero train --method bdwp --nm 2:8\n",
        kMissing);
  });
}

}  // namespace nonzero::app
