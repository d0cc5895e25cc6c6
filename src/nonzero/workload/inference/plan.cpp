#include "nonzero/workload/inference/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "nonzero/base/error.h"
#include "nonzero/workload/inference/graph_plan.h"

namespace nonzero::inference {
namespace {

Activation activation_named(const IntegerLayer& layer) {
  if (layer.activation.empty()) return Activation::kNone;
  if (layer.activation == "relu") return Activation::kRelu;
  if (layer.activation == "relu6") return Activation::kReluSix;
  throw InputError(fmt::format("layer '{}': activation {}", layer.name, layer.activation),
                   "allowed: none, relu, relu6", {layer.source, 0});
}

PlanTensor vector_of(const std::string& name, uint64_t elements, const Quantisation& quantisation) {
  return {name, {1, elements}, elements, quantisation};
}

void check_link(const IntegerLayer& layer, const PlanTensor& input) {
  const IntegerLayerShape& shape = layer.shape;
  if (shape.kind != LayerKind::kLinear || shape.ox * shape.oy != 1)
    throw InputError(
        fmt::format("layer '{}' is not fully connected, and {} has no graph", layer.name, layer.network),
        "use: the network's .tflite file", {layer.source, 0});
  if (shape.c != input.elements)
    throw InputError(fmt::format("layer '{}' reads {} values", layer.name, shape.c),
                     fmt::format("the layer before it leaves {}", input.elements), {layer.source, 0});
  if (layer.input.scale != input.quantisation.scale ||
      layer.input.zero_point != input.quantisation.zero_point)
    throw InputError(fmt::format("layer '{}' reads scale {}, zero point {}", layer.name, layer.input.scale,
                                 layer.input.zero_point),
                     fmt::format("the layer before it leaves scale {}, zero point {}",
                                 input.quantisation.scale, input.quantisation.zero_point),
                     {layer.source, 0});
}

Plan plan_of_chain(const IntegerNetwork& network) {
  Plan plan;
  plan.tensors.reserve(network.layers.size() + 1);
  plan.steps.reserve(network.layers.size());
  const IntegerLayer& first = network.layers.front();
  plan.tensors.push_back(vector_of("input", first.shape.c, first.input));
  for (uint64_t l = 0; l < network.layers.size(); ++l) {
    const IntegerLayer& layer = network.layers[l];
    check_link(layer, plan.tensors.back());
    const Activation activation = activation_named(layer);
    plan.steps.push_back(
        {"FULLY_CONNECTED", {l}, l + 1, l, activation, ConvolutionKernel(layer, layer.weights, activation)});
    plan.tensors.push_back(vector_of(layer.name, layer.shape.k, layer.output));
  }
  plan.output = plan.logits = network.layers.size();
  return plan;
}

}  // namespace

Plan make_plan(const IntegerNetwork& network) {
  if (network.layers.empty())
    throw InputError("a network without layers", "expected: at least one with weights", {network.source, 0});
  return network.graph == nullptr ? plan_of_chain(network) : plan_of_graph(network);
}

}  // namespace nonzero::inference
