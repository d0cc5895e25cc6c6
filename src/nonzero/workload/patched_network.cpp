#include "nonzero/workload/patched_network.h"

#include <algorithm>

namespace nonzero {
namespace {

// Which constant holds the layer's weights; none where it is no int8 one of those operators.
std::optional<int> weights_of(const IntegerNetwork& network, uint64_t layer) {
  const TfliteOperator& op = network.graph->operators[network.operators[layer]];
  const bool known = op.name == "CONV_2D" || op.name == "DEPTHWISE_CONV_2D" || op.name == "FULLY_CONNECTED";
  if (!known || op.inputs.size() < 2 || op.inputs[1] < 0) return std::nullopt;
  const TfliteTensor& tensor = network.graph->tensors[static_cast<size_t>(op.inputs[1])];
  const bool symmetric = std::all_of(tensor.zero_points.begin(), tensor.zero_points.end(),
                                     [](int64_t zero_point) { return zero_point == 0; });
  if (tensor.type != TfliteType::kInt8 || !symmetric || tensor.size != network.layers[layer].weights.size())
    return std::nullopt;
  return op.inputs[1];
}

// [K, C, FY, FX] as OHWI; depthwise [K, 1, FY, FX] as 1HWK.
std::string stored(const IntegerLayer& layer) {
  const IntegerLayerShape& shape = layer.shape;
  const uint64_t taps = shape.fy * shape.fx;
  std::string bytes(layer.weights.size(), '\0');
  for (uint64_t k = 0; k < shape.k; ++k)
    for (uint64_t c = 0; c < shape.c; ++c)
      for (uint64_t tap = 0; tap < taps; ++tap) {
        const uint64_t at =
            shape.kind == LayerKind::kDepthwise ? tap * shape.k + k : (k * taps + tap) * shape.c + c;
        bytes[at] = static_cast<char>(layer.weights[(k * shape.c + c) * taps + tap]);
      }
  return bytes;
}

}  // namespace

std::optional<std::string> patched_network(const IntegerNetwork& network) {
  if (network.graph == nullptr) return std::nullopt;
  std::vector<TflitePatch> patches;
  patches.reserve(network.layers.size());
  for (uint64_t l = 0; l < network.layers.size(); ++l) {
    const auto tensor = weights_of(network, l);
    if (!tensor) return std::nullopt;
    std::string bytes = stored(network.layers[l]);
    if (bytes == network.graph->data(network.graph->tensors[static_cast<size_t>(*tensor)])) continue;
    patches.push_back({*tensor, std::move(bytes), {}, {}});
  }
  return patched_tflite(*network.graph, patches);
}

}  // namespace nonzero
