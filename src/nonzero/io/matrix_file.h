#pragma once

#include <string>
#include <vector>

#include "nonzero/io/loaded_matrix.h"

namespace nonzero {

// A matrix from any file that holds one, by its suffix: .mtx, .smtx (both also .gz), .npy, .npz.
// Throws InputError for other suffixes, with the list.
LoadedMatrix read_matrix(const std::string& path);

// .mtx, .smtx (a pattern only), .npy (dense) or .npz, by suffix.
void write_matrix(const std::string& path, const Csr& matrix);

}  // namespace nonzero
