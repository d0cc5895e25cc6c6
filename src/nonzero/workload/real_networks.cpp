#include "nonzero/workload/real_networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/io/file.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/io/npy.h"
#include "nonzero/tensor/generate.h"
#include "nonzero/workload/data_folder.h"

namespace nonzero {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json read_json(const fs::path& file) {
  try {
    return json::parse(read_file(file.string()));
  } catch (const json::exception& error) {
    throw InputError(fmt::format("no JSON: {}", error.what()), "", {file.string(), 0});
  }
}

fs::path existing(const fs::path& file) {
  if (!fs::exists(file)) throw InputError(fmt::format("no {}", file.string()), "a file of the data folder");
  return file;
}

// Codes of a codebook as weights; code 0 is pruned. A row per output channel.
Csr decode_weights(const fs::path& folder, const json& layer) {
  const std::string codes_file = existing(folder / layer.at("codes").get<std::string>()).string();
  const std::string book_file = existing(folder / layer.at("codebook").get<std::string>()).string();
  const std::vector<float> book = to_floats(read_npy(book_file), book_file);
  Dense weights = to_dense(read_npy(codes_file), codes_file);
  for (float& weight : weights.values) {
    const auto code = static_cast<size_t>(weight);
    if (code >= book.size())
      throw InputError(fmt::format("code {}", code), fmt::format("the codebook has {} entries", book.size()),
                       {codes_file, 0});
    weight = code == 0 ? 0 : book[code];
  }
  return to_csr(weights);
}

ConvBounds bounds_of(const json& weights, const json& activations) {
  const auto filter = weights.at("shape_OIHW").get<std::vector<uint64_t>>();
  const auto input = activations.at("input_shape_CHW").get<std::vector<uint64_t>>();
  if (filter.size() != 4 || input.size() != 3) throw InputError("a filter has 4 dimensions, an input 3");
  ConvBounds conv;
  conv.out_channels = filter[0];
  conv.kernel_h = filter[2];
  conv.kernel_w = filter[3];
  conv.in_channels = input[0];
  conv.height = input[1];
  conv.width = input[2];
  conv.stride_h = conv.stride_w = activations.at("stride").get<uint64_t>();
  conv.pad_h = conv.pad_w = activations.at("pad").get<uint64_t>();
  return conv;
}

std::map<std::string, json> by_name(const fs::path& file) {
  std::map<std::string, json> layers;
  const json table = read_json(existing(file));
  for (const json& layer : table.at("layers")) layers[layer.at("name").get<std::string>()] = layer;
  return layers;
}

Operation squeezenet_layer(const fs::path& weight_folder, const json& weights, const fs::path& input_folder,
                           const json& activations, uint64_t seed) {
  const fs::path input = existing(input_folder / activations.at("input").get<std::string>());
  const fs::path codes = weight_folder / weights.at("codes").get<std::string>();
  const ConvBounds conv = bounds_of(weights, activations);
  Operand a = Operand::of(decode_weights(weight_folder, weights), codes.string(), derive_seed(seed, 11));
  Operand b = Operand::of(im2col(to_floats(read_npy(input.string()), input.string()), conv),
                          fmt::format("{} (im2col {}x{})", input.string(), conv.kernel_h, conv.kernel_w),
                          derive_seed(seed, 22));
  return make_gemm(activations.at("layer").get<std::string>(), a, b, seed);
}

}  // namespace

Csr im2col(const std::vector<float>& activations, const ConvBounds& conv) {
  if (activations.size() != conv.in_channels * conv.height * conv.width)
    throw InputError(fmt::format("{} activations", activations.size()),
                     fmt::format("{} x {} x {} are wanted", conv.in_channels, conv.height, conv.width));
  if (conv.height + 2 * conv.pad_h < conv.kernel_h || conv.width + 2 * conv.pad_w < conv.kernel_w ||
      conv.stride_h == 0 || conv.stride_w == 0)
    throw InputError("a kernel larger than its input, or a stride of 0");
  const uint64_t out_h = conv.out_height(), out_w = conv.out_width();
  Csr b{conv.in_channels * conv.kernel_h * conv.kernel_w, out_h * out_w, {0}, {}, {}};
  for (uint64_t k = 0; k < b.rows; ++k) {
    const uint64_t channel = k / (conv.kernel_h * conv.kernel_w);
    const uint64_t r = k / conv.kernel_w % conv.kernel_h, s = k % conv.kernel_w;
    for (uint64_t p = 0; p < out_h; ++p) {
      // Below zero, the padding's rows and columns wrap and fail the comparison with the size.
      const uint64_t y = p * conv.stride_h + r - conv.pad_h;
      if (y >= conv.height) continue;
      for (uint64_t q = 0; q < out_w; ++q) {
        const uint64_t x = q * conv.stride_w + s - conv.pad_w;
        if (x >= conv.width) continue;
        const float value = activations[(channel * conv.height + y) * conv.width + x];
        if (value == 0) continue;
        b.indices.push_back(static_cast<uint32_t>(p * out_w + q));
        b.values.push_back(value);
      }
    }
    b.offsets.push_back(b.indices.size());
  }
  return b;
}

std::vector<Operation> pruned_squeezenet_operations(uint64_t seed) {
  const fs::path folder = require_data_folder("suite squeezenet-pruned");
  const fs::path weight_folder = folder / "float" / "squeezenet_deepcompression";
  const fs::path input_folder = folder / "activations" / "squeezenet_deepcompression_elephants";
  const fs::path table = input_folder / "layers.json";
  try {
    const auto weights = by_name(weight_folder / "layers.json");
    const json inputs = read_json(existing(table));
    std::vector<Operation> operations;
    for (const json& layer : inputs.at("layers"))
      operations.push_back(squeezenet_layer(weight_folder, weights.at(layer.at("weight").get<std::string>()),
                                            input_folder, layer, seed));
    return operations;
  } catch (const json::exception& error) {
    throw InputError(error.what(), "a layer names its input, weight, stride and pad", {table.string(), 0});
  } catch (const std::out_of_range&) {
    throw InputError("a layer whose weights are not in the table of weights", "", {table.string(), 0});
  }
}

std::vector<Operation> dlmc_operations(const Densities* density, uint64_t seed) {
  if (density != nullptr && density->a != 1)
    throw InputError("--density-a has no meaning for the real patterns of dlmc", "allowed: --density-b");
  constexpr uint64_t kColumns = 256;
  const double density_b = density != nullptr ? density->b : 1;
  const fs::path folder = existing(require_data_folder("suite dlmc") / "dlmc");
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".smtx") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  std::vector<Operation> operations;
  for (const std::string& file : files) {
    Operand a = Operand::of(read_matrix(file).matrix, file, derive_seed(seed, 11));
    const uint64_t rows = a.columns(), stream = derive_seed(seed, operations.size());
    Operand b = Operand::lazy(
        rows, kColumns, density_b,
        fmt::format("uniform:rows={},columns={},density={},seed={}", rows, kColumns, density_b, stream),
        derive_seed(seed, 22),
        [=]() -> Matrix { return generate_uniform_bitmap(rows, kColumns, density_b, stream); });
    const fs::path name = fs::relative(file, folder).replace_extension("");
    operations.push_back(make_gemm(name.string(), std::move(a), std::move(b), seed));
  }
  return operations;
}

}  // namespace nonzero
