#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nonzero/io/loaded_matrix.h"
#include "nonzero/tensor/formats.h"

namespace nonzero {

// An array as NumPy's .npy holds it (format versions 1 to 3): `bytes` are the elements as stored.
struct NpyArray {
  std::vector<uint64_t> shape;
  std::string type;  // NumPy's descr: "<f4", "|i1", ">f8", "|b1", …
  bool fortran_order = false;
  std::string bytes;

  [[nodiscard]] uint64_t size() const;  // product of shape; 1 for a scalar
};

// Element types that can be read: f2 f4 f8, i1 i2 i4 i8, u1 u2 u4, b1, of either byte order; text
// (S, U) only as NpyArray. Throws InputError on anything else, and where the header and the file's
// length disagree.
NpyArray read_npy(const std::string& path);
NpyArray parse_npy(std::string_view bytes, const std::string& source);

// The elements in C order, each rounded to the nearest float. Throws InputError on one that is not
// finite; minus infinity may be allowed, as scores have it where nothing is attended to.
std::vector<float> to_floats(const NpyArray& array, const std::string& source,
                             bool minus_infinity_allowed = false);
// The elements of an integer or boolean array in C order. Throws InputError for other types.
std::vector<int64_t> to_integers(const NpyArray& array, const std::string& source);
// The characters of a text scalar, as SciPy stores its format's name.
std::string to_text(const NpyArray& array, const std::string& source);

// Two dimensions as they are; one becomes a row; more become shape[0] rows of all the rest (a filter
// per row, as convolutions are lowered); none is 1 x 1.
Dense to_dense(const NpyArray& array, const std::string& source);

// The same as a matrix; its zeros are not kept.
LoadedMatrix loaded_dense(const NpyArray& array, const std::string& source);

// <f4, C order.
std::string to_npy(const Dense& dense);
void write_npy(const std::string& path, const Dense& dense);

}  // namespace nonzero
