#include "trainer_process.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "nonzero/base/error.h"

namespace nonzero::app {
namespace {

volatile pid_t running = 0;

void pass_on(int signal) { kill(running, signal); }

// Returns only where the program cannot be run.
void execute(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  std::string path = program.string();
  std::vector<std::string> words = arguments;
  std::vector<char*> argv = {path.data()};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(path.c_str(), argv.data());
}

void flush() {
  std::cout.flush();
  std::fflush(stdout);
}

// Our handlers are set before a signal that came meanwhile is let through: none is lost.
pid_t start(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  sigset_t stops, before;
  sigemptyset(&stops);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&stops, signal);
  sigprocmask(SIG_BLOCK, &stops, &before);
  flush();
  const pid_t child = fork();
  if (child < 0)
    throw SystemError(fmt::format("{}: cannot be run: {}", program.string(), std::strerror(errno)));
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, child == 0 ? SIG_DFL : pass_on);
  running = child;
  if (child == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  if (child != 0) return child;
  execute(program, arguments);
  fmt::print(stderr, "nonzero: {}: cannot be run: {}\n", program.string(), std::strerror(errno));
  _exit(1);
}

}  // namespace

void become(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  flush();
  execute(program, arguments);
  throw SystemError(fmt::format("{}: cannot be run: {}", program.string(), std::strerror(errno)));
}

int run_to_end(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  const pid_t child = start(program, arguments);
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      throw SystemError(fmt::format("{}: lost: {}", program.string(), std::strerror(errno)));
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
  if (WIFSIGNALED(status)) {
    std::signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  return WEXITSTATUS(status);
}

}  // namespace nonzero::app
