#include "nonzero/workload/inference/float_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/workload/inference/graph_plan.h"

namespace nonzero::inference {
namespace {

float activated(float value, int activation) {
  switch (activation) {
    case 1:
      return std::max(value, 0.0F);
    case 2:
      return std::clamp(value, -1.0F, 1.0F);
    case 3:
      return std::clamp(value, 0.0F, 6.0F);
    default:
      return value;
  }
}

const TfliteModel& graph_of(const IntegerNetwork& network) {
  if (network.graph == nullptr || network.graph->inputs.size() != 1 || network.graph->inputs[0] < 0)
    throw InputError("no graph with one input to calibrate", "use: a .tflite file", {network.source, 0});
  return *network.graph;
}

std::vector<float> softmax(const std::vector<float>& values, uint64_t depth, float beta) {
  std::vector<float> shares(values.size());
  for (size_t row = 0; row + depth <= values.size(); row += depth) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row);
    const float most = *std::max_element(begin, begin + static_cast<std::ptrdiff_t>(depth));
    double sum = 0;
    for (size_t i = row; i < row + depth; ++i) sum += std::exp(beta * (values[i] - most));
    for (size_t i = row; i < row + depth; ++i)
      shares[i] = static_cast<float>(std::exp(beta * (values[i] - most)) / sum);
  }
  return shares;
}

// The sum of one output of a layer, [H, W, C] in.
double layer_sum(const IntegerLayer& layer, const std::vector<float>& input, uint64_t y, uint64_t x,
                 uint64_t k) {
  const IntegerLayerShape& s = layer.shape;
  const uint64_t channels = s.channels_in(), taps = s.fy * s.fx;
  double sum = 0;
  for (uint64_t fy = 0; fy < s.fy; ++fy)
    for (uint64_t fx = 0; fx < s.fx; ++fx) {
      const uint64_t row = y * s.stride_y + fy * s.dilation_y, column = x * s.stride_x + fx * s.dilation_x;
      if (row < s.pad_top || column < s.pad_left || row - s.pad_top >= s.h || column - s.pad_left >= s.w)
        continue;
      const float* cell = input.data() + ((row - s.pad_top) * s.w + column - s.pad_left) * channels;
      const int8_t* weights = layer.weights.data() + k * s.c * taps + fy * s.fx + fx;
      const uint64_t first = s.kind == LayerKind::kDepthwise ? k / s.multiplier : 0;
      for (uint64_t c = 0; c < s.c; ++c) sum += static_cast<double>(cell[first + c]) * weights[c * taps];
    }
  return sum * layer.scale_of(k);
}

}  // namespace

FloatGraph::FloatGraph(const IntegerNetwork& network) : network_(network), graph_(graph_of(network)) {}

uint64_t FloatGraph::input_elements() const {
  return graph_.tensors[static_cast<size_t>(graph_.inputs[0])].elements();
}

void FloatGraph::refuse(size_t at, const std::string& problem) const {
  throw InputError(fmt::format("operator {} ({}): {}", at, graph_.operators[at].name, problem),
                   "allowed: a chain of float operators that nonzero can calibrate", {graph_.source, 0});
}

const std::vector<float>& FloatGraph::input_of(size_t at, size_t slot, const FloatTensors& tensors) const {
  const TfliteOperator& op = graph_.operators[at];
  if (slot >= op.inputs.size() || op.inputs[slot] < 0) refuse(at, fmt::format("no input {}", slot));
  const auto tensor = static_cast<size_t>(op.inputs[slot]);
  if (tensors[tensor].empty() || tensors[tensor].size() != graph_.tensors[tensor].elements())
    refuse(at, fmt::format("input {} is not computed before it", slot));
  return tensors[tensor];
}

const std::vector<uint64_t>& FloatGraph::image_shape(size_t at, int tensor) const {
  const std::vector<uint64_t>& shape = graph_.tensors[static_cast<size_t>(tensor)].shape;
  if (shape.size() != 4 || shape[0] != 1 || graph_.tensors[static_cast<size_t>(tensor)].elements() == 0)
    refuse(at, "a tensor that is not 1 x H x W x C");
  return shape;
}

FloatTensors FloatGraph::run(std::span<const float> input) const {
  FloatTensors tensors(graph_.tensors.size());
  tensors[static_cast<size_t>(graph_.inputs[0])].assign(input.begin(), input.end());
  for (size_t at = 0; at < graph_.operators.size(); ++at) run_operator(at, tensors);
  return tensors;
}

void FloatGraph::run_operator(size_t at, FloatTensors& tensors) const {
  const TfliteOperator& op = graph_.operators[at];
  if (op.outputs.size() != 1) refuse(at, fmt::format("{} outputs", op.outputs.size()));
  const std::string& name = op.name;
  const std::vector<float>& input = input_of(at, 0, tensors);
  std::vector<float>& output = tensors[static_cast<size_t>(op.outputs[0])];
  if (name == "CONV_2D" || name == "DEPTHWISE_CONV_2D" || name == "FULLY_CONNECTED") {
    run_layer(at, tensors);
  } else if (name == "ADD") {
    const std::vector<float>& other = input_of(at, 1, tensors);
    if (other.size() != input.size()) refuse(at, "inputs of different shapes");
    output.resize(input.size());
    for (size_t i = 0; i < input.size(); ++i)
      output[i] = activated(input[i] + other[i], op.options.activation);
  } else if (name == "AVERAGE_POOL_2D" || name == "MAX_POOL_2D") {
    run_pool(at, tensors);
  } else if (name == "MEAN") {
    run_mean(at, tensors);
  } else if (name == "RESHAPE" || name == "SQUEEZE" || name == "EXPAND_DIMS") {
    output = input;
  } else if (name == "RELU" || name == "RELU_N1_TO_1" || name == "RELU6") {
    const int activation = name == "RELU" ? 1 : name == "RELU6" ? 3 : 2;
    output = input;
    for (float& value : output) value = activated(value, activation);
  } else if (name == "SOFTMAX") {
    const std::vector<uint64_t>& shape = graph_.tensors[static_cast<size_t>(op.outputs[0])].shape;
    output = softmax(input, shape.empty() ? 1 : std::max<uint64_t>(1, shape.back()), op.options.beta);
  } else {
    refuse(at, "cannot be calibrated");
  }
}

void FloatGraph::run_layer(size_t at, FloatTensors& tensors) const {
  const TfliteOperator& op = graph_.operators[at];
  const auto found = std::find(network_.operators.begin(), network_.operators.end(), at);
  if (found == network_.operators.end()) refuse(at, "its weights are no layer of the network");
  const IntegerLayer& layer = network_.layers[static_cast<size_t>(found - network_.operators.begin())];
  const IntegerLayerShape& shape = layer.shape;
  const std::vector<float>& input = input_of(at, 0, tensors);
  if (input.size() != shape.inputs() ||
      graph_.tensors[static_cast<size_t>(op.outputs[0])].elements() != shape.outputs())
    refuse(at, "its ends do not fit its weights");
  std::vector<float> bias(shape.k);
  if (op.inputs.size() > 2 && op.inputs[2] >= 0) {
    const TfliteTensor& tensor = graph_.tensors[static_cast<size_t>(op.inputs[2])];
    if (tensor.type != TfliteType::kFloat32 || tensor.size != shape.k * sizeof(float))
      refuse(at, "its bias is not float");
    std::memcpy(bias.data(), graph_.data(tensor).data(), tensor.size);
  }
  std::vector<float> output;
  output.reserve(shape.outputs());
  for (uint64_t y = 0; y < shape.oy; ++y)
    for (uint64_t x = 0; x < shape.ox; ++x)
      for (uint64_t k = 0; k < shape.k; ++k)
        output.push_back(
            activated(static_cast<float>(layer_sum(layer, input, y, x, k) + static_cast<double>(bias[k])),
                      op.options.activation));
  tensors[static_cast<size_t>(op.outputs[0])] = std::move(output);
}

void FloatGraph::run_pool(size_t at, FloatTensors& tensors) const {
  const TfliteOperator& op = graph_.operators[at];
  const std::vector<float>& input = input_of(at, 0, tensors);
  const std::vector<uint64_t>&in = image_shape(at, op.inputs[0]), &out = image_shape(at, op.outputs[0]);
  if (in[3] != out[3] || op.options.filter_y < 1 || op.options.filter_x < 1 || op.options.stride_y < 1 ||
      op.options.stride_x < 1)
    refuse(at, "its window does not fit its ends");
  const PoolShape s = pool_shape(op.options, in[1], in[2], in[3], out[1], out[2]);
  std::vector<float> output;
  for (uint64_t y = 0; y < s.oy; ++y)
    for (uint64_t x = 0; x < s.ox; ++x)
      for (uint64_t c = 0; c < s.c; ++c) {
        double sum = 0, cells = 0;
        float most = -std::numeric_limits<float>::infinity();
        const uint64_t top = std::max(y * s.stride_y, s.pad_top), left = std::max(x * s.stride_x, s.pad_left);
        const uint64_t bottom = std::min(y * s.stride_y + s.fy, s.pad_top + s.h);
        const uint64_t right = std::min(x * s.stride_x + s.fx, s.pad_left + s.w);
        for (uint64_t row = top; row < bottom; ++row)
          for (uint64_t column = left; column < right; ++column) {
            const float value = input[((row - s.pad_top) * s.w + column - s.pad_left) * s.c + c];
            sum += static_cast<double>(value);
            most = std::max(most, value);
            ++cells;
          }
        if (cells == 0) refuse(at, "a window outside its input");
        const float pooled = op.name == "MAX_POOL_2D" ? most : static_cast<float>(sum / cells);
        output.push_back(activated(pooled, op.options.activation));
      }
  tensors[static_cast<size_t>(op.outputs[0])] = std::move(output);
}

// Over height and width; the integer plan refuses other axes.
void FloatGraph::run_mean(size_t at, FloatTensors& tensors) const {
  const TfliteOperator& op = graph_.operators[at];
  const std::vector<float>& input = input_of(at, 0, tensors);
  const std::vector<uint64_t>& in = image_shape(at, op.inputs[0]);
  std::vector<double> sums(in[3]);
  for (size_t i = 0; i < input.size(); ++i) sums[i % in[3]] += static_cast<double>(input[i]);
  std::vector<float>& output = tensors[static_cast<size_t>(op.outputs[0])];
  output.clear();
  for (const double sum : sums)
    output.push_back(static_cast<float>(sum / static_cast<double>(in[1] * in[2])));
}

}  // namespace nonzero::inference
