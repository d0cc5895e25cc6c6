#include "nonzero/io/npy_header.h"

#include <fmt/format.h>

#include <charconv>

#include "nonzero/base/error.h"
#include "nonzero/io/text.h"

namespace nonzero::io {
namespace {

constexpr std::string_view kMagic{"\x93NUMPY", 6};

// The Python literal {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class Literal {
 public:
  Literal(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  void parse(NpyArray& array) {
    bool has_type = false;
    bool has_order = false;
    bool has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !has_type) {
        if (peek() == '[') refuse("a structured array", "allowed: one number per element");
        array.type = string();
        has_type = true;
      } else if (key == "fortran_order" && !has_order) {
        array.fortran_order = boolean();
        has_order = true;
      } else if (key == "shape" && !has_shape) {
        array.shape = tuple();
        has_shape = true;
      } else {
        refuse(fmt::format("key {}", excerpt(key)), "allowed: descr, fortran_order and shape, once each");
      }
      if (!accept(',') && peek() != '}') refuse("the header", "expected: ',' or '}'");
    }
    if (peek() != '\0') refuse("more after the header's '}'", "");
    if (!has_type || !has_order || !has_shape)
      refuse("the header", "expected: descr, fortran_order and shape");
  }

 private:
  char peek() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n')) text_.remove_prefix(1);
    return text_.empty() ? '\0' : text_[0];
  }
  bool accept(char c) {
    if (peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (text_.empty() || !accept(c))
      refuse(fmt::format("the header at {}", excerpt(text_)), fmt::format("expected: '{}'", c));
  }
  std::string string() {
    const char quote = peek();
    const size_t end = quote == '\'' || quote == '"' ? text_.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos)
      refuse(fmt::format("the header at {}", excerpt(text_)), "expected: a string");
    std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }
  bool boolean() {
    peek();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return word == "True";
    }
    refuse(fmt::format("fortran_order {}", excerpt(text_)), "allowed: True or False");
  }
  std::vector<uint64_t> tuple() {
    constexpr size_t kMostDimensions = 32;  // NumPy's own limit
    std::vector<uint64_t> shape;
    expect('(');
    while (!accept(')')) {
      peek();
      uint64_t side = 0;
      const auto [stop, error] = std::from_chars(text_.data(), text_.data() + text_.size(), side);
      if (error != std::errc())
        refuse(fmt::format("shape at {}", excerpt(text_)), "allowed: whole numbers >= 0");
      text_.remove_prefix(static_cast<size_t>(stop - text_.data()));
      shape.push_back(side);
      if (shape.size() > kMostDimensions) refuse("more than 32 dimensions", "");
      if (!accept(',') && peek() != ')')
        refuse(fmt::format("shape at {}", excerpt(text_)), "expected: ',' or ')'");
    }
    return shape;
  }
  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed) {
    throw InputError(problem, allowed, {source_, 0});
  }

  std::string_view text_;
  const std::string& source_;
};

uint64_t little_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

size_t parse_npy_header(std::string_view file, NpyArray& array, const std::string& source) {
  const Place place{source, 0};
  if (!file.starts_with(kMagic))
    throw InputError(fmt::format("the file begins with {}", excerpt(file.substr(0, kMagic.size()))),
                     "expected: NumPy's '\\x93NUMPY'", place);
  const size_t version = file.size() > 7 ? static_cast<unsigned char>(file[6]) : 0;
  if (version < 1 || version > 3 || file[7] != 0)
    throw InputError(fmt::format("format version {}", version), "allowed: 1.0, 2.0, 3.0", place);
  const size_t length_bytes = version == 1 ? 2 : 4;
  const size_t begin = 8 + length_bytes;
  if (file.size() < begin) throw InputError("the file ends within its header", "", place);
  const uint64_t length = little_endian(file.substr(8, length_bytes));
  if (length > file.size() - begin)
    throw InputError(fmt::format("a header of {} bytes", length),
                     fmt::format("the file holds {} after byte {}", file.size() - begin, begin), place);
  Literal(file.substr(begin, length), source).parse(array);
  return begin + length;
}

std::string make_npy_header(const std::string& type, const std::string& shape) {
  constexpr size_t kPreamble = 10;
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", type, shape);
  text.append(63 - (kPreamble + text.size()) % 64, ' ');
  text += '\n';
  std::string header(kMagic);
  header.append(
      {'\x01', '\x00', static_cast<char>(text.size() & 0xffU), static_cast<char>(text.size() >> 8U)});
  return header + text;
}

}  // namespace nonzero::io
