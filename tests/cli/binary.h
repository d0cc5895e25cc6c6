#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

// The built binary, run as a user runs it.

namespace nonzero::test {

namespace fs = std::filesystem;

inline std::string text_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// A folder that goes when the test does.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "nonzero-cli-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
    return file(name);
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(path_)) all.push_back(entry.path().filename().string());
    return all;
  }

 private:
  fs::path path_;
};

struct Ran {
  int status = -1;  // exit status, or 1000 + the signal that ended it
  std::string out, err;
  double seconds = 0;  // from the signal, where one was sent, to the end
  long peak_kib = 0;

  [[nodiscard]] std::vector<nlohmann::json> json_lines() const {
    std::vector<nlohmann::json> all;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }
};

struct How {
  std::string before;                      // shell text in front of the binary, e.g. a limit
  std::string out;                         // where standard output goes instead of into `Ran::out`
  double interrupt_after = 0;              // seconds until Ctrl-C; 0: never
  std::string interrupt_once_exists = "";  // Ctrl-C as soon as this file is there, or after a minute
};

inline void wait_for(const std::string& file) {
  for (int tenth = 0; tenth < 600 && !std::filesystem::exists(file); ++tenth)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

inline Ran nonzero(const std::string& arguments, const How& how = {}) {
  const Folder folder;
  const std::string out = how.out.empty() ? folder.file("out") : how.out;
  const std::string line = how.before + "exec '" + std::string(NONZERO_BINARY) + "' " + arguments + " >'" +
                           out + "' 2>'" + folder.file("err") + "' </dev/null";
  auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    _exit(127);
  }
  if (how.interrupt_after > 0 || !how.interrupt_once_exists.empty()) {
    if (!how.interrupt_once_exists.empty()) wait_for(how.interrupt_once_exists);
    std::this_thread::sleep_for(std::chrono::duration<double>(how.interrupt_after));
    begin = std::chrono::steady_clock::now();
    kill(child, SIGINT);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  Ran ran;
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  if (how.out.empty()) ran.out = text_of(out);
  ran.err = text_of(folder.file("err"));
  ran.seconds = took.count();
  ran.peak_kib = usage.ru_maxrss;
  return ran;
}

}  // namespace nonzero::test
