#include "nonzero/workload/matrix_workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/memory.h"
#include "nonzero/base/progress.h"
#include "nonzero/base/random.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/tensor/generate.h"

namespace nonzero {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kSeedA = 11, kSeedB = 22;  // streams of derive_seed

void warn_about(const LoadedMatrix& loaded, const std::string& path, std::vector<std::string>& warnings) {
  if (loaded.duplicates > 0)
    warnings.push_back(fmt::format("{}: {} duplicate coordinates were added up", path, loaded.duplicates));
  if (loaded.above_the_diagonal > 0)
    warnings.push_back(
        fmt::format("{}: symmetric, yet its {} entries stand above the diagonal: read as their mirror images",
                    path, loaded.above_the_diagonal));
  if (loaded.underflows > 0)
    warnings.push_back(
        fmt::format("{}: {} of its values are too small for a float: read as zero", path, loaded.underflows));
  if (loaded.pattern)
    warnings.push_back(fmt::format("{}: a pattern; values are drawn where an output is wanted", path));
}

Csr load(const std::string& path, const WorkloadOptions& options, std::vector<std::string>& warnings) {
  LoadedMatrix loaded = read_matrix(path);
  warn_about(loaded, path, warnings);
  return options.drop_zeros ? drop_zeros(loaded.matrix) : std::move(loaded.matrix);
}

// The name of a file, up to its first dot.
std::string stem_of(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.substr(0, name.find('.'));
}

// Dense, of values drawn when asked for.
Operand dense_operand(uint64_t rows, uint64_t columns, uint64_t seed) {
  return Operand::lazy(
      rows, columns, 1, fmt::format("uniform:rows={},columns={},density=1,seed={}", rows, columns, seed),
      derive_seed(seed, 1), [=]() -> Matrix {
        require_memory(static_cast<double>(rows) * static_cast<double>(ceil_div(columns, 64)) * 8,
                       fmt::format("a dense {} x {} B as bits", rows, columns));
        return generate_uniform_bitmap(rows, columns, 1, seed);
      });
}

std::optional<uint64_t> dense_columns(const WorkloadOptions& options) {
  if (!options.dense_columns) return options.usual_columns;
  constexpr uint64_t kMost = uint64_t{1} << 31U;
  if (*options.dense_columns < 1 || *options.dense_columns > kMost)
    throw InputError(fmt::format("--k {}", *options.dense_columns),
                     "allowed: 1 to 2^31 columns of a dense B");
  return options.dense_columns;
}

// A alone: B follows from it.
Operation with_its_b(const std::string& stem, const Operand& a, const WorkloadOptions& options) {
  const uint64_t seed_b = derive_seed(options.seed, kSeedB);
  if (const auto columns = dense_columns(options))
    return make_gemm(fmt::format("{}*dense{}", stem, *columns), a,
                     dense_operand(a.columns(), *columns, seed_b), options.seed);
  if (a.rows() == a.columns()) return make_gemm(fmt::format("{0}*{0}", stem), a, a, options.seed);
  Operand b = Operand::of(transpose(std::get<Csr>(*a.matrix())), a.source() + " transposed", seed_b);
  return make_gemm(fmt::format("{0}*{0}T", stem), a, b, options.seed);
}

Operand operand_from_file(const std::string& path, const WorkloadOptions& options, uint64_t stream,
                          std::vector<std::string>& warnings) {
  return Operand::of(load(path, options, warnings), path, derive_seed(options.seed, stream));
}

Operation in_semiring(Operation operation, const WorkloadOptions& options) {
  std::get<Gemm>(operation.body).semiring = options.semiring.value_or(Semiring::kPlusTimes);
  return operation;
}

bool holds_a_matrix(const std::string& path) {
  constexpr std::array<const char*, 6> kSuffixes = {".mtx", ".mtx.gz", ".smtx", ".smtx.gz", ".npy", ".npz"};
  return std::any_of(kSuffixes.begin(), kSuffixes.end(),
                     [&path](const char* suffix) { return path.ends_with(suffix); });
}

std::vector<std::string> matrix_files_below(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> paths;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(folder, options, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code unknown;
    if (at->is_regular_file(unknown) && holds_a_matrix(at->path().string()))
      paths.push_back(at->path().string());
  }
  if (error)
    throw InputError(fmt::format("cannot be listed: {}", error.message()), "expected: a folder", {folder, 0});
  std::sort(paths.begin(), paths.end());
  return paths;
}

double bytes_of(const Csr& csr) {
  return static_cast<double>(csr.offsets.size()) * 8 + static_cast<double>(csr.indices.size()) * 4 +
         static_cast<double>(csr.values.size()) * 4;
}

// fem/bcsstk32 of FOLDER/fem/bcsstk32.mtx.gz.
std::string name_below(const std::string& folder, const std::string& path) {
  const fs::path below = fs::path(path).lexically_relative(folder);
  return (below.parent_path() / stem_of(below)).string();
}

}  // namespace

Operation matrix_from_file(const WorkloadOptions& options, std::vector<std::string>& warnings) {
  const Operand a = operand_from_file(options.a_file, options, kSeedA, warnings);
  if (options.b_file.empty()) return in_semiring(with_its_b(stem_of(options.a_file), a, options), options);
  const Operand b = operand_from_file(options.b_file, options, kSeedB, warnings);
  return in_semiring(
      make_gemm(fmt::format("{}*{}", stem_of(options.a_file), stem_of(options.b_file)), a, b, options.seed),
      options);
}

Operation matrix_from_generator(const WorkloadOptions& options) {
  const std::string& described = options.generate_a;
  const Operand a = Operand::of(generate(described), described, derive_seed(options.seed, kSeedA));
  if (options.generate_b.empty()) return in_semiring(with_its_b(described, a, options), options);
  const Operand b =
      Operand::of(generate(options.generate_b), options.generate_b, derive_seed(options.seed, kSeedB));
  return in_semiring(make_gemm(fmt::format("{}*{}", described, options.generate_b), a, b, options.seed),
                     options);
}

std::vector<Operation> matrices_from_folder(const WorkloadOptions& options,
                                            std::vector<std::string>& warnings) {
  const std::vector<std::string> paths = matrix_files_below(options.matrices);
  std::vector<Operation> operations;
  double held = 0;
  for (const std::string& path : paths) {
    Progress::throw_if_stopped();
    try {
      const Operand a = operand_from_file(path, options, kSeedA, warnings);
      held += bytes_of(std::get<Csr>(*a.matrix()));
      operations.push_back(in_semiring(with_its_b(name_below(options.matrices, path), a, options), options));
    } catch (const InputError& error) {
      warnings.push_back(fmt::format("left out: {}", error.what()));
    }
    require_memory(held, fmt::format("the matrices of {} up to {}", options.matrices, path));
  }
  if (operations.empty())
    throw InputError(paths.empty() ? "no matrix file below it" : "no matrix below it can be read",
                     "read are .mtx, .smtx (also .gz), .npy and .npz", {options.matrices, 0});
  return operations;
}

}  // namespace nonzero
