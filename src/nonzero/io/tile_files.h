#pragma once

#include <string>
#include <string_view>

#include "nonzero/tensor/worker_matrix.h"

namespace nonzero {

// What one type of worker reads, as a file; little-endian, behind each other:
//   16 bytes   "nonzero-tiles 1\n"
//   8 x 8      rows, columns, tile height, tile width, elements, tiles, words for rows, and the sum of
//              1 for csr (else coo), 2 for tiled (else untiled), 4 for values (else a pattern)
//   tiles      each: panel (4), column (4), first element (8)
//   4 each     words for rows; columns; values as IEEE 754 single
// WorkerMatrix says what they mean.
std::string to_tile_file(const WorkerMatrix& matrix);
void write_tile_file(const std::string& path, const WorkerMatrix& matrix);  // all or not at all

// Throws InputError where the bytes are no such file, of another length than their header says, or
// inconsistent; takes no memory that the file's length does not warrant.
WorkerMatrix parse_tile_file(std::string_view bytes, const std::string& source);
WorkerMatrix read_tile_file(const std::string& path);  // also .gz

}  // namespace nonzero
