#include "nonzero/io/picture.h"

#include <fmt/format.h>
#include <zlib.h>

#include <limits>
#include <string_view>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"

namespace nonzero {
namespace {

void append_word(std::string& bytes, uint64_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(word >> shift & 255U);
}

void append_chunk(std::string& bytes, std::string_view type, std::string_view data) {
  append_word(bytes, data.size());
  const size_t checked = bytes.size();
  bytes += type;
  bytes += data;
  append_word(bytes,
              ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data() + checked), bytes.size() - checked));
}

// The lines, each behind a filter byte that says "as they are".
std::string packed_lines(const GreyPicture& picture) {
  std::string lines;
  lines.reserve((picture.width + 1) * picture.height);
  for (uint64_t line = 0; line < picture.height; ++line) {
    lines += '\0';
    lines.append(reinterpret_cast<const char*>(picture.pixels.data()) + line * picture.width, picture.width);
  }
  uLongf size = ::compressBound(lines.size());
  std::string packed(size, '\0');
  if (::compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(lines.data()),
                 lines.size()) != Z_OK)
    throw SystemError("zlib cannot pack a picture");
  packed.resize(size);
  return packed;
}

}  // namespace

std::string to_pgm(const GreyPicture& picture) {
  std::string bytes = fmt::format("P5\n{} {}\n255\n", picture.width, picture.height);
  bytes.append(picture.pixels.begin(), picture.pixels.end());
  return bytes;
}

std::string to_png(const GreyPicture& picture) {
  if (picture.width == 0 || picture.height == 0)
    throw InputError("a picture without pixels", "allowed: .pgm, or a matrix with rows and columns");
  std::string header;
  append_word(header, picture.width);
  append_word(header, picture.height);
  header +=
      std::string_view("\x08\0\0\0\0", 5);  // 8 bits of grey, deflated, filtered by line, not interlaced
  std::string bytes = "\x89PNG\r\n\x1a\n";
  append_chunk(bytes, "IHDR", header);
  append_chunk(bytes, "IDAT", packed_lines(picture));
  append_chunk(bytes, "IEND", {});
  return bytes;
}

void write_picture(const std::string& path, const GreyPicture& picture) {
  if (path.ends_with(".png")) return write_atomically(path, to_png(picture));
  if (path.ends_with(".pgm")) return write_atomically(path, to_pgm(picture));
  throw InputError(fmt::format("{}: no suffix of a picture", path), "allowed: .png, .pgm");
}

}  // namespace nonzero
