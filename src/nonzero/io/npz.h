#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "nonzero/io/float_array.h"
#include "nonzero/io/loaded_matrix.h"
#include "nonzero/io/npy.h"

namespace nonzero {

// NumPy's .npz: a zip file of .npy entries, stored or deflated, keyed by name without `.npy`.
using NpzArrays = std::map<std::string, NpyArray, std::less<>>;

// Throws InputError on damaged, encrypted, otherwise packed or zip64 files.
NpzArrays read_npz(const std::string& path);
NpzArrays parse_npz(std::string_view bytes, const std::string& source);

// The layout of SciPy's save_npz in format csr, or a file of a single array, which is read as dense.
// Boolean data that is true throughout is a pattern.
LoadedMatrix matrix_of_npz(const NpzArrays& arrays, const std::string& source);

// SciPy's csr layout, stored entries; a pattern is written as boolean data.
std::string to_npz(const Csr& matrix);
void write_npz(const std::string& path, const Csr& matrix);

// Several arrays, stored as <f4 in C order.
std::string to_npz(std::span<const FloatArray> arrays);

}  // namespace nonzero
