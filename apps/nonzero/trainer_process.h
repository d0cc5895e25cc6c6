#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace nonzero::app {

// Becomes `program`: its output, exit status and signals are ours. Throws SystemError where it cannot be run.
[[noreturn]] void become(const std::filesystem::path& program, const std::vector<std::string>& arguments);

// Runs `program` to its end and returns its exit status. Signals that ask us to stop are passed on to it;
// one that ends it ends us, and so does our end the program's.
int run_to_end(const std::filesystem::path& program, const std::vector<std::string>& arguments);

}  // namespace nonzero::app
