#include "nonzero/io/matrix_file.h"

#include <fmt/format.h>

#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/io/mtx.h"
#include "nonzero/io/npy.h"
#include "nonzero/io/npz.h"
#include "nonzero/io/smtx.h"
#include "nonzero/io/text.h"

namespace nonzero {
namespace {

[[noreturn]] void refuse_suffix(const std::string& path, const char* allowed) {
  throw InputError(fmt::format("suffix {}", io::excerpt(std::filesystem::path(path).extension().string())),
                   allowed, {path, 0});
}

}  // namespace

LoadedMatrix read_matrix(const std::string& path) {
  if (path.ends_with(".mtx") || path.ends_with(".mtx.gz")) return read_mtx(path);
  if (path.ends_with(".smtx") || path.ends_with(".smtx.gz")) return read_smtx(path);
  if (path.ends_with(".npy")) return loaded_dense(read_npy(path), path);
  if (path.ends_with(".npz")) return matrix_of_npz(read_npz(path), path);
  refuse_suffix(path, "allowed: .mtx, .mtx.gz, .smtx, .smtx.gz, .npy, .npz");
}

void write_matrix(const std::string& path, const Csr& matrix) {
  if (path.ends_with(".mtx")) return write_mtx(path, matrix);
  if (path.ends_with(".npz")) return write_npz(path, matrix);
  if (path.ends_with(".npy")) return write_npy(path, to_dense(matrix));
  if (!path.ends_with(".smtx")) refuse_suffix(path, "allowed: .mtx, .smtx, .npy, .npz");
  if (!matrix.values.empty())
    throw InputError("a matrix with values", "allowed in .smtx: patterns", {path, 0});
  write_smtx(path, matrix);
}

}  // namespace nonzero
