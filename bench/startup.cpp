#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "lib/bench.h"

namespace nonzero::bench {
namespace {

// Runs a program to its end with its output thrown away.
void run_program(const std::string& path, const std::string& argument) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::string program = path;
  std::string word = argument;
  std::vector<char*> arguments = {program.data(), word.data(), nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, path.c_str(), &actions, nullptr, arguments.data(), environ) != 0)
    throw std::runtime_error("cannot start " + path);
  int status = 0;
  waitpid(child, &status, 0);
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) throw std::runtime_error(path + " " + argument + " failed");
}

}  // namespace
}  // namespace nonzero::bench

int main() {
  using namespace nonzero::bench;
  const Table table("Start of the program");
  const double shell_true = best_of_five([] { run_program("/bin/true", "x"); });
  const double help = best_of_five([] { run_program(NONZERO_BINARY, "--help"); });
  table.row("nonzero --help", help, {20.0, "/bin/true", shell_true, std::nullopt});
}
