#include "train/step_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/io/npy_header.h"

namespace nonzero::train {
namespace {

namespace fs = std::filesystem;

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

std::string npy_of(const Array& array, bool bytes) {
  std::string file = io::make_npy_header(bytes ? "|u1" : "<f4", shape_text(array.shape));
  if (!bytes) {
    file.append(reinterpret_cast<const char*>(array.values.data()), array.values.size() * sizeof(float));
    return file;
  }
  for (const float value : array.values) file += value != 0 ? '\1' : '\0';
  return file;
}

double density(const Array& array) {
  const auto zeros = std::count(array.values.begin(), array.values.end(), 0.0F);
  return 1 - static_cast<double>(zeros) / static_cast<double>(std::max<size_t>(array.values.size(), 1));
}

nlohmann::ordered_json describe(const LayerShape& s) {
  nlohmann::ordered_json entry = {{"name", s.name}, {"type", s.type}};
  if (s.type == "attention") {
    entry.update({{"tokens", s.tokens}, {"heads", s.heads}, {"head_dim", s.head_dim}});
    return entry;
  }
  entry.update({{"cin", s.cin},
                {"cout", s.cout},
                {"kh", s.kh},
                {"kw", s.kw},
                {"stride", s.stride},
                {"pad", s.pad},
                {"h", s.h},
                {"w", s.w},
                {"oh", s.oh},
                {"ow", s.ow}});
  if (s.type == "linear") entry["tokens"] = s.tokens;
  entry.update({{"sparse", s.sparse}, {"first", s.first}});
  return entry;
}

nlohmann::ordered_json export_layer(const std::string& folder, const LayerStep& layer) {
  nlohmann::ordered_json entry = describe(layer.shape);
  const auto put = [&](const char* key, const Array& array, bool bytes) {
    if (array.shape.empty()) return;
    const std::string file = layer.shape.name + "." + key + ".npy";
    write_atomically((fs::path(folder) / file).string(), npy_of(array, bytes));
    entry[key] = file;
  };
  put("weight", layer.weight, false);
  put("mask_ff", layer.mask_ff, true);
  put("mask_bp", layer.mask_bp, true);
  put("x", layer.x, false);
  put("dy", layer.dy, false);
  put("y", layer.y, false);
  put("dx", layer.dx, false);
  put("dw", layer.dw, false);
  if (!layer.x.shape.empty()) {
    entry["shape_x"] = layer.x.shape;
    entry["shape_dy"] = layer.dy.shape;
    entry["density_x"] = density(layer.x);
    entry["density_dy"] = density(layer.dy);
  }
  return entry;
}

}  // namespace

void export_step(const std::string& folder, const std::vector<LayerStep>& layers, const Options& options) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder))
    throw SystemError(fmt::format("{}: cannot be made: {}", folder, error.message()));
  nlohmann::ordered_json step = {
      {"schema", "nonzero.step/1"},     {"network", options.model}, {"batch", options.batch},
      {"method", name(options.method)}, {"n", options.n},           {"m", options.m},
      {"precision", options.precision}};
  step["layers"] = nlohmann::ordered_json::array();
  for (const LayerStep& layer : layers) step["layers"].push_back(export_layer(folder, layer));
  write_atomically((fs::path(folder) / "workload.json").string(), step.dump(1) + "\n");
}

double op_reduction(const std::vector<LayerShape>& layers, const Options& options) {
  const double kept = static_cast<double>(options.n) / static_cast<double>(options.m);
  const Method method = options.method;
  const bool ff = prunes_forward(method);
  const bool bp = prunes_backward(method) || method == Method::kSdgp;
  double all = 0, done = 0;
  for (const LayerShape& layer : layers) {
    const double macs = layer.macs();
    all += macs * (layer.first ? 2 : 3);
    done += macs * (layer.sparse && ff ? kept : 1) + macs;
    if (!layer.first) done += macs * (layer.sparse && bp ? kept : 1);
  }
  return all > 0 ? 1 - done / all : 0;
}

}  // namespace nonzero::train
