#include "nonzero/io/step_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/io/json_members.h"
#include "nonzero/io/npy.h"

namespace nonzero {
namespace {

using Json = nlohmann::json;
using io::JsonMembers;

constexpr const char* kSchema = "nonzero.step/1";
constexpr StepTensor kAllTensors[] = {StepTensor::kWeight, StepTensor::kMaskFf, StepTensor::kMaskBp,
                                      StepTensor::kX,      StepTensor::kDy,     StepTensor::kY,
                                      StepTensor::kDx,     StepTensor::kDw};

StepLayerType parse_type(const JsonMembers& members) {
  const std::vector<std::string> names = {"conv", "linear", "attention"};
  const std::string type = members.text("type");
  const auto found = std::find(names.begin(), names.end(), type);
  if (found == names.end())
    members.refuse(fmt::format("type '{}'", type), fmt::format("{}", fmt::join(names, ", ")));
  return static_cast<StepLayerType>(found - names.begin());
}

StepShape parse_shape(const JsonMembers& members, uint64_t batch) {
  StepShape s;
  s.type = parse_type(members);
  s.batch = batch;
  s.sparse = members.has("sparse") && members.flag("sparse");
  s.first = members.has("first") && members.flag("first");
  if (s.is_attention()) {
    s.tokens = members.size("tokens");
    s.heads = members.size("heads");
    s.head_dim = members.size("head_dim");
    s.sparse = false;
    return s;
  }
  s.cin = members.size("cin");
  s.cout = members.size("cout");
  if (s.type == StepLayerType::kLinear) {
    // One token where the export leaves it out.
    s.tokens = std::max<uint64_t>(1, members.size("tokens", 1));
    s.h = s.oh = s.tokens;
    return s;
  }
  s.kh = members.size("kh");
  s.kw = members.size("kw");
  s.stride = members.size("stride");
  s.pad = members.size("pad");
  s.h = members.size("h");
  s.w = members.size("w");
  s.oh = members.size("oh");
  s.ow = members.size("ow");
  return s;
}

StepLayer parse_layer(const Json& json, size_t index, uint64_t batch, const std::string& source) {
  static const std::vector<std::string> known = {
      "name",  "type",    "cin",      "cout",      "kh",        "kw",    "stride",   "pad",
      "h",     "w",       "oh",       "ow",        "tokens",    "heads", "head_dim", "sparse",
      "first", "weight",  "mask_ff",  "mask_bp",   "x",         "dy",    "y",        "dx",
      "dw",    "shape_x", "shape_dy", "density_x", "density_dy"};
  const std::string what = json.is_object() && json.contains("name") && json["name"].is_string()
                               ? fmt::format("layer '{}'", json["name"].get<std::string>())
                               : fmt::format("layer {}", index);
  const JsonMembers members(json, what, source, known);
  StepLayer layer;
  layer.name = members.text("name");
  layer.shape = parse_shape(members, batch);
  layer.shape.check(layer.name, source);
  layer.density_x = members.share("density_x");
  layer.density_dy = members.share("density_dy");
  for (const StepTensor tensor : kAllTensors) {
    if (!members.has(name(tensor))) continue;
    if (layer.shape.is_attention()) members.refuse(name(tensor) + " of attention", "tokens, heads, head_dim");
    std::string& file = layer.files[static_cast<size_t>(tensor)];
    file = members.file(name(tensor));
  }
  if (layer.shape.is_attention()) return layer;
  for (const auto& [key, tensor] :
       {std::pair{"shape_x", StepTensor::kX}, std::pair{"shape_dy", StepTensor::kDy}}) {
    const std::vector<uint64_t> stated = members.sizes(key), own = layer.dimensions(tensor);
    if (!stated.empty() && stated != own)
      members.refuse(fmt::format("{} = [{}]", key, fmt::join(stated, ", ")),
                     fmt::format("[{}]", fmt::join(own, ", ")));
  }
  return layer;
}

NpyArray read_of_shape(const std::string& path, const std::vector<uint64_t>& shape,
                       const std::string& layer) {
  NpyArray array = read_npy(path);
  if (array.shape != shape)
    throw InputError(fmt::format("shape [{}]", fmt::join(array.shape, ", ")),
                     fmt::format("layer '{}' needs [{}]", layer, fmt::join(shape, ", ")), {path, 0});
  return array;
}

}  // namespace

std::string name(StepTensor tensor) {
  static const char* const names[] = {"weight", "mask_ff", "mask_bp", "x", "dy", "y", "dx", "dw"};
  return names[static_cast<size_t>(tensor)];
}

std::vector<uint64_t> StepLayer::dimensions(StepTensor tensor) const {
  const StepShape& s = shape;
  const bool linear = s.type == StepLayerType::kLinear;
  switch (tensor) {
    case StepTensor::kX:
    case StepTensor::kDx:
      return linear ? std::vector<uint64_t>{s.inputs(), s.cin}
                    : std::vector<uint64_t>{s.batch, s.cin, s.h, s.w};
    case StepTensor::kY:
    case StepTensor::kDy:
      return linear ? std::vector<uint64_t>{s.positions(), s.cout}
                    : std::vector<uint64_t>{s.batch, s.cout, s.oh, s.ow};
    default:
      return linear ? std::vector<uint64_t>{s.cout, s.cin} : std::vector<uint64_t>{s.cout, s.cin, s.kh, s.kw};
  }
}

StepFolder parse_step(std::string_view json, const std::string& source) {
  const Json parsed = io::parse_json(json, source, "an exported step");
  const JsonMembers members(parsed, "the step", source,
                            {"schema", "network", "batch", "method", "n", "m", "precision", "layers"});
  if (members.text("schema") != kSchema)
    members.refuse(fmt::format("schema '{}'", members.text("schema")), kSchema);
  StepFolder step;
  step.network = members.text("network");
  step.batch = members.size("batch");
  if (step.batch == 0) members.refuse("batch is 0", "1 and more");
  const std::string precision = members.text("precision");
  if (precision != "fp32" && precision != "mixed")
    members.refuse(fmt::format("precision '{}'", precision), "fp32, mixed");
  step.mixed_precision = precision == "mixed";
  const uint64_t n = members.size("n"), m = members.size("m");
  constexpr uint64_t kMost = 1U << 16U;
  step.ratio = {static_cast<uint32_t>(std::min(n, kMost)), static_cast<uint32_t>(std::min(m, kMost))};
  try {
    step.method = pruning_method(members.text("method"));
    step.ratio.check();
  } catch (const InputError& error) {
    members.refuse(error.what(), "");
  }
  const Json& layers = members.required("layers");
  if (!layers.is_array() || layers.empty()) members.refuse("no layers", "an array of layers");
  for (const Json& layer : layers)
    step.layers.push_back(parse_layer(layer, step.layers.size(), step.batch, source));
  return step;
}

StepFolder read_step_folder(const std::string& folder) {
  const std::string file = (std::filesystem::path(folder) / "workload.json").string();
  StepFolder step = parse_step(read_file(file), file);
  step.folder = folder;
  return step;
}

StepTensors read_step_tensors(const StepFolder& step, const StepLayer& layer) {
  StepTensors tensors;
  const auto path_of = [&](StepTensor tensor) {
    return (std::filesystem::path(step.folder) / layer.file(tensor)).string();
  };
  const auto floats = [&](StepTensor tensor, std::vector<float>& out) {
    if (layer.file(tensor).empty()) return;
    const std::string path = path_of(tensor);
    out = to_floats(read_of_shape(path, layer.dimensions(tensor), layer.name), path);
  };
  const auto mask = [&](StepTensor tensor, std::vector<uint8_t>& out, const NmAxis& axis, bool grouped) {
    if (layer.file(tensor).empty()) return;
    const std::string path = path_of(tensor);
    for (const int64_t bit : to_integers(read_of_shape(path, layer.dimensions(tensor), layer.name), path)) {
      if (bit != 0 && bit != 1)
        throw InputError(fmt::format("a mask that holds {}", bit), "allowed: 0 and 1", {path, 0});
      out.push_back(static_cast<uint8_t>(bit));
    }
    const uint64_t most = grouped ? most_in_a_group(out, axis, step.ratio) : 0;
    if (most > step.ratio.n)
      throw InputError(fmt::format("layer '{}': a group of {} keeps {}", layer.name, step.ratio.m, most),
                       fmt::format("allowed: {}", step.ratio.n), {path, 0});
  };
  floats(StepTensor::kWeight, tensors.weight);
  floats(StepTensor::kX, tensors.x);
  floats(StepTensor::kDy, tensors.dy);
  floats(StepTensor::kY, tensors.y);
  floats(StepTensor::kDx, tensors.dx);
  floats(StepTensor::kDw, tensors.dw);
  const WeightShape weight = layer.shape.weight();
  mask(StepTensor::kMaskFf, tensors.mask_ff, weight.along_cin(),
       layer.shape.sparse && prunes_forward(step.method));
  mask(StepTensor::kMaskBp, tensors.mask_bp, weight.along_cout(),
       layer.shape.sparse && prunes_backward(step.method));
  return tensors;
}

}  // namespace nonzero
