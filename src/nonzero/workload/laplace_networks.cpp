#include "nonzero/workload/laplace_networks.h"

#include <fmt/format.h>

#include "nonzero/base/random.h"
#include "nonzero/tensor/laplace_weights.h"
#include "nonzero/workload/integer_network.h"
#include "nonzero/workload/sat_networks.h"

namespace nonzero {
namespace {

IntegerLayer layer_of(const Operation& step, const std::string& network) {
  const StepShape& s = step.step()->shape;
  IntegerLayer layer;
  layer.name = step.name;
  layer.network = network;
  const bool linear = s.type == StepLayerType::kLinear;
  layer.shape.kind = linear ? LayerKind::kLinear : LayerKind::kConv;
  layer.shape.k = s.cout;
  layer.shape.c = s.cin;
  layer.shape.fy = s.kh;
  layer.shape.fx = s.kw;
  layer.shape.stride_y = layer.shape.stride_x = s.stride;
  layer.shape.pad_top = layer.shape.pad_left = s.pad;
  // Tokens stand in W; a training step's linear layer has them in H.
  layer.shape.h = linear ? 1 : s.h;
  layer.shape.w = linear ? s.h * s.w : s.w;
  layer.shape.oy = linear ? 1 : s.oh;
  layer.shape.ox = linear ? s.oh * s.ow : s.ow;
  return layer;
}

}  // namespace

std::vector<Operation> laplace_network(const std::string& network, double b, uint64_t seed) {
  std::vector<Operation> operations;
  for (const Operation& step : sat_network(network, 1)) {
    if (step.step()->shape.is_attention()) continue;
    IntegerLayer layer = layer_of(step, network);
    const uint64_t layer_seed = derive_seed(seed, operations.size());
    layer.weights = laplace_weights(layer.shape.weights(), b, layer_seed);
    layer.source = fmt::format("laplace:b={},seed={}", b, layer_seed);
    operations.push_back(convolution_operation(std::move(layer), seed));
    operations.back().repeat = step.repeat;
  }
  return operations;
}

}  // namespace nonzero
