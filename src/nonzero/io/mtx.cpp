#include "nonzero/io/mtx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <limits>
#include <vector>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/memory.h"
#include "nonzero/base/suggest.h"
#include "nonzero/io/file.h"
#include "nonzero/io/text.h"

namespace nonzero {
namespace {

using io::Cursor;

enum class Field { kReal, kInteger, kPattern };
enum class Symmetry { kGeneral, kSymmetric, kSkew };

struct Header {
  bool array = false;
  Field field = Field::kReal;
  Symmetry symmetry = Symmetry::kGeneral;
  uint64_t rows = 0, columns = 0, entries = 0;
};

std::string lower_case(std::string_view word) {
  std::string lower(word);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string next_word(Cursor& cursor) {
  cursor.skip_blanks();
  return lower_case(cursor.word());
}

// The position of `word` in `allowed`; words in `refused` are known to the format, but not read.
size_t one_of(const std::string& word, const std::vector<std::string>& allowed,
              const std::vector<std::string>& refused, const char* what, const Place& place) {
  const auto found = std::find(allowed.begin(), allowed.end(), word);
  if (found != allowed.end()) return static_cast<size_t>(found - allowed.begin());
  const std::string list = fmt::format("allowed: {}", fmt::join(allowed, ", "));
  if (std::find(refused.begin(), refused.end(), word) != refused.end())
    throw InputError(fmt::format("{} '{}' is not supported", what, word), list, place);
  throw InputError(fmt::format("{} {}{}", what, io::excerpt(word), did_you_mean(word, allowed)), list, place);
}

Header read_banner(Cursor& cursor) {
  const Place place = cursor.place();
  const std::string_view magic = cursor.word();
  if (magic != "%%MatrixMarket")
    throw InputError(fmt::format("the file begins with {}", io::excerpt(magic)), "expected: '%%MatrixMarket'",
                     place);
  Header header;
  one_of(next_word(cursor), {"matrix"}, {"vector"}, "object", place);
  header.array = one_of(next_word(cursor), {"coordinate", "array"}, {}, "format", place) == 1;
  const std::string field = next_word(cursor);
  header.field =
      static_cast<Field>(one_of(field, {"real", "integer", "pattern"}, {"complex"}, "field", place));
  const std::string symmetry = next_word(cursor);
  header.symmetry = static_cast<Symmetry>(
      one_of(symmetry, {"general", "symmetric", "skew-symmetric"}, {"hermitian"}, "symmetry", place));
  cursor.end_line();
  if (header.field == Field::kPattern && header.array)
    throw InputError("'array pattern'", "allowed: array real, array integer, coordinate pattern", place);
  if (header.field == Field::kPattern && header.symmetry == Symmetry::kSkew)
    throw InputError("'pattern skew-symmetric'", "allowed: pattern general, pattern symmetric", place);
  return header;
}

void skip_comments(Cursor& cursor) {
  for (cursor.skip_blank_lines(); cursor.peek() == '%'; cursor.skip_blank_lines()) cursor.rest_of_line();
}

// Elements an array file lists.
uint64_t array_entries(const Header& header, const Place& place) {
  const uint64_t n = header.rows;
  const bool general = header.symmetry == Symmetry::kGeneral;
  const uint64_t with = general                                   ? header.columns
                        : header.symmetry == Symmetry::kSymmetric ? n + 1
                                                                  : n - (n > 0);
  const auto all = checked_multiply(n, with);
  if (!all) throw InputError(fmt::format("an array of {} x {}", n, header.columns), "", place);
  return general ? *all : *all / 2;
}

// `left`: the bytes that may follow.
void read_size(Cursor& cursor, Header& header, uint64_t left) {
  const Place place = cursor.place();
  const uint64_t side = io::most_side(left);
  header.rows = cursor.whole(side, "the number of rows");
  cursor.skip_blanks();
  header.columns = cursor.whole(side, "the number of columns");
  cursor.skip_blanks();
  if (header.symmetry != Symmetry::kGeneral && header.rows != header.columns)
    throw InputError(fmt::format("a symmetric matrix of {} x {}", header.rows, header.columns),
                     "allowed: as many rows as columns", place);
  header.entries = header.array ? array_entries(header, place)
                                : cursor.whole(std::numeric_limits<int64_t>::max(), "the number of entries");
  cursor.end_line();
}

// The shortest entries are "1 1\n" and, in an array, "1\n"; the last line end may be missing.
uint64_t shortest_entry(const Header& header) { return header.array ? 2 : 4; }

Header read_header(Cursor& cursor) {
  Header header = read_banner(cursor);
  skip_comments(cursor);
  const Place place = cursor.place();
  read_size(cursor, header, cursor.left());
  const uint64_t most = (cursor.left() + 1) / shortest_entry(header);
  if (header.entries > most)
    throw InputError(fmt::format("the file claims {} entries", header.entries),
                     fmt::format("room in its remaining {} bytes: {}", cursor.left(), most), place);
  return header;
}

[[noreturn]] void too_few(const Cursor& cursor, uint64_t found, uint64_t claimed) {
  throw InputError(fmt::format("the file ends after {} entries", found), fmt::format("it claims {}", claimed),
                   cursor.place());
}

void expect_end(Cursor& cursor, uint64_t claimed) {
  cursor.skip_blank_lines();
  if (!cursor.at_end()) cursor.refuse(fmt::format("more data after the {} entries the file claims", claimed));
}

// Symmetric storage keeps one triangle. It should be the lower one; a file that keeps the upper one alone means the
// same matrix.
class Triangle {
 public:
  explicit Triangle(Symmetry symmetry) : symmetry_(symmetry) {}

  // Turns an entry to the lower triangle.
  void fold(const Cursor& cursor, uint64_t& row, uint64_t& column) {
    if (symmetry_ == Symmetry::kGeneral) return;
    const bool skew = symmetry_ == Symmetry::kSkew;
    ++(row > column ? below_ : row < column ? above_ : on_);
    if (skew && (above_ > 0 || on_ > 0))
      throw InputError(fmt::format("entry ({}, {}) of a skew-symmetric matrix", row, column),
                       "allowed: entries below the diagonal", cursor.place());
    if (below_ > 0 && above_ > 0)
      throw InputError(fmt::format("entry ({}, {}) of a symmetric matrix with others {} the diagonal", row,
                                   column, row > column ? "above" : "below"),
                       "allowed: entries on one side of the diagonal", cursor.place());
    if (row < column) std::swap(row, column);
  }
  [[nodiscard]] uint64_t above() const { return above_; }

 private:
  Symmetry symmetry_;
  uint64_t below_ = 0, above_ = 0, on_ = 0;
};

float value_of(Cursor& cursor, Field field) {
  return field == Field::kReal ? cursor.real() : cursor.integer();
}

// The entries as the file lists them, zero-based.
io::Elements read_entries(Cursor& cursor, const Header& header, LoadedMatrix& loaded) {
  io::Elements elements;
  Triangle triangle(header.symmetry);
  elements.rows.resize(header.entries);
  elements.columns.resize(header.entries);
  if (header.field != Field::kPattern) elements.values.resize(header.entries);
  for (uint64_t e = 0; e < header.entries; ++e) {
    cursor.skip_blank_lines();
    if (cursor.at_end()) too_few(cursor, e, header.entries);
    uint64_t row = cursor.whole(header.rows, "the row");
    cursor.skip_blanks();
    uint64_t column = cursor.whole(header.columns, "the column");
    if (row == 0 || column == 0)
      throw InputError(fmt::format("entry ({}, {})", row, column), "rows and columns count from 1",
                       cursor.place());
    triangle.fold(cursor, row, column);
    elements.rows[e] = static_cast<uint32_t>(row - 1);
    elements.columns[e] = static_cast<uint32_t>(column - 1);
    if (header.field != Field::kPattern) {
      cursor.skip_blanks();
      const float value = value_of(cursor, header.field);
      elements.values[e] = value;
      if (value == 0.0F && cursor.underflow())
        loaded.underflows += header.symmetry != Symmetry::kGeneral && row != column ? 2 : 1;
    }
    cursor.end_line();
  }
  loaded.above_the_diagonal = triangle.above();
  return elements;
}

// Adds the mirror image of what lies below the diagonal.
void mirror(io::Elements& elements, Symmetry symmetry) {
  const size_t stored = elements.rows.size();
  elements.rows.reserve(2 * stored);
  elements.columns.reserve(2 * stored);
  if (!elements.values.empty()) elements.values.reserve(2 * stored);
  for (size_t e = 0; e < stored; ++e) {
    if (elements.rows[e] == elements.columns[e]) continue;
    elements.rows.push_back(elements.columns[e]);
    elements.columns.push_back(elements.rows[e]);
    if (!elements.values.empty())
      elements.values.push_back(symmetry == Symmetry::kSkew ? -elements.values[e] : elements.values[e]);
  }
}

// How many of the file's `entries` were added to an earlier one: in symmetric storage those of the
// lower triangle, since each has a mirror image.
uint64_t add_duplicates(Csr& csr, uint64_t entries, Symmetry symmetry) {
  const uint64_t added = io::sort_and_add_duplicates(csr);
  if (added == 0 || symmetry == Symmetry::kGeneral) return added;
  uint64_t distinct = 0;
  for (uint64_t r = 0; r < csr.rows; ++r) {
    const auto fiber = csr.fiber(r);
    distinct += static_cast<uint64_t>(std::upper_bound(fiber.begin(), fiber.end(), r) - fiber.begin());
  }
  return entries - distinct;
}

Csr read_array(Cursor& cursor, const Header& header) {
  Dense dense{header.rows, header.columns, std::vector<float>(header.rows * header.columns)};
  uint64_t read = 0;
  for (uint64_t c = 0; c < header.columns; ++c) {
    const uint64_t first = header.symmetry == Symmetry::kGeneral ? 0
                           : header.symmetry == Symmetry::kSkew  ? c + 1
                                                                 : c;
    for (uint64_t r = first; r < header.rows; ++r, ++read) {
      cursor.skip_blank_lines();
      if (cursor.at_end()) too_few(cursor, read, header.entries);
      const float value = value_of(cursor, header.field);
      cursor.end_line();
      if (header.symmetry != Symmetry::kGeneral)
        dense.at(c, r) = header.symmetry == Symmetry::kSkew ? -value : value;
      dense.at(r, c) = value;
    }
  }
  return to_csr(dense);
}

}  // namespace

LoadedMatrix parse_mtx(std::string_view text, const std::string& source) {
  static constexpr std::array<const char*, 3> kFields{"real", "integer", "pattern"};
  static constexpr std::array<const char*, 3> kSymmetries{"general", "symmetric", "skew-symmetric"};
  Cursor cursor(text, source);
  const Header header = read_header(cursor);
  LoadedMatrix loaded;
  loaded.field = kFields[static_cast<size_t>(header.field)];
  loaded.symmetry = kSymmetries[static_cast<size_t>(header.symmetry)];
  loaded.pattern = header.field == Field::kPattern;
  loaded.dense_array = header.array;
  if (header.array) {
    loaded.matrix = read_array(cursor, header);
    expect_end(cursor, header.entries);
    return loaded;
  }
  io::Elements elements = read_entries(cursor, header, loaded);
  expect_end(cursor, header.entries);
  if (header.symmetry != Symmetry::kGeneral) mirror(elements, header.symmetry);
  loaded.matrix = io::by_row(header.rows, header.columns, elements);
  loaded.duplicates = add_duplicates(loaded.matrix, header.entries, header.symmetry);
  loaded.stored_zeros = io::count_zeros(loaded.matrix);
  return loaded;
}

std::optional<double> mtx_memory(std::string_view beginning, TextBytes text) {
  Cursor cursor(beginning, "beginning");
  Header header;
  try {
    header = read_banner(cursor);
    skip_comments(cursor);
    read_size(cursor, header, text.most);
  } catch (const InputError&) {
    return std::nullopt;  // said where the whole file is read
  }
  const auto entries =
      static_cast<double>(std::min(header.entries, (text.most + 1) / shortest_entry(header)));
  const double bytes =
      std::max(static_cast<double>(text.least), entries * static_cast<double>(shortest_entry(header)));
  const double stored = header.symmetry == Symmetry::kGeneral ? entries : 2 * entries;
  const auto rows = static_cast<double>(header.rows);
  if (header.array) return bytes + 3 * sizeof(float) * stored + 8 * rows;
  const double value = header.field == Field::kPattern ? 0 : sizeof(float);
  // Row, column and value of each element; column and value once more in the matrix, and where each row begins.
  return bytes + stored * (3 * sizeof(uint32_t) + 2 * value) + 2 * sizeof(uint64_t) * rows;
}

LoadedMatrix read_mtx(const std::string& path) {
  constexpr uint64_t kSmall = uint64_t{1} << 20U, kBeginning = uint64_t{1} << 16U;
  std::error_code unknown;
  const bool file = std::filesystem::is_regular_file(path, unknown);
  const uint64_t stored = file ? std::filesystem::file_size(path, unknown) : 0;
  if (!unknown && stored > kSmall) {
    const bool packed = path.ends_with(".gz");
    const TextBytes text{stored, packed ? stored * kMostInflation : stored};
    if (const auto bytes = mtx_memory(read_beginning(path, kBeginning), text))
      require_memory(*bytes, "reading " + path);
  }
  return parse_mtx(read_file(path), path);
}

std::string to_mtx(const Csr& matrix) {
  const bool pattern = matrix.values.empty();
  std::string text = fmt::format("%%MatrixMarket matrix coordinate {} general\n{} {} {}\n",
                                 pattern ? "pattern" : "real", matrix.rows, matrix.columns, matrix.nnz());
  auto out = std::back_inserter(text);
  for (uint64_t r = 0; r < matrix.rows; ++r)
    for (uint64_t e = matrix.offsets[r]; e < matrix.offsets[r + 1]; ++e) {
      const uint64_t column = uint64_t{matrix.indices[e]} + 1;
      if (pattern)
        fmt::format_to(out, "{} {}\n", r + 1, column);
      else
        fmt::format_to(out, "{} {} {}\n", r + 1, column, matrix.values[e]);
    }
  return text;
}

void write_mtx(const std::string& path, const Csr& matrix) { write_atomically(path, to_mtx(matrix)); }

}  // namespace nonzero
