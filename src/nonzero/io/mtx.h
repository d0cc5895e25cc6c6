#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nonzero/io/loaded_matrix.h"

namespace nonzero {

// Matrix Market files (Boisvert, Pozo, Remington, NISTIR 5935, 1996): coordinate real, integer or
// pattern, general, symmetric or skew-symmetric; array real or integer. Symmetric storage is expanded:
// such a file lists the lower triangle only, a skew-symmetric one without the diagonal. Lines that
// begin with % before the size line are comments, also where a tool writes `%%GraphBLAS` there.
// Throws InputError with the line on everything else, `complex` and `hermitian` by name; and before a file is read
// whose text and matrix this machine's memory does not hold.
LoadedMatrix read_mtx(const std::string& path);  // also .mtx.gz
LoadedMatrix parse_mtx(std::string_view text, const std::string& source);

// The memory that reading takes at its peak, as far as the file's beginning tells: its text, unpacked, the
// elements as listed and the matrix. Nothing where banner and size line are not within it or not right.
// `least` and `most` bound the size of the text: they differ where the file is packed.
struct TextBytes {
  uint64_t least = 0, most = 0;
};
std::optional<double> mtx_memory(std::string_view beginning, TextBytes text);

// Coordinate general, real or pattern; each value reads back as the same float.
std::string to_mtx(const Csr& matrix);
void write_mtx(const std::string& path, const Csr& matrix);

}  // namespace nonzero
