#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace nonzero {

// Where in the user's input something is wrong. `line` counts from 1; 0 means "no line".
struct Place {
  std::string file;
  uint64_t line = 0;
};

// Bad usage or bad input: the one exception a user is meant to read. Exit status 2.
class InputError : public std::runtime_error {
 public:
  // `problem` says what was found, `allowed` (may be empty) what is allowed instead.
  explicit InputError(const std::string& problem, const std::string& allowed = "", const Place& place = {});
};

// A failure of the machine under us (full disk, unreadable folder). Exit status 1.
class SystemError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown at the next convenient point after Ctrl-C. Exit status 130.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

}  // namespace nonzero
