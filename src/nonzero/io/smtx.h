#pragma once

#include <string>
#include <string_view>

#include "nonzero/io/loaded_matrix.h"

namespace nonzero {

// Patterns of the Deep Learning Matrix Collection (Gale, Zaharia, Young, Elsen, SC 2020). Line 1:
// `rows, cols, nnz`; line 2: rows + 1 offsets; line 3: column numbers from 0. Numbers stand apart by
// a comma, blanks, or both.
LoadedMatrix read_smtx(const std::string& path);  // also .smtx.gz
LoadedMatrix parse_smtx(std::string_view text, const std::string& source);
std::string to_smtx(const Csr& matrix);
void write_smtx(const std::string& path, const Csr& matrix);

}  // namespace nonzero
