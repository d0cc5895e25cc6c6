#include "nonzero/io/integer_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/io/json_members.h"
#include "nonzero/io/text.h"

namespace nonzero {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using io::JsonMembers;

const std::vector<std::string> kOwnKeys = {
    "name", "type",   "file",  "shape",      "stride", "pad",        "dilation", "multiplier", "h",
    "w",    "tokens", "scale", "zero_point", "bias",   "activation", "repeat",   "input",      "output"};
// What TFLite converters leave beside the arrays; most of it describes the array and is not needed.
const std::vector<std::string> kTfliteKeys = {"file",
                                              "bias",
                                              "input_quant",
                                              "output_quant",
                                              "op_index",
                                              "op",
                                              "input_slot",
                                              "tensor",
                                              "shape",
                                              "dtype",
                                              "scale",
                                              "scales",
                                              "zero_point",
                                              "zeros",
                                              "size",
                                              "zero_fraction",
                                              "bit_density",
                                              "options",
                                              "layer_input_shape",
                                              "layer_output_shape"};

// What every layer of one layers.json is read with.
struct Source {
  fs::path folder;
  std::string json;  // the path of layers.json

  [[nodiscard]] std::string path(const std::string& file) const { return (folder / file).string(); }
};

std::vector<double> to_doubles(const NpyArray& array, const std::string& source) {
  if (array.type != "<f8" || array.fortran_order) {
    const std::vector<float> floats = to_floats(array, source);
    return {floats.begin(), floats.end()};
  }
  std::vector<double> values(array.size());
  if (!values.empty()) std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

// The elements in C order: readers after this one copy them as they lie.
void require_c_order(const NpyArray& array, const std::string& path) {
  if (array.fortran_order && array.shape.size() > 1)
    throw InputError("an array in Fortran order", "allowed: C order", {path, 0});
}

NpyArray read_weights(const Source& source, const std::string& file, const std::vector<uint64_t>& stated,
                      const JsonMembers& members) {
  const std::string path = source.path(file);
  NpyArray array = read_npy(path);
  require_c_order(array, path);
  const std::vector<std::string> types = {"|i1", "|u1", "<i1", "<u1", "<f2", "<f4"};
  if (std::find(types.begin(), types.end(), array.type) == types.end())
    throw InputError("weights of type " + io::excerpt(array.type), "allowed: int8, uint8, float16, float32",
                     {path, 0});
  if (array.shape.size() != 2 && array.shape.size() != 4)
    throw InputError(fmt::format("weights of {} dimensions", array.shape.size()), "allowed: 2 or 4",
                     {path, 0});
  if (array.shape != stated)
    members.refuse(fmt::format("shape [{}]", fmt::join(stated, ", ")),
                   fmt::format("[{}], as {} has it", fmt::join(array.shape, ", "), file));
  return array;
}

std::vector<int32_t> read_bias(const Source& source, const JsonMembers& members) {
  if (!members.has("bias")) return {};
  const std::string path = source.path(members.file("bias"));
  const NpyArray array = read_npy(path);
  std::vector<int32_t> bias;
  // Without the scale of the input a bias of a float layer has no code.
  if (array.type.size() == 3 && array.type[1] == 'f') return bias;
  for (const int64_t value : to_integers(array, path)) {
    if (value < INT32_MIN || value > INT32_MAX)
      throw InputError(fmt::format("bias {}", value), "allowed: 32 bits", {path, 0});
    bias.push_back(static_cast<int32_t>(value));
  }
  return bias;
}

double read_number(const JsonMembers& members, const Json& value, const char* what) {
  if (!value.is_number()) members.refuse(fmt::format("{} {}", what, value.dump()), "a number");
  return value.get<double>();
}

int64_t read_whole(const JsonMembers& members, const Json& value, const char* what) {
  if (!value.is_number_integer()) members.refuse(fmt::format("{} {}", what, value.dump()), "a whole number");
  return value.get<int64_t>();
}

void check_scales(const FolderLayer& layer, FolderOrder order, const JsonMembers& members) {
  const bool codes = layer.weights.type.size() == 3 && layer.weights.type[1] != 'f';
  const uint64_t k = layer.channels_out(order), count = layer.scales.size();
  if (codes ? count != 1 && count != k : count != 0)
    members.refuse(fmt::format("{} scales", count),
                   codes ? fmt::format("1 or {}", k) : "none of float weights");
  for (const double scale : layer.scales)
    if (!std::isfinite(scale) || scale <= 0)
      members.refuse(fmt::format("scale {}", scale), "finite and above 0");
  if (!layer.bias.empty() && layer.bias.size() != k)
    members.refuse(fmt::format("a bias of {}", layer.bias.size()), fmt::format("{}", k));
}

std::string read_activation(const JsonMembers& members, const std::string& key) {
  if (!members.has(key)) return "";
  std::string text = members.text(key);
  if (text == "none") return "";
  if (text != "relu" && text != "relu6")
    members.refuse(fmt::format("{} '{}'", key, text), "none, relu, relu6");
  return text;
}

// --- nonzero's own layout

FolderLayerType own_type(const JsonMembers& members) {
  const std::string type = members.text("type");
  if (type == "conv") return FolderLayerType::kConv;
  if (type == "depthwise") return FolderLayerType::kDepthwise;
  if (type != "linear") members.refuse(fmt::format("type '{}'", type), "conv, depthwise, linear");
  return FolderLayerType::kLinear;
}

// One number for both axes, or one for each.
std::vector<uint64_t> one_or(size_t count, uint64_t otherwise, const JsonMembers& members, const char* key) {
  if (!members.has(key)) return std::vector<uint64_t>(count, otherwise);
  if (!members.required(key).is_array()) return std::vector<uint64_t>(count, members.size(key));
  std::vector<uint64_t> values = members.sizes(key);
  if (values.size() != count)
    members.refuse(fmt::format("{} of {} numbers", key, values.size()), fmt::format("one, or {}", count));
  return values;
}

std::optional<FolderQuantisation> own_quantisation(const JsonMembers& members, const char* key,
                                                   const std::string& source) {
  if (!members.has(key)) return std::nullopt;
  const JsonMembers inner(members.required(key), key, source, {"scale", "zero_point"});
  FolderQuantisation found;
  found.scale = read_number(inner, inner.required("scale"), "scale");
  if (!(found.scale > 0)) inner.refuse(fmt::format("scale {}", found.scale), "above 0");
  if (inner.has("zero_point"))
    found.zero_point = read_whole(inner, inner.required("zero_point"), "zero_point");
  return found;
}

void read_own_bounds(const JsonMembers& members, FolderLayer& layer) {
  if (layer.type == FolderLayerType::kLinear) {
    layer.tokens = members.size("tokens", 1);
    return;
  }
  const auto stride = one_or(2, 1, members, "stride"), dilation = one_or(2, 1, members, "dilation"),
             pad = one_or(4, 0, members, "pad");
  layer.stride_y = stride[0];
  layer.stride_x = stride[1];
  layer.dilation_y = dilation[0];
  layer.dilation_x = dilation[1];
  layer.pad_top = pad[0];
  layer.pad_left = pad[1];
  layer.pad_bottom = pad[2];
  layer.pad_right = pad[3];
  layer.multiplier = members.size("multiplier", 1);
  layer.h = members.size("h");
  layer.w = members.size("w");
}

FolderLayer read_own(const Json& json, const std::string& what, const Source& source) {
  const JsonMembers members(json, what, source.json, kOwnKeys);
  FolderLayer layer;
  layer.name = members.text("name");
  layer.type = own_type(members);
  layer.file = members.has("file") ? members.file("file") : layer.name + ".npy";
  layer.weights = read_weights(source, layer.file, members.sizes("shape"), members);
  if (members.has("scale")) {
    const std::string path = source.path(members.file("scale"));
    layer.scales = to_doubles(read_npy(path), path);
  } else if (layer.weights.type[1] != 'f') {
    layer.scales = {1};
  }
  if (members.has("zero_point"))
    layer.zero_points = {read_whole(members, members.required("zero_point"), "zero_point")};
  layer.bias = read_bias(source, members);
  layer.activation = read_activation(members, "activation");
  layer.repeat = members.size("repeat", 1);
  layer.input = own_quantisation(members, "input", source.json);
  layer.output = own_quantisation(members, "output", source.json);
  read_own_bounds(members, layer);
  check_scales(layer, FolderOrder::kChannelsFirst, members);
  return layer;
}

// --- the layout in TFLite's order

std::optional<FolderQuantisation> tflite_quantisation(const JsonMembers& members, const char* key,
                                                      const std::string& source) {
  if (!members.has(key)) return std::nullopt;
  const JsonMembers inner(members.required(key), key, source, {"scale", "zero_point"});
  const auto first = [&](const char* name) -> const Json& {
    const Json& list = inner.required(name);
    if (!list.is_array() || list.empty())
      inner.refuse(fmt::format("{} {}", name, list.dump()), "a list of numbers");
    return list[0];
  };
  FolderQuantisation found;
  found.scale = read_number(inner, first("scale"), "scale");
  if (!(found.scale > 0)) inner.refuse(fmt::format("scale {}", found.scale), "above 0");
  found.zero_point = read_whole(inner, first("zero_point"), "zero_point");
  return found;
}

void read_tflite_options(const JsonMembers& members, const std::string& source, FolderLayer& layer) {
  const JsonMembers options(members.required("options"), "options", source,
                            {"padding", "stride", "act", "dilation", "mult", "axis"});
  layer.activation = read_activation(options, "act");
  if (layer.type == FolderLayerType::kLinear) return;
  const std::string padding = options.text("padding");
  if (padding != "same" && padding != "valid")
    options.refuse(fmt::format("padding '{}'", padding), "same, valid");
  layer.same_padding = padding == "same";
  const auto stride = one_or(2, 1, options, "stride"), dilation = one_or(2, 1, options, "dilation");
  layer.stride_y = stride[0];
  layer.stride_x = stride[1];
  layer.dilation_y = dilation[0];
  layer.dilation_x = dilation[1];
  layer.multiplier = options.size("mult", 1);
}

void read_tflite_scales(const JsonMembers& members, FolderLayer& layer) {
  // `scales` has each channel's; `scale` stands for a tensor's one, or for a text that points to scales.
  const char* key = members.has("scales") ? "scales" : "scale";
  const bool codes = layer.weights.type[1] != 'f';
  if (codes) {
    const Json& scales = members.required(key);
    if (!scales.is_array()) members.refuse(fmt::format("{} {}", key, scales.dump()), "a list of numbers");
    for (const Json& scale : scales) layer.scales.push_back(read_number(members, scale, key));
  }
  if (!codes || !members.has("zero_point")) return;
  const Json& zeros = members.required("zero_point");
  if (!zeros.is_array())
    members.refuse(fmt::format("zero_point {}", zeros.dump()), "a list of whole numbers");
  for (const Json& zero : zeros) layer.zero_points.push_back(read_whole(members, zero, "zero_point"));
}

struct OpType {
  std::string_view op;
  FolderLayerType type;
};
constexpr OpType kOps[] = {{"CONV_2D", FolderLayerType::kConv},
                           {"DEPTHWISE_CONV_2D", FolderLayerType::kDepthwise},
                           {"FULLY_CONNECTED", FolderLayerType::kLinear},
                           {"BATCH_MATMUL", FolderLayerType::kLinear},
                           {"LSTM", FolderLayerType::kLinear},
                           {"UNIDIRECTIONAL_SEQUENCE_LSTM", FolderLayerType::kLinear},
                           {"RNN", FolderLayerType::kLinear},
                           {"SVDF", FolderLayerType::kLinear}};

// Nothing for a constant of an operator that multiplies no matrix.
std::optional<FolderLayer> read_tflite_order(const Json& json, const std::string& what,
                                             const Source& source) {
  const JsonMembers members(json, what, source.json, kTfliteKeys);
  const std::string op = members.text("op");
  const auto* found =
      std::find_if(std::begin(kOps), std::end(kOps), [&](const OpType& t) { return t.op == op; });
  if (found == std::end(kOps)) return std::nullopt;
  FolderLayer layer;
  layer.type = found->type;
  layer.file = members.file("file");
  layer.name = fs::path(layer.file).stem().string();
  layer.recurrent = op.find("LSTM") != std::string::npos && members.size("input_slot", 0) >= 5;
  layer.weights = read_weights(source, layer.file, members.sizes("shape"), members);
  layer.bias = read_bias(source, members);
  layer.input = tflite_quantisation(members, "input_quant", source.json);
  layer.output = tflite_quantisation(members, "output_quant", source.json);
  layer.input_shape = members.sizes("layer_input_shape");
  layer.output_shape = members.sizes("layer_output_shape");
  read_tflite_options(members, source.json, layer);
  read_tflite_scales(members, layer);
  check_scales(layer, FolderOrder::kTflite, members);
  return layer;
}

std::string what_of(const Json& json, size_t index) {
  for (const char* key : {"name", "file"})
    if (json.is_object() && json.contains(key) && json[key].is_string())
      return fmt::format("layer {}", io::excerpt(json[key].get<std::string>()));
  return fmt::format("layer {}", index);
}

// Told apart by the fields: an operator's name, or a type.
FolderOrder order_of(const Json& json, const std::string& what, const std::string& source) {
  const bool op = json.is_object() && json.contains("op"), type = json.is_object() && json.contains("type");
  if (op == type)
    throw InputError(fmt::format("{}: {}", what, op ? "both op and type" : "neither op nor type"),
                     "allowed: type with weights [K, C, FY, FX], or op with TFLite's order", {source, 0});
  return op ? FolderOrder::kTflite : FolderOrder::kChannelsFirst;
}

void read_layer(const Json& json, const Source& source, size_t index, IntegerFolder& folder) {
  const std::string what = what_of(json, index);
  const FolderOrder order = order_of(json, what, source.json);
  if (index > 0 && order != folder.order)
    throw InputError(fmt::format("{}: another layout than the layers before it", what),
                     "allowed: one of the two", {source.json, 0});
  folder.order = order;
  if (order == FolderOrder::kChannelsFirst) {
    folder.layers.push_back(read_own(json, what, source));
    return;
  }
  std::optional<FolderLayer> layer = read_tflite_order(json, what, source);
  if (layer)
    folder.layers.push_back(std::move(*layer));
  else
    folder.warnings.push_back(fmt::format("{}: {} is left out: {} multiplies no matrix", source.json, what,
                                          json["op"].get<std::string>()));
}

}  // namespace

uint64_t FolderLayer::channels_out(FolderOrder order) const {
  const bool last = order == FolderOrder::kTflite && type == FolderLayerType::kDepthwise;
  return weights.shape.empty() ? 0 : last ? weights.shape.back() : weights.shape[0];
}

IntegerFolder read_integer_folder(const std::string& path) {
  const Source source{path, (fs::path(path) / "layers.json").string()};
  const Json parsed = io::parse_json(read_file(source.json), source.json, "a folder's layers");
  const JsonMembers members(parsed, "the folder", source.json,
                            {"model", "description", "source", "source_sha256", "note", "network", "layers"});
  IntegerFolder folder;
  folder.path = path;
  const fs::path plain = fs::path(path).lexically_normal();
  folder.network = (plain.has_filename() ? plain : plain.parent_path()).filename().string();
  if (members.has("network")) folder.network = members.text("network");
  const Json& layers = members.required("layers");
  if (!layers.is_array() || layers.empty()) members.refuse("no layers", "an array of layers");
  for (size_t i = 0; i < layers.size(); ++i) read_layer(layers[i], source, i, folder);
  return folder;
}

}  // namespace nonzero
