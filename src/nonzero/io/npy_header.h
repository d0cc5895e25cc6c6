#pragma once

#include <string>
#include <string_view>

#include "nonzero/io/npy.h"

namespace nonzero::io {

// Reads the header into shape, type and fortran_order; returns where the elements begin.
size_t parse_npy_header(std::string_view file, NpyArray& array, const std::string& source);

// Magic, version 1.0 and header of a C-order array, padded to 64 bytes.
std::string make_npy_header(const std::string& type, const std::string& shape);

}  // namespace nonzero::io
