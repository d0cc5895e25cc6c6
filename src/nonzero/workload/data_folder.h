#pragma once

#include <filesystem>
#include <optional>

namespace nonzero {

// The folder of real matrices: the environment variable NONZERO_DATA where set, else ../shared/data or
// ../data seen from the current folder; nothing where there is none. Throws InputError where
// NONZERO_DATA names no folder.
std::optional<std::filesystem::path> data_folder();

// The same, or an InputError that says what needs it and how to name the folder.
std::filesystem::path require_data_folder(const std::string& what);

}  // namespace nonzero
