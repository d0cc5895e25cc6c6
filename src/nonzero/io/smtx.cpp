#include "nonzero/io/smtx.h"

#include <fmt/format.h>

#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/io/text.h"

namespace nonzero {
namespace {

using io::Cursor;

uint64_t next(Cursor& cursor, uint64_t most, const char* what, bool first) {
  if (first)
    cursor.skip_blanks();
  else
    cursor.skip_separator();
  return cursor.whole(most, what);
}

void read_offsets(Cursor& cursor, Csr& csr, uint64_t nnz) {
  for (uint64_t r = 0; r <= csr.rows; ++r) {
    const uint64_t offset = next(cursor, nnz, "a row offset", r == 0);
    const uint64_t least = r == 0 ? 0 : csr.offsets[r - 1];
    if (offset < least || (r == 0 && offset != 0) || (r == csr.rows && offset != nnz))
      throw InputError(fmt::format("row offset {} is {}", r, offset),
                       fmt::format("offsets rise from 0 to {}", nnz), cursor.place());
    csr.offsets[r] = offset;
  }
  cursor.end_line();
}

}  // namespace

LoadedMatrix parse_smtx(std::string_view text, const std::string& source) {
  Cursor cursor(text, source);
  const uint64_t side = io::most_side(cursor.left());
  LoadedMatrix loaded;
  loaded.pattern = true;
  loaded.field = "pattern";
  loaded.symmetry = "general";
  Csr& csr = loaded.matrix;
  csr.rows = next(cursor, side, "the number of rows", true);
  csr.columns = next(cursor, side, "the number of columns", false);
  const uint64_t nnz = next(cursor, std::numeric_limits<int64_t>::max(), "the number of non-zeros", false);
  cursor.end_line();
  // Each offset and each column takes a digit and a separator.
  const uint64_t room = (cursor.left() + 1) / 2;
  if (csr.rows >= room || nnz > room - csr.rows - 1)
    throw InputError(fmt::format("the file claims {} rows and {} non-zeros", csr.rows, nnz),
                     fmt::format("room in its remaining {} bytes: {} numbers", cursor.left(), room),
                     {source, 1});
  csr.offsets.resize(csr.rows + 1);
  read_offsets(cursor, csr, nnz);
  csr.indices.resize(nnz);
  if (csr.columns == 0 && nnz > 0) cursor.refuse("columns of a matrix that has none");
  for (uint64_t e = 0; e < nnz; ++e)
    csr.indices[e] = static_cast<uint32_t>(next(cursor, csr.columns - 1, "a column", e == 0));
  cursor.end_line();
  cursor.skip_blank_lines();
  if (!cursor.at_end()) cursor.refuse("more data after the third line");
  loaded.duplicates = io::sort_and_add_duplicates(csr);
  return loaded;
}

LoadedMatrix read_smtx(const std::string& path) { return parse_smtx(read_file(path), path); }

std::string to_smtx(const Csr& matrix) {
  return fmt::format("{}, {}, {}\n{}\n{}\n", matrix.rows, matrix.columns, matrix.nnz(),
                     fmt::join(matrix.offsets, " "), fmt::join(matrix.indices, " "));
}

void write_smtx(const std::string& path, const Csr& matrix) { write_atomically(path, to_smtx(matrix)); }

}  // namespace nonzero
