#include "nonzero/workload/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "nonzero/base/error.h"
#include "nonzero/base/parallel.h"
#include "nonzero/tensor/quantise.h"
#include "nonzero/workload/inference/float_graph.h"

namespace nonzero {
namespace {

std::vector<float> float_constant(const TfliteModel& model, const TfliteOperator& op, size_t slot) {
  if (slot >= op.inputs.size() || op.inputs[slot] < 0) return {};
  const TfliteTensor& tensor = model.tensors[static_cast<size_t>(op.inputs[slot])];
  if (tensor.type != TfliteType::kFloat32 || !tensor.constant()) return {};
  const std::string_view bytes = model.data(tensor);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

// Float biases as the codes of weight scale times input scale.
void quantise_biases(IntegerNetwork& network) {
  const TfliteModel& model = *network.graph;
  for (uint64_t l = 0; l < network.layers.size(); ++l) {
    IntegerLayer& layer = network.layers[l];
    const TfliteOperator& op = model.operators[network.operators[l]];
    const auto quantisation = [&](int tensor) {
      const TfliteTensor& t = model.tensors[static_cast<size_t>(tensor)];
      return Quantisation{static_cast<double>(t.scales[0]), static_cast<int32_t>(t.zero_points[0])};
    };
    layer.input = quantisation(op.inputs[0]);
    layer.output = quantisation(op.outputs[0]);
    const std::vector<float> bias = float_constant(model, op, 2);
    layer.bias.clear();
    for (uint64_t k = 0; k < bias.size(); ++k)
      layer.bias.push_back(quantise_bias(static_cast<double>(bias[k]), layer.scale_of(k), layer.input.scale));
  }
}

void set_code(TfliteTensor& tensor, const AffineCode& code) {
  tensor.type = TfliteType::kInt8;
  tensor.scales = {static_cast<float>(code.scale)};
  tensor.zero_points = {code.zero_point};
}

bool keeps_codes(const std::string& name) {
  return name == "RESHAPE" || name == "SQUEEZE" || name == "EXPAND_DIMS" || name == "PAD";
}

}  // namespace

bool wants_calibration(const IntegerNetwork& network) {
  if (network.graph == nullptr || network.graph->inputs.size() != 1 || network.graph->inputs[0] < 0)
    return false;
  const bool converts = std::any_of(network.graph->operators.begin(), network.graph->operators.end(),
                                    [](const TfliteOperator& op) { return op.name == "QUANTIZE"; });
  const auto input = static_cast<size_t>(network.graph->inputs[0]);
  return !converts && network.graph->tensors[input].type == TfliteType::kFloat32;
}

IntegerNetwork calibrated_network(const IntegerNetwork& network, std::span<const float> inputs,
                                  double share) {
  const inference::FloatGraph graph(network);
  const uint64_t elements = graph.input_elements();
  if (inputs.empty() || elements == 0 || inputs.size() % elements != 0)
    throw InputError(fmt::format("{} values to calibrate with", inputs.size()),
                     fmt::format("expected: a multiple of {}, the elements of one input", elements));
  const uint64_t count = inputs.size() / elements;
  std::vector<inference::FloatTensors> held(count);
  parallel_for(count, [&](uint64_t i) { held[i] = graph.run(inputs.subspan(i * elements, elements)); });

  TfliteModel model = *network.graph;
  const auto code_of = [&](size_t tensor) {
    std::vector<float> values;
    values.reserve(count * held[0][tensor].size());
    for (const inference::FloatTensors& one : held)
      values.insert(values.end(), one[tensor].begin(), one[tensor].end());
    return calibrate(values, share);
  };
  const auto input = static_cast<size_t>(model.inputs[0]);
  set_code(model.tensors[input], code_of(input));
  for (const TfliteOperator& op : model.operators) {
    const auto output = static_cast<size_t>(op.outputs[0]);
    const TfliteTensor& from = model.tensors[static_cast<size_t>(op.inputs[0])];
    AffineCode code;
    if (op.name == "SOFTMAX")
      code = {1.0 / 256, -128};
    else if (keeps_codes(op.name))
      code = {static_cast<double>(from.scales[0]), static_cast<int32_t>(from.zero_points[0])};
    else
      code = code_of(output);
    set_code(model.tensors[output], code);
  }
  IntegerNetwork calibrated = network;
  calibrated.graph = std::make_shared<const TfliteModel>(std::move(model));
  quantise_biases(calibrated);
  return calibrated;
}

}  // namespace nonzero
