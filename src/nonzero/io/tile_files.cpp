#include "nonzero/io/tile_files.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"

namespace nonzero {
namespace {

static_assert(std::endian::native == std::endian::little, "tile files are written as they lie in memory");
static_assert(sizeof(WorkerTile) == 16);

constexpr std::string_view kMagic = "nonzero-tiles 1\n";
enum Word : uint32_t { kRows, kColumns, kHeight, kWidth, kElements, kTiles, kRowWords, kBits, kWords };
constexpr uint64_t kCsr = 1, kTiled = 2, kValues = 4;
using Header = std::array<uint64_t, kWords>;
constexpr uint64_t kHeaderBytes = kMagic.size() + sizeof(Header);

template <class Element>
void append(std::string& bytes, const std::vector<Element>& elements) {
  bytes.append(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(Element));
}

// The next elements of the file, which holds them.
template <class Element>
std::vector<Element> take(std::string_view& bytes, uint64_t count) {
  std::vector<Element> elements(count);
  const uint64_t size = count * sizeof(Element);
  if (size > 0) std::memcpy(elements.data(), bytes.data(), size);
  bytes.remove_prefix(size);
  return elements;
}

Header header_of(std::string_view bytes, const std::string& source) {
  if (bytes.substr(0, kMagic.size()) != kMagic)
    throw InputError("no tile file", "expected: \"nonzero-tiles 1\" and a line end", {source, 0});
  if (bytes.size() < kHeaderBytes)
    throw InputError(fmt::format("a file of {} bytes", bytes.size()),
                     fmt::format("expected: a header of {}", kHeaderBytes), {source, 0});
  Header header{};
  std::memcpy(header.data(), bytes.data() + kMagic.size(), sizeof(Header));
  if (header[kBits] > (kCsr | kTiled | kValues))
    throw InputError(fmt::format("byte {}: bits {:#x}", kMagic.size() + 8 * kBits, header[kBits]),
                     "allowed: 0 to 7", {source, 0});
  return header;
}

// Before anything is allocated: the arrays fill the file.
void check_length(const Header& header, uint64_t left, const std::string& source) {
  const uint64_t per_element = (header[kBits] & kValues) != 0 ? 8 : 4;
  const bool fits =
      header[kElements] <= left / per_element && header[kTiles] <= left / sizeof(WorkerTile) &&
      header[kRowWords] <= left / 4 &&
      header[kElements] * per_element + header[kTiles] * sizeof(WorkerTile) + header[kRowWords] * 4 == left;
  if (!fits)
    throw InputError(fmt::format("{} bytes behind the header for {} elements, {} tiles and {} words for rows",
                                 left, header[kElements], header[kTiles], header[kRowWords]),
                     "expected: as many bytes as they take", {source, 0});
}

}  // namespace

std::string to_tile_file(const WorkerMatrix& matrix) {
  const uint64_t bits = (matrix.format == TileFormat::csr ? kCsr : 0) |
                        (matrix.order == TileTraversal::tiled ? kTiled : 0) |
                        (matrix.values.empty() ? 0 : kValues);
  const TileGrid& grid = matrix.grid;
  const Header header{grid.rows,    grid.columns,        grid.tile_height,   grid.tile_width,
                      matrix.nnz(), matrix.tiles.size(), matrix.rows.size(), bits};
  std::string bytes;
  bytes.reserve(kHeaderBytes + matrix.tiles.size() * sizeof(WorkerTile) +
                4 * (matrix.rows.size() + matrix.columns.size() + matrix.values.size()));
  bytes += kMagic;
  bytes.append(reinterpret_cast<const char*>(header.data()), sizeof(Header));
  append(bytes, matrix.tiles);
  append(bytes, matrix.rows);
  append(bytes, matrix.columns);
  append(bytes, matrix.values);
  return bytes;
}

void write_tile_file(const std::string& path, const WorkerMatrix& matrix) {
  write_atomically(path, to_tile_file(matrix));
}

WorkerMatrix parse_tile_file(std::string_view bytes, const std::string& source) {
  const Header header = header_of(bytes, source);
  bytes.remove_prefix(kHeaderBytes);
  check_length(header, bytes.size(), source);
  WorkerMatrix matrix;
  matrix.grid = {header[kRows], header[kColumns], header[kHeight], header[kWidth]};
  matrix.format = (header[kBits] & kCsr) != 0 ? TileFormat::csr : TileFormat::coo;
  matrix.order = (header[kBits] & kTiled) != 0 ? TileTraversal::tiled : TileTraversal::untiled;
  matrix.tiles = take<WorkerTile>(bytes, header[kTiles]);
  matrix.rows = take<uint32_t>(bytes, header[kRowWords]);
  matrix.columns = take<uint32_t>(bytes, header[kElements]);
  if ((header[kBits] & kValues) != 0) matrix.values = take<float>(bytes, header[kElements]);
  validate(matrix, source);
  for (size_t e = 0; e < matrix.values.size(); ++e)
    if (!std::isfinite(matrix.values[e]))
      throw InputError(fmt::format("element {} is {}", e, matrix.values[e]), "allowed: finite values",
                       {source, 0});
  return matrix;
}

WorkerMatrix read_tile_file(const std::string& path) { return parse_tile_file(read_file(path), path); }

}  // namespace nonzero
