#include "nonzero/workload/weight_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/io/npy.h"
#include "nonzero/tensor/quantise.h"

namespace nonzero {
namespace {

IntegerLayerShape shape_of(const NpyArray& array, const std::string& path) {
  const std::vector<uint64_t>& sizes = array.shape;
  if ((sizes.size() != 2 && sizes.size() != 4) || array.size() == 0)
    throw InputError(fmt::format("weights of sizes {}", fmt::join(sizes, " x ")),
                     "allowed: K x C or K x C x FY x FX, none of them 0", {path, 0});
  IntegerLayerShape shape;
  shape.k = sizes[0];
  shape.c = sizes[1];
  if (sizes.size() == 2) {
    shape.kind = LayerKind::kLinear;
    return shape;
  }
  shape.fy = shape.h = sizes[2];
  shape.fx = shape.w = sizes[3];
  if (shape.c == 1 && shape.k > 1 && shape.fy * shape.fx > 1) shape.kind = LayerKind::kDepthwise;
  return shape;
}

}  // namespace

IntegerNetwork read_weight_file(const std::string& path) {
  const NpyArray array = read_npy(path);
  IntegerLayer layer;
  layer.name = std::filesystem::path(path).stem().string();
  layer.network = layer.name;
  layer.source = path;
  layer.shape = shape_of(array, path);
  if (array.type == "|i1") {
    const std::vector<int64_t> values = to_integers(array, path);
    layer.weights.reserve(values.size());
    for (const int64_t value : values) {
      layer.clamped += value == -128;
      layer.weights.push_back(static_cast<int8_t>(std::max<int64_t>(value, -127)));
    }
  } else if (array.type.find("f2") != std::string::npos || array.type.find("f4") != std::string::npos) {
    const std::vector<float> values = to_floats(array, path);
    QuantisedWeights quantised = quantise_weights(values, layer.shape.k);
    layer.weights = std::move(quantised.values);
    layer.scales = std::move(quantised.scales);
  } else {
    throw InputError(fmt::format("weights of type {}", array.type), "allowed: int8, float16, float32",
                     {path, 0});
  }
  IntegerNetwork network;
  network.name = layer.name;
  network.source = path;
  network.layers.push_back(std::move(layer));
  return network;
}

}  // namespace nonzero
