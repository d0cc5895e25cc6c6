#include "nonzero/io/npz.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/io/npy_header.h"
#include "nonzero/io/text.h"
#include "nonzero/io/zip.h"

namespace nonzero {
namespace {

std::string list_of(const NpzArrays& arrays) {
  std::string names;
  for (const auto& entry : arrays) names += (names.empty() ? "" : ", ") + io::excerpt(entry.first);
  return names.empty() ? "nothing" : names;
}

const NpyArray& array_named(const NpzArrays& arrays, const char* name, const std::string& source) {
  const auto found = arrays.find(name);
  if (found == arrays.end())
    throw InputError(fmt::format("no array '{}' among {}", name, list_of(arrays)),
                     "expected: SciPy's csr layout (format, shape, indptr, indices, data)", {source, 0});
  return found->second;
}

void check_offsets(const std::vector<int64_t>& offsets, uint64_t rows, uint64_t nnz,
                   const std::string& source) {
  const bool fits = offsets.size() == rows + 1 && offsets.front() == 0 &&
                    static_cast<uint64_t>(offsets.back()) == nnz &&
                    std::is_sorted(offsets.begin(), offsets.end());
  if (!fits)
    throw InputError(fmt::format("'indptr' of {} offsets", offsets.size()),
                     fmt::format("expected: {}, rising from 0 to {}", rows + 1, nnz), {source, 0});
}

LoadedMatrix read_scipy_csr(const NpzArrays& arrays, const std::string& source) {
  const Place place{source, 0};
  const std::string format = to_text(array_named(arrays, "format", source), source);
  if (format != "csr")
    throw InputError(fmt::format("a SciPy matrix in format {}", io::excerpt(format)), "allowed: csr", place);
  const std::vector<int64_t> shape = to_integers(array_named(arrays, "shape", source), source);
  const NpyArray& data = array_named(arrays, "data", source);
  const std::vector<int64_t> offsets = to_integers(array_named(arrays, "indptr", source), source);
  const std::vector<int64_t> columns = to_integers(array_named(arrays, "indices", source), source);
  constexpr int64_t kMostSide = int64_t{1} << 32U;
  if (shape.size() != 2 || shape[0] < 0 || shape[1] < 0 || shape[0] > kMostSide || shape[1] > kMostSide)
    throw InputError(fmt::format("'shape' ({})", fmt::join(shape, ", ")),
                     "expected: two sides from 0 to 2^32", place);
  const auto side = static_cast<uint64_t>(shape[1]);
  if (side > io::most_side(data.bytes.size() + offsets.size()))
    throw InputError(fmt::format("{} columns in a file of {} elements", side, columns.size()), "", place);

  LoadedMatrix loaded;
  loaded.symmetry = "general";
  Csr& csr = loaded.matrix;
  csr.rows = static_cast<uint64_t>(shape[0]);
  csr.columns = side;
  check_offsets(offsets, csr.rows, columns.size(), source);
  csr.offsets.assign(offsets.begin(), offsets.end());
  csr.indices.reserve(columns.size());
  for (const int64_t column : columns) {
    if (column < 0 || column >= shape[1])
      throw InputError(fmt::format("'indices' holds {}", column),
                       fmt::format("allowed: 0 to {}", shape[1] - 1), place);
    csr.indices.push_back(static_cast<uint32_t>(column));
  }
  csr.values = to_floats(data, source);
  if (csr.values.size() != columns.size())
    throw InputError(fmt::format("'data' holds {} values for {} indices", csr.values.size(), columns.size()),
                     "", place);
  const bool boolean = data.type.ends_with("b1");
  loaded.pattern = boolean && std::find(csr.values.begin(), csr.values.end(), 0.0F) == csr.values.end();
  if (loaded.pattern) csr.values.clear();
  loaded.field = loaded.pattern ? "pattern" : data.type.find('f') != std::string::npos ? "real" : "integer";
  loaded.duplicates = io::sort_and_add_duplicates(csr);
  loaded.stored_zeros = io::count_zeros(csr);
  return loaded;
}

template <class Number>
std::string npy_of(const char* type, const Number* numbers, size_t count) {
  std::string file = io::make_npy_header(type, fmt::format("({},)", count));
  file.append(reinterpret_cast<const char*>(numbers), count * sizeof(Number));
  return file;
}

std::string npy_of_data(const Csr& matrix) {
  if (!matrix.is_pattern()) return npy_of("<f4", matrix.values.data(), matrix.values.size());
  const std::string truth(matrix.nnz(), '\x01');
  return npy_of("|b1", truth.data(), truth.size());
}

}  // namespace

NpzArrays parse_npz(std::string_view bytes, const std::string& source) {
  NpzArrays arrays;
  for (const io::ZipEntry& entry : io::unpack_zip(bytes, source)) {
    constexpr std::string_view kSuffix = ".npy";
    const std::string where = source + ":" + io::excerpt(entry.name);
    if (!entry.name.ends_with(kSuffix))
      throw InputError("an entry that is no array", "allowed: .npy", {where, 0});
    const std::string name = entry.name.substr(0, entry.name.size() - kSuffix.size());
    if (!arrays.emplace(name, parse_npy(entry.bytes, where)).second)
      throw InputError("the entry stands twice", "", {where, 0});
  }
  return arrays;
}

NpzArrays read_npz(const std::string& path) { return parse_npz(read_file(path), path); }

LoadedMatrix matrix_of_npz(const NpzArrays& arrays, const std::string& source) {
  if (arrays.contains("format")) return read_scipy_csr(arrays, source);
  if (arrays.size() != 1)
    throw InputError(fmt::format("the file holds {}", list_of(arrays)),
                     "allowed: one array, or SciPy's csr layout (format, shape, indptr, indices, data)",
                     {source, 0});
  const auto& [name, array] = *arrays.begin();
  return loaded_dense(array, source + ":" + io::excerpt(name));
}

std::string to_npz(const Csr& matrix) {
  const int64_t shape[] = {static_cast<int64_t>(matrix.rows), static_cast<int64_t>(matrix.columns)};
  // SciPy wants one index type for both arrays, and signed ones.
  const std::vector<int64_t> columns(matrix.indices.begin(), matrix.indices.end());
  const std::vector<int64_t> offsets(matrix.offsets.begin(), matrix.offsets.end());
  return io::pack_zip({{"indices.npy", npy_of("<i8", columns.data(), columns.size())},
                       {"indptr.npy", npy_of("<i8", offsets.data(), offsets.size())},
                       {"format.npy", io::make_npy_header("|S3", "()") + "csr"},
                       {"shape.npy", npy_of("<i8", shape, 2)},
                       {"data.npy", npy_of_data(matrix)}});
}

std::string to_npz(std::span<const FloatArray> arrays) {
  std::vector<io::ZipEntry> entries;
  entries.reserve(arrays.size());
  for (const FloatArray& array : arrays) {
    const std::string comma = array.shape.size() == 1 ? "," : "";
    std::string npy = io::make_npy_header("<f4", fmt::format("({}{})", fmt::join(array.shape, ", "), comma));
    npy.append(reinterpret_cast<const char*>(array.values.data()), array.values.size_bytes());
    entries.push_back({array.name + ".npy", std::move(npy)});
  }
  return io::pack_zip(entries);
}

void write_npz(const std::string& path, const Csr& matrix) { write_atomically(path, to_npz(matrix)); }

}  // namespace nonzero
