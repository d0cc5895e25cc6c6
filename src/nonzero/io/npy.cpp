#include "nonzero/io/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/io/file.h"
#include "nonzero/io/npy_header.h"
#include "nonzero/io/small_floats.h"
#include "nonzero/io/text.h"

namespace nonzero {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are read as little-endian");

constexpr const char* kTypes = "allowed: f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, b1";

struct Type {
  char kind = 'f';     // f, i, u, b; S and U for text
  uint64_t bytes = 4;  // of one element
  bool big_endian = false;
};

Type parse_type(const std::string& text, const std::string& source) {
  const Place place{source, 0};
  std::string_view rest = text;
  Type type;
  if (!rest.empty() && std::string_view("<>|=").find(rest[0]) != std::string_view::npos) {
    type.big_endian = rest[0] == '>';
    rest.remove_prefix(1);
  }
  type.bytes = 0;
  if (rest.size() >= 2 && rest.size() <= 4) {
    type.kind = rest[0];
    for (const char digit : rest.substr(1)) {
      if (digit < '0' || digit > '9') throw InputError("element type " + io::excerpt(text), kTypes, place);
      type.bytes = 10 * type.bytes + static_cast<uint64_t>(digit - '0');
    }
  }
  const std::string_view words[] = {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "b1"};
  const bool number = std::find(std::begin(words), std::end(words), rest) != std::end(words);
  const bool characters = (type.kind == 'S' || type.kind == 'U') && type.bytes > 0;
  if (!number && !characters) throw InputError("element type " + io::excerpt(text), kTypes, place);
  if (type.kind == 'U') type.bytes *= 4;
  return type;
}

template <class Number>
Number load(const char* bytes, bool big_endian) {
  unsigned char raw[sizeof(Number)];
  std::memcpy(raw, bytes, sizeof(Number));
  if (big_endian) std::reverse(std::begin(raw), std::end(raw));
  Number value;
  std::memcpy(&value, raw, sizeof(Number));
  return value;
}

// Calls emit(position in C order, address of the element). The stored order is walked once; in
// Fortran order the first index runs fastest.
template <class Emit>
void for_each_element(const NpyArray& array, uint64_t bytes, const Emit& emit) {
  const uint64_t size = array.size();
  if (!array.fortran_order || array.shape.size() < 2) {
    for (uint64_t i = 0; i < size; ++i) emit(i, array.bytes.data() + i * bytes);
    return;
  }
  std::vector<uint64_t> strides(array.shape.size(), 1);
  for (size_t d = array.shape.size() - 1; d-- > 0;) strides[d] = strides[d + 1] * array.shape[d + 1];
  std::vector<uint64_t> index(array.shape.size());
  uint64_t position = 0;
  for (uint64_t i = 0; i < size; ++i) {
    emit(position, array.bytes.data() + i * bytes);
    for (size_t d = 0; d < index.size(); ++d) {
      position += strides[d];
      if (++index[d] < array.shape[d]) break;
      position -= strides[d] * array.shape[d];
      index[d] = 0;
    }
  }
}

template <class Number>
void convert(const NpyArray& array, const Type& type, std::vector<float>& values) {
  for_each_element(array, sizeof(Number), [&](uint64_t i, const char* bytes) {
    values[i] = static_cast<float>(load<Number>(bytes, type.big_endian));
  });
}

template <class Number>
void convert(const NpyArray& array, const Type& type, std::vector<int64_t>& values) {
  for_each_element(array, sizeof(Number), [&](uint64_t i, const char* bytes) {
    // NOLINTNEXTLINE(bugprone-signed-char-misuse): int8 holds numbers here, no characters
    values[i] = static_cast<int64_t>(load<Number>(bytes, type.big_endian));
  });
}

template <class To>
bool convert_integers(const NpyArray& array, const Type& type, std::vector<To>& values) {
  switch (type.kind) {
    case 'i':
      if (type.bytes == 1) convert<int8_t>(array, type, values);
      if (type.bytes == 2) convert<int16_t>(array, type, values);
      if (type.bytes == 4) convert<int32_t>(array, type, values);
      if (type.bytes == 8) convert<int64_t>(array, type, values);
      return true;
    case 'b':
    case 'u':
      if (type.bytes == 1) convert<uint8_t>(array, type, values);
      if (type.bytes == 2) convert<uint16_t>(array, type, values);
      if (type.bytes == 4) convert<uint32_t>(array, type, values);
      return true;
    default:
      return false;
  }
}

void convert_reals(const NpyArray& array, const Type& type, std::vector<float>& values) {
  if (type.bytes == 4) return convert<float>(array, type, values);
  if (type.bytes == 2) {
    for_each_element(array, 2, [&](uint64_t i, const char* bytes) {
      values[i] = io::half_to_float(load<uint16_t>(bytes, type.big_endian));
    });
    return;
  }
  convert<double>(array, type, values);
}

std::string index_of(const NpyArray& array, uint64_t position) {
  std::vector<uint64_t> index(array.shape.size());
  for (size_t d = array.shape.size(); d-- > 0;) {
    index[d] = position % array.shape[d];
    position /= array.shape[d];
  }
  return fmt::format("({})", fmt::join(index, ", "));
}

std::optional<uint64_t> elements(const std::vector<uint64_t>& shape) {
  std::optional<uint64_t> size = 1;
  for (const uint64_t side : shape) {
    size = checked_multiply(*size, side);
    if (!size) return std::nullopt;
  }
  return size;
}

}  // namespace

uint64_t NpyArray::size() const { return elements(shape).value_or(0); }

NpyArray parse_npy(std::string_view bytes, const std::string& source) {
  const Place place{source, 0};
  NpyArray array;
  const size_t begin = io::parse_npy_header(bytes, array, source);
  const Type type = parse_type(array.type, source);
  const auto size = elements(array.shape);
  const auto needed = size ? checked_multiply(*size, type.bytes) : std::nullopt;
  if (!needed || *needed != bytes.size() - begin)
    throw InputError(
        fmt::format("the header claims an array ({}) of {}", fmt::join(array.shape, ", "), array.type),
        fmt::format("the file holds {} bytes after byte {}", bytes.size() - begin, begin), place);
  array.bytes = bytes.substr(begin);
  return array;
}

NpyArray read_npy(const std::string& path) { return parse_npy(read_file(path), path); }

std::vector<float> to_floats(const NpyArray& array, const std::string& source, bool minus_infinity_allowed) {
  const Type type = parse_type(array.type, source);
  std::vector<float> values(array.size());
  if (convert_integers(array, type, values)) return values;
  if (type.kind != 'f') throw InputError("element type " + io::excerpt(array.type), kTypes, {source, 0});
  convert_reals(array, type, values);
  for (uint64_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) && !(minus_infinity_allowed && values[i] < 0))
      throw InputError(fmt::format("element {} is {}", index_of(array, i), values[i]),
                       "allowed: finite numbers within the range of a 32-bit float", {source, 0});
  return values;
}

std::vector<int64_t> to_integers(const NpyArray& array, const std::string& source) {
  std::vector<int64_t> values(array.size());
  if (!convert_integers(array, parse_type(array.type, source), values))
    throw InputError("element type " + io::excerpt(array.type), "allowed: whole numbers", {source, 0});
  return values;
}

std::string to_text(const NpyArray& array, const std::string& source) {
  const Type type = parse_type(array.type, source);
  if ((type.kind != 'S' && type.kind != 'U') || array.size() != 1)
    throw InputError("an array of type " + io::excerpt(array.type), "expected: one text", {source, 0});
  const size_t step = type.kind == 'U' ? 4 : 1;
  const size_t lowest = type.kind == 'U' && type.big_endian ? 3 : 0;
  std::string text;
  for (size_t i = lowest; i < array.bytes.size() && array.bytes[i] != '\0'; i += step) text += array.bytes[i];
  return text;
}

Dense to_dense(const NpyArray& array, const std::string& source) {
  Dense dense{1, 1, {}};
  if (array.shape.size() == 1) dense.columns = array.shape[0];
  if (array.shape.size() > 1) {
    dense.rows = array.shape[0];
    const std::vector<uint64_t> rest(array.shape.begin() + 1, array.shape.end());
    dense.columns = elements(rest).value_or(std::numeric_limits<uint64_t>::max());
  }
  // An array without elements may claim any shape.
  const uint64_t most = io::most_side(array.bytes.size());
  if (dense.rows > most || dense.columns > most)
    throw InputError(
        fmt::format("an array ({}) of {} bytes", fmt::join(array.shape, ", "), array.bytes.size()),
        fmt::format("allowed: sides up to {}", most), {source, 0});
  dense.values = to_floats(array, source);
  return dense;
}

LoadedMatrix loaded_dense(const NpyArray& array, const std::string& source) {
  LoadedMatrix loaded;
  loaded.matrix = to_csr(to_dense(array, source));
  loaded.field = parse_type(array.type, source).kind == 'f' ? "real" : "integer";
  loaded.symmetry = "general";
  loaded.dense_array = true;
  return loaded;
}

std::string to_npy(const Dense& dense) {
  std::string file = io::make_npy_header("<f4", fmt::format("({}, {})", dense.rows, dense.columns));
  file.append(reinterpret_cast<const char*>(dense.values.data()), dense.values.size() * sizeof(float));
  return file;
}

void write_npy(const std::string& path, const Dense& dense) { write_atomically(path, to_npy(dense)); }

}  // namespace nonzero
