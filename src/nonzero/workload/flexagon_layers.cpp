#include "nonzero/workload/flexagon_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/io/csv.h"
#include "nonzero/io/file.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/workload/data_folder.h"
#include "nonzero/workload/flexagon_networks.h"

namespace nonzero {
namespace {

namespace fs = std::filesystem;

fs::path pattern_file(const fs::path& folder, const std::string& layer, const char* operand) {
  return folder / "flexagon" / fmt::format("{}_{}.smtx.gz", layer, operand);
}

Operation real_layer(const std::string& name, const fs::path& folder, const std::string& layer,
                     uint64_t seed) {
  const auto operand = [&](const char* which, uint64_t stream) {
    const fs::path file = pattern_file(folder, layer, which);
    if (!fs::exists(file))
      throw InputError(fmt::format("layer {} has no pattern {}", layer, file.string()),
                       fmt::format("beside it are wanted {0}_a.smtx.gz and {0}_b.smtx.gz", layer));
    return Operand::of(read_matrix(file.string()).matrix, file.string(), derive_seed(seed, stream));
  };
  return make_gemm(name, operand("a", 11), operand("b", 22), seed);
}

}  // namespace

const std::vector<FlexagonLayer>& flexagon_layers() {
  static const std::vector<FlexagonLayer> layers = {
      {{"A2", 384, 121, 1728}, 70, 54, ""},
      {{"MB215", 128, 8, 512}, 50, 0, "mobilebert_215"},
      {{"R4", 256, 3136, 64}, 88, 9, ""},
      {{"R6", 64, 2916, 576}, 89, 53, "resnets_6"},
      {{"S-R3", 64, 5329, 576}, 89, 46, ""},
      {{"SQ11", 128, 729, 32}, 70, 10, "squeezenet_11"},
      {{"SQ5", 64, 2916, 16}, 68, 11, "squeezenet_5"},
      {{"V0", 64, 49284, 27}, 90, 61, ""},
      {{"V7", 512, 144, 4608}, 90, 81.7, ""},
  };
  return layers;
}

std::vector<Operation> flexagon_layer_operations(bool with_real, const Densities* density, uint64_t seed) {
  const auto folder = with_real && density == nullptr ? data_folder() : std::nullopt;
  std::vector<Operation> operations;
  for (const FlexagonLayer& layer : flexagon_layers()) {
    const bool real = folder && !layer.real.empty() && fs::exists(pattern_file(*folder, layer.real, "a"));
    const double sparsity_a = density != nullptr ? 1 - density->a : layer.sparsity_a / 100;
    const double sparsity_b = density != nullptr ? 1 - density->b : layer.sparsity_b / 100;
    operations.push_back(real ? real_layer(layer.shape.name, *folder, layer.real, seed)
                              : hash_masked_gemm(layer.shape, sparsity_a, sparsity_b, seed));
  }
  return operations;
}

std::vector<Operation> flexagon_published_operations(uint64_t seed) {
  const fs::path folder = require_data_folder("suite flexagon-published");
  const fs::path table = folder / "flexagon" / "cycles.csv";
  if (!fs::exists(table))
    throw InputError(fmt::format("no {}", table.string()), "the table of published cycles names the layers");
  const auto records = io::parse_csv(read_file(table.string()), table.string());
  std::vector<Operation> operations;
  for (size_t i = 1; i < records.size(); ++i)
    operations.push_back(real_layer(records[i].fields[0], folder, records[i].fields[0], seed));
  return operations;
}

}  // namespace nonzero
