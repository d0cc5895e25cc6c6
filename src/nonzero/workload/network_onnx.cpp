#include "nonzero/workload/network_onnx.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/workload/onnx_shapes.h"

namespace nonzero::network {
namespace {

constexpr size_t kNone = ~size_t{0};

// Where an operator has what a layer needs; kNone for what it has not.
struct Slots {
  std::string_view op;
  bool convolution;
  size_t input, input_scale, input_zero, weights, scale, zero, output_scale, output_zero, bias;
};
constexpr Slots kSlots[] = {{"Conv", true, 0, kNone, kNone, 1, kNone, kNone, kNone, kNone, 2},
                            {"ConvInteger", true, 0, kNone, 2, 1, kNone, 3, kNone, kNone, kNone},
                            {"QLinearConv", true, 0, 1, 2, 3, 4, 5, 6, 7, 8},
                            {"Gemm", false, 0, kNone, kNone, 1, kNone, kNone, kNone, kNone, 2},
                            {"QGemm", false, 0, 1, 2, 3, 4, 5, 7, 8, 6},
                            {"MatMul", false, 0, kNone, kNone, 1, kNone, kNone, kNone, kNone, kNone},
                            {"MatMulInteger", false, 0, kNone, 2, 1, kNone, 3, kNone, kNone, kNone},
                            {"QLinearMatMul", false, 0, 1, 2, 3, 4, 5, 6, 7, kNone}};

// A constant with the code it is stored in.
struct Coded {
  const OnnxTensor* tensor = nullptr;
  std::vector<double> scales;
  std::vector<int64_t> zero_points;
};

class Reader {
 public:
  Reader(NetworkBuilder& builder, const OnnxModel& model) : builder_(builder), model_(model), shapes_(model) {
    for (const OnnxNode& node : model.nodes)
      for (const std::string& output : node.outputs)
        if (!output.empty()) producer_[output] = &node;
    for (const OnnxNode& node : model.nodes)
      for (const std::string& input : node.inputs)
        if (!input.empty()) consumers_[input].push_back(&node);
  }

  void read() {
    for (index_ = 0; index_ < model_.nodes.size(); ++index_) {
      node_ = &model_.nodes[index_];
      for (const Slots& slots : kSlots)
        if (node_->op == slots.op) {
          slots_ = &slots;
          slots.convolution ? add_convolution() : add_linear();
        }
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed) const {
    throw InputError(fmt::format("node {} {} '{}': {}", index_, node_->op, node_->name, problem),
                     allowed.empty() ? "" : "allowed: " + allowed, {model_.source, 0});
  }

  [[nodiscard]] static std::string input_of(const OnnxNode& node, size_t slot) {
    return slot < node.inputs.size() ? node.inputs[slot] : "";
  }
  [[nodiscard]] const OnnxTensor* constant(const std::string& name) const {
    const auto found = model_.constants.find(name);
    if (found != model_.constants.end()) return &found->second;
    const OnnxNode* maker = produced(name, "Constant");
    if (maker == nullptr) return nullptr;
    const auto value = maker->attributes.find("value");
    return value != maker->attributes.end() && value->second.tensor ? &*value->second.tensor : nullptr;
  }
  // The node that makes a value, where it is of this kind.
  [[nodiscard]] const OnnxNode* produced(const std::string& name, std::string_view op) const {
    const auto found = producer_.find(name);
    return found != producer_.end() && found->second->op == op ? found->second : nullptr;
  }
  // The one node that reads a value, where it is of this kind.
  [[nodiscard]] const OnnxNode* consumed(const std::string& name, std::string_view op) const {
    const auto found = consumers_.find(name);
    if (found == consumers_.end() || found->second.size() != 1) return nullptr;
    return found->second[0]->op == op ? found->second[0] : nullptr;
  }

  [[nodiscard]] std::vector<double> scales_of(const std::string& name) const {
    const OnnxTensor* tensor = constant(name);
    if (tensor == nullptr) refuse(fmt::format("scale '{}' is computed", name), "a constant");
    const std::vector<float> values = tensor->floats(model_.source);
    return {values.begin(), values.end()};
  }
  [[nodiscard]] std::vector<int64_t> zeros_of(const std::string& name) const {
    if (name.empty()) return {};
    const OnnxTensor* tensor = constant(name);
    if (tensor == nullptr) refuse(fmt::format("zero point '{}' is computed", name), "a constant");
    return tensor->integers(model_.source);
  }

  // A constant, or one that a DequantizeLinear makes real; no tensor where the value is computed.
  [[nodiscard]] Coded coded(const std::string& name, uint64_t channels_axis) const {
    Coded found;
    found.tensor = constant(name);
    if (found.tensor != nullptr) return found;
    const OnnxNode* real = produced(name, "DequantizeLinear");
    if (real == nullptr) return found;
    found.tensor = constant(input_of(*real, 0));
    if (found.tensor == nullptr) return found;
    found.scales = scales_of(input_of(*real, 1));
    found.zero_points = zeros_of(input_of(*real, 2));
    const int64_t axis = real->integer("axis", 1);
    const auto rank = static_cast<int64_t>(found.tensor->shape.size());
    if (found.scales.size() > 1 && (axis < 0 ? axis + rank : axis) != static_cast<int64_t>(channels_axis))
      refuse(fmt::format("scales along axis {} of its weights", axis),
             fmt::format("{}, the channels out", channels_axis));
    return found;
  }

  // The weights as the operator has them; `channels_axis` is where the channels out run.
  [[nodiscard]] Coded weights(uint64_t channels_axis) const {
    Coded found = coded(input_of(*node_, slots_->weights), channels_axis);
    if (found.tensor == nullptr) return found;
    if (slots_->scale != kNone) found.scales = scales_of(input_of(*node_, slots_->scale));
    if (slots_->zero != kNone) found.zero_points = zeros_of(input_of(*node_, slots_->zero));
    return found;
  }

  [[nodiscard]] StoredWeights stored_weights(const OnnxTensor& tensor) const {
    const auto codes = [&](auto code) {
      std::vector<decltype(code)> values(tensor.bytes.size());
      if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), values.size());
      return values;
    };
    if (tensor.type == OnnxType::kInt8) return codes(int8_t{});
    if (tensor.type == OnnxType::kUint8) return codes(uint8_t{});
    return tensor.floats(fmt::format("{}, tensor '{}'", model_.source, tensor.name));
  }

  [[nodiscard]] StoredLayer layer_of(const Coded& weights) const {
    StoredLayer stored;
    std::string op = node_->op;
    std::transform(op.begin(), op.end(), op.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    stored.layer.name = fmt::format("{:02}_{}", builder_.layers(), op);
    stored.layer.source = fmt::format("{}, tensor '{}'", model_.source, weights.tensor->name);
    stored.weights = stored_weights(*weights.tensor);
    stored.scales = weights.scales;
    stored.zero_points = weights.zero_points;
    const bool codes = !std::holds_alternative<std::vector<float>>(stored.weights);
    if (codes && stored.scales.empty()) {
      // ConvInteger and MatMulInteger leave the scale to a multiplication further on
      stored.scales = {1};
      builder_.warn(fmt::format("{}: node {} {} '{}' has weights without a scale: taken as 1", model_.source,
                                index_, node_->op, node_->name));
    }
    take_bias(stored);
    set_activations(stored.layer);
    return stored;
  }

  void take_bias(StoredLayer& stored) const {
    const OnnxTensor* bias =
        slots_->bias == kNone ? nullptr : coded(input_of(*node_, slots_->bias), 0).tensor;
    if (bias == nullptr || bias->type != OnnxType::kInt32) return;
    for (const int64_t value : bias->integers(model_.source))
      stored.bias.push_back(static_cast<int32_t>(value));
  }

  // One scale and zero point of a tensor; uint8 codes, those of the zero point's type, as int8.
  [[nodiscard]] Quantisation quantisation(const OnnxNode& node, size_t scale, size_t zero) const {
    const OnnxTensor* scales = constant(input_of(node, scale));
    Quantisation found;
    if (scales == nullptr || scales->elements() != 1) return found;
    found.scale = static_cast<double>(scales->floats(model_.source)[0]);
    const OnnxTensor* zeros = constant(input_of(node, zero));
    if (zeros == nullptr) return shifted_from_uint8(found);  // the standard's zero point left out: uint8, 0
    if (zeros->elements() == 1) found.zero_point = static_cast<int32_t>(zeros->integers(model_.source)[0]);
    return zeros->type == OnnxType::kUint8 ? shifted_from_uint8(found) : found;
  }

  void set_activations(IntegerLayer& layer) const {
    if (slots_->input_scale != kNone)
      layer.input = quantisation(*node_, slots_->input_scale, slots_->input_zero);
    else if (const OnnxNode* real = produced(input_of(*node_, slots_->input), "DequantizeLinear"))
      layer.input = quantisation(*real, 1, 2);
    if (slots_->output_scale != kNone)
      layer.output = quantisation(*node_, slots_->output_scale, slots_->output_zero);
    if (node_->outputs.empty()) return;
    std::string value = node_->outputs[0];
    if (const OnnxNode* relu = consumed(value, "Relu")) {
      layer.activation = "relu";
      if (!relu->outputs.empty()) value = relu->outputs[0];
    }
    if (const OnnxNode* coded_out = consumed(value, "QuantizeLinear"))
      layer.output = quantisation(*coded_out, 1, 2);
  }

  void add_convolution() {
    const Coded found = weights(0);
    if (found.tensor == nullptr) refuse("weights that are computed", "constant ones");
    std::vector<uint64_t> w = found.tensor->shape;
    if (w.size() != 3 && w.size() != 4) {
      builder_.warn(fmt::format("{}: node {} {} '{}' is left out: weights [{}] of no two dimensions",
                                model_.source, index_, node_->op, node_->name, fmt::join(w, ", ")));
      return;
    }
    const std::string input = input_of(*node_, slots_->input);
    const OnnxShapes::Shape in = shapes_.of(input);
    if (!in || in->size() != w.size())
      refuse(fmt::format("the shape of its input '{}' cannot be followed", input),
             "a graph with its inputs' shapes, or after shape inference");
    const uint64_t groups = static_cast<uint64_t>(std::max<int64_t>(0, node_->integer("group", 1)));
    const uint64_t channels = (*in)[1];
    const bool depthwise = groups > 1 && groups == channels && w[1] == 1 && w[0] % groups == 0;
    if (!depthwise && (groups != 1 || w[1] != channels))
      refuse(fmt::format("{} groups of weights [{}] over {} channels", groups, fmt::join(w, ", "), channels),
             "one group, or one for each channel");
    const std::vector<uint64_t> spatial(in->begin() + 2, in->end()), kernel(w.begin() + 2, w.end());
    const std::vector<OnnxWindow> windows = onnx_windows(*node_, spatial, kernel, model_.source);
    StoredLayer stored = layer_of(found);
    IntegerLayerShape& s = stored.layer.shape;
    s.kind = depthwise ? LayerKind::kDepthwise : LayerKind::kConv;
    s.k = w[0];
    s.c = w[1];
    s.multiplier = depthwise ? w[0] / groups : 1;
    stored.layer.repeat = (*in)[0];
    if (windows.size() == 2)
      set_axis(windows[0], spatial[0], s.fy, s.stride_y, s.dilation_y, s.pad_top, s.h, s.oy);
    set_axis(windows.back(), spatial.back(), s.fx, s.stride_x, s.dilation_x, s.pad_left, s.w, s.ox);
    builder_.add(std::move(stored));
  }

  void set_axis(const OnnxWindow& window, uint64_t in, uint64_t& kernel, uint64_t& stride, uint64_t& dilation,
                uint64_t& before, uint64_t& inputs, uint64_t& outputs) const {
    const auto out = window.outputs(in, false);
    if (!out) refuse(fmt::format("a window of {} over {}", window.kernel, in), "an output of 1 and more");
    kernel = window.kernel;
    stride = window.stride;
    dilation = window.dilation;
    before = window.before;
    inputs = in;
    outputs = *out;
  }

  // y = x * W with W [C, K]; Gemm's W may be [K, C]. A constant on the left is W [K, C] of W * x.
  void add_linear() {
    const bool gemm = node_->op == "Gemm" || node_->op == "QGemm";
    const bool as_rows = gemm && node_->integer("transB", 0) != 0;
    const OnnxTensor* left = constant(input_of(*node_, slots_->input));
    const Coded found = weights(as_rows ? 0 : 1);
    if (left != nullptr || found.tensor == nullptr) return;  // attention: both are computed
    const std::vector<uint64_t>& w = found.tensor->shape;
    if (w.size() != 2 || w[0] == 0 || w[1] == 0) {
      builder_.warn(fmt::format("{}: node {} {} '{}' is left out: its constant [{}] is no single matrix",
                                model_.source, index_, node_->op, node_->name, fmt::join(w, ", ")));
      return;
    }
    if (gemm && node_->real("alpha", 1) != 1.0F)
      refuse(fmt::format("alpha {}", node_->real("alpha", 1)), "1");
    StoredLayer stored = layer_of(found);
    if (!as_rows) stored.weights = transposed(stored.weights, 1, w[0], w[1]);
    IntegerLayerShape& s = stored.layer.shape;
    s.kind = LayerKind::kLinear;
    s.k = w[as_rows ? 0 : 1];
    s.c = w[as_rows ? 1 : 0];
    s.w = s.ox = tokens(s.c);
    builder_.add(std::move(stored));
  }

  // Vectors of C that the input holds; one, with a warning, where its shape cannot be followed.
  [[nodiscard]] uint64_t tokens(uint64_t c) const {
    const std::string input = input_of(*node_, slots_->input);
    const OnnxShapes::Shape in = shapes_.of(input);
    if (!in) {
      builder_.warn(
          fmt::format("{}: node {} {} '{}': the shape of its input '{}' cannot be followed: one token",
                      model_.source, index_, node_->op, node_->name, input));
      return 1;
    }
    std::optional<uint64_t> elements = 1;
    for (const uint64_t side : *in)
      if (elements) elements = checked_multiply(*elements, side);
    if (!elements || *elements == 0 || *elements % c != 0)
      refuse(fmt::format("an input [{}] of vectors of {}", fmt::join(*in, ", "), c), "a multiple");
    return *elements / c;
  }

  NetworkBuilder& builder_;
  const OnnxModel& model_;
  OnnxShapes shapes_;
  std::map<std::string, const OnnxNode*> producer_;
  std::map<std::string, std::vector<const OnnxNode*>> consumers_;
  const OnnxNode* node_ = nullptr;
  const Slots* slots_ = nullptr;
  uint64_t index_ = 0;
};

}  // namespace

void add_layers(NetworkBuilder& builder, const OnnxModel& model) { Reader(builder, model).read(); }

}  // namespace nonzero::network
