#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/io/integer_folder.h"
#include "nonzero/io/npy_header.h"

namespace nonzero {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string npy(const std::string& type, const std::vector<uint64_t>& shape, std::string_view bytes) {
  const std::string comma = shape.size() == 1 ? "," : "";
  return io::make_npy_header(type, fmt::format("({}{})", fmt::join(shape, ", "), comma)) + std::string(bytes);
}

template <class Number>
std::string vector_npy(const std::string& type, const std::vector<Number>& values) {
  return npy(type, {values.size()},
             {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number)});
}

Json quantisation(const FolderQuantisation& q) { return {{"scale", q.scale}, {"zero_point", q.zero_point}}; }

// Writes the layer's arrays and returns its entry.
Json write_layer(const FolderLayer& layer, const fs::path& folder) {
  const char* const types[] = {"conv", "depthwise", "linear"};
  Json entry = {{"name", layer.name},
                {"type", types[static_cast<size_t>(layer.type)]},
                {"file", layer.name + ".npy"},
                {"shape", layer.weights.shape}};
  if (layer.type == FolderLayerType::kLinear) {
    entry["tokens"] = layer.tokens;
  } else {
    entry["stride"] = {layer.stride_y, layer.stride_x};
    entry["pad"] = {layer.pad_top, layer.pad_left, layer.pad_bottom, layer.pad_right};
    entry["dilation"] = {layer.dilation_y, layer.dilation_x};
    if (layer.type == FolderLayerType::kDepthwise) entry["multiplier"] = layer.multiplier;
    entry["h"] = layer.h;
    entry["w"] = layer.w;
  }
  if (layer.repeat != 1) entry["repeat"] = layer.repeat;
  if (!layer.activation.empty()) entry["activation"] = layer.activation;
  if (layer.input) entry["input"] = quantisation(*layer.input);
  if (layer.output) entry["output"] = quantisation(*layer.output);
  const auto write = [&](const std::string& file, const std::string& bytes) {
    write_atomically((folder / file).string(), bytes);
  };
  write(layer.name + ".npy", npy(layer.weights.type, layer.weights.shape, layer.weights.bytes));
  if (!layer.scales.empty()) {
    entry["scale"] = layer.name + "_scale.npy";
    write(layer.name + "_scale.npy", vector_npy("<f8", layer.scales));
  }
  if (!layer.bias.empty()) {
    entry["bias"] = layer.name + "_bias.npy";
    write(layer.name + "_bias.npy", vector_npy("<i4", layer.bias));
  }
  return entry;
}

void check_names(const IntegerFolder& folder) {
  std::set<std::string> seen;
  for (const FolderLayer& layer : folder.layers)
    if (layer.name.empty() || !seen.insert(layer.name).second || layer.name.find('/') != std::string::npos)
      throw InputError(fmt::format("layer '{}'", layer.name),
                       "allowed: a name that a file may have, another one for each layer", {folder.path, 0});
}

}  // namespace

void write_integer_folder(const std::string& path, const IntegerFolder& folder) {
  check_names(folder);
  if (fs::exists(path)) throw InputError("the folder exists already", "allowed: a new one", {path, 0});
  const fs::path plain = fs::path(path).lexically_normal();
  const std::string target = (plain.has_filename() ? plain : plain.parent_path()).string();
  const fs::path beside = fmt::format("{}.{}.part", target, getpid());
  try {
    fs::create_directories(beside);
    Json json = {{"network", folder.network}, {"layers", Json::array()}};
    for (const FolderLayer& layer : folder.layers) json["layers"].push_back(write_layer(layer, beside));
    write_atomically((beside / "layers.json").string(), json.dump(1) + "\n");
    fs::rename(beside, target);
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove_all(beside, ignored);
    throw SystemError(fmt::format("{}: cannot write the folder: {}", path, error.code().message()));
  } catch (const SystemError&) {
    std::error_code ignored;
    fs::remove_all(beside, ignored);
    throw;
  }
}

}  // namespace nonzero
