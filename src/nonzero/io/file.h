#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nonzero {

// The most bytes a file may hold, unpacked.
inline constexpr uint64_t kMostFileBytes = uint64_t{1} << 36U;
// The most bytes one byte of a .gz may unpack to: text of numbers stays far below, a bomb does not.
inline constexpr uint64_t kMostInflation = 250;

// The whole file; one whose name ends in .gz is unpacked. Throws InputError where the file does not
// exist, is a folder, is no intact gzip, or is larger than `most_bytes`; SystemError where it cannot
// be read.
std::string read_file(const std::string& path, uint64_t most_bytes = kMostFileBytes);

// The file's first `bytes`, fewer where it is shorter; of one whose name ends in .gz what its first `bytes` unpack
// to, cut to as many. Throws as read_file does.
std::string read_beginning(const std::string& path, uint64_t bytes);

// All members of a gzip stream (RFC 1952).
std::string unpack_gzip(std::string_view packed, const std::string& source,
                        uint64_t most_bytes = kMostFileBytes);

// Raw deflate data (RFC 1951) that must unpack to exactly `bytes` bytes.
std::string unpack_deflate(std::string_view packed, uint64_t bytes, const std::string& source);

// Puts `bytes` at `path` all or not at all: written beside, synchronised, renamed. Throws SystemError
// where that fails; then an earlier file is untouched and nothing is left beside it. What is no
// regular file (a pipe, /dev/stdout) is written to directly.
void write_atomically(const std::string& path, std::string_view bytes);

}  // namespace nonzero
