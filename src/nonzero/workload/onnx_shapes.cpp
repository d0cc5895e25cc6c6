#include "nonzero/workload/onnx_shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::network {
namespace {

constexpr uint64_t kMostSide = uint64_t{1} << 31U;

// Operators whose output 0 has the shape of input 0.
bool keeps_shape(const std::string& op) {
  static const std::vector<std::string> all = {"Relu",
                                               "Clip",
                                               "Sigmoid",
                                               "Tanh",
                                               "LeakyRelu",
                                               "HardSwish",
                                               "HardSigmoid",
                                               "Elu",
                                               "Selu",
                                               "PRelu",
                                               "Identity",
                                               "Dropout",
                                               "Softmax",
                                               "LogSoftmax",
                                               "Cast",
                                               "LRN",
                                               "BatchNormalization",
                                               "InstanceNormalization",
                                               "QuantizeLinear",
                                               "DequantizeLinear",
                                               "Erf",
                                               "Gelu",
                                               "Sqrt",
                                               "Exp",
                                               "Neg",
                                               "Abs",
                                               "LayerNormalization",
                                               "DynamicQuantizeLinear",
                                               "QLinearSigmoid",
                                               "QLinearLeakyRelu",
                                               "Mish",
                                               "Softplus",
                                               "Floor",
                                               "Round",
                                               "Reciprocal"};
  return std::find(all.begin(), all.end(), op) != all.end();
}

uint64_t product(const std::vector<uint64_t>& sides) {
  uint64_t all = 1;
  for (const uint64_t side : sides) {
    const auto next = checked_multiply(all, side);
    if (!next) return 0;
    all = *next;
  }
  return all;
}

// An axis counted from the end where it is negative; nothing where there is no such one.
std::optional<size_t> axis_of(int64_t axis, size_t rank) {
  const int64_t from_front = axis < 0 ? axis + static_cast<int64_t>(rank) : axis;
  if (from_front < 0 || from_front >= static_cast<int64_t>(rank)) return std::nullopt;
  return static_cast<size_t>(from_front);
}

}  // namespace

std::optional<uint64_t> OnnxWindow::outputs(uint64_t in, bool ceil) const {
  const uint64_t extent = (kernel - 1) * dilation + 1, padded = in + before + after;
  if (extent > padded) return std::nullopt;
  const uint64_t steps = padded - extent;
  return (ceil ? ceil_div(steps, stride) : steps / stride) + 1;
}

std::vector<OnnxWindow> onnx_windows(const OnnxNode& node, const std::vector<uint64_t>& in,
                                     const std::vector<uint64_t>& kernel, const std::string& source) {
  const size_t rank = kernel.size();
  const auto numbers = [&](const char* attribute, size_t count, int64_t otherwise, int64_t least) {
    std::vector<int64_t> values = node.integers(attribute);
    if (values.empty()) values.assign(count, otherwise);
    const bool inside = std::all_of(values.begin(), values.end(), [&](int64_t value) {
      return value >= least && value <= static_cast<int64_t>(kMostSide);
    });
    if (values.size() != count || !inside)
      throw InputError(
          fmt::format("{} '{}': {} = [{}]", node.op, node.name, attribute, fmt::join(values, ", ")),
          fmt::format("allowed: {} numbers of {} and more", count, least), {source, 0});
    return values;
  };
  const auto strides = numbers("strides", rank, 1, 1), dilations = numbers("dilations", rank, 1, 1),
             pads = numbers("pads", 2 * rank, 0, 0);
  const std::string automatic = node.text("auto_pad", "NOTSET");
  std::vector<OnnxWindow> windows(rank);
  for (size_t i = 0; i < rank; ++i) {
    OnnxWindow& w = windows[i];
    w = {kernel[i], static_cast<uint64_t>(strides[i]), static_cast<uint64_t>(dilations[i]),
         static_cast<uint64_t>(pads[i]), static_cast<uint64_t>(pads[i + rank])};
    if (w.kernel < 1 || w.kernel > kMostSide || in[i] < 1 || in[i] > kMostSide)
      throw InputError(fmt::format("{} '{}': {} taps over {}", node.op, node.name, w.kernel, in[i]),
                       "allowed: 1 to 2^31", {source, 0});
    if (automatic == "VALID") w.before = w.after = 0;
    if (!automatic.starts_with("SAME_")) continue;
    const uint64_t out = ceil_div(in[i], w.stride);
    const uint64_t covered = (out - 1) * w.stride + (w.kernel - 1) * w.dilation + 1;
    const uint64_t missing = covered > in[i] ? covered - in[i] : 0;
    w.before = automatic == "SAME_UPPER" ? missing / 2 : ceil_div(missing, 2);
    w.after = missing - w.before;
  }
  return windows;
}

OnnxShapes::OnnxShapes(const OnnxModel& model) : model_(model) {
  for (const auto& [name, tensor] : model.constants) shapes_[name] = tensor.shape;
  for (const OnnxValue& value : model.inputs) {
    if (!value.shape || model.constants.contains(value.name)) continue;
    std::vector<uint64_t> shape = *value.shape;
    if (!shape.empty() && shape[0] == 0) shape[0] = 1;  // a batch by name
    if (std::count(shape.begin(), shape.end(), uint64_t{0}) == 0) shapes_[value.name] = std::move(shape);
  }
  for (const auto* list : {&model.values, &model.outputs})
    for (const OnnxValue& value : *list)
      if (value.shape && std::count(value.shape->begin(), value.shape->end(), uint64_t{0}) == 0)
        shapes_.emplace(value.name, *value.shape);
  for (const OnnxNode& node : model.nodes) follow(node);
}

void OnnxShapes::follow(const OnnxNode& node) {
  if (node.outputs.empty() || shapes_.contains(node.outputs[0])) return;
  constexpr size_t kMostSides = 32;
  if (Shape shape = infer(node); shape && shape->size() <= kMostSides)
    if (std::all_of(shape->begin(), shape->end(), [](uint64_t side) { return side <= kMostSide; }))
      shapes_[node.outputs[0]] = std::move(*shape);
}

OnnxShapes::Shape OnnxShapes::of(const std::string& value) const {
  const auto found = shapes_.find(value);
  return found == shapes_.end() ? Shape() : Shape(found->second);
}

OnnxShapes::Shape OnnxShapes::input(const OnnxNode& node, size_t slot) const {
  return slot < node.inputs.size() ? of(node.inputs[slot]) : Shape();
}

std::optional<std::vector<int64_t>> OnnxShapes::listed(const OnnxNode& node, const std::string& attribute,
                                                       size_t slot) const {
  if (node.attributes.contains(attribute)) return node.integers(attribute);
  if (slot >= node.inputs.size() || node.inputs[slot].empty()) return std::vector<int64_t>();
  const auto found = model_.constants.find(node.inputs[slot]);
  if (found == model_.constants.end()) return std::nullopt;
  return found->second.integers(model_.source);
}

OnnxShapes::Shape OnnxShapes::infer(const OnnxNode& node) const {
  using Rule = std::function<Shape(const OnnxShapes&, const OnnxNode&)>;
  const auto pool = [](const OnnxShapes& s, const OnnxNode& n) { return s.window_shape(n, ~size_t{0}); };
  const auto global = [](const OnnxShapes& s, const OnnxNode& n) {
    Shape in = s.input(n, 0);
    if (in && in->size() > 2) std::fill(in->begin() + 2, in->end(), uint64_t{1});
    return in;
  };
  const auto elementwise = [](const OnnxShapes& s, const OnnxNode& n) { return s.broadcast_shape(n, 0, 1); };
  const auto quantised = [](const OnnxShapes& s, const OnnxNode& n) { return s.broadcast_shape(n, 0, 3); };
  static const std::map<std::string, Rule> rules = {
      {"Conv", [](const OnnxShapes& s, const OnnxNode& n) { return s.window_shape(n, 1); }},
      {"ConvInteger", [](const OnnxShapes& s, const OnnxNode& n) { return s.window_shape(n, 1); }},
      {"QLinearConv", [](const OnnxShapes& s, const OnnxNode& n) { return s.window_shape(n, 3); }},
      {"MaxPool", pool},
      {"AveragePool", pool},
      {"QLinearAveragePool", pool},
      {"GlobalAveragePool", global},
      {"GlobalMaxPool", global},
      {"QLinearGlobalAveragePool", global},
      {"MatMul", [](const OnnxShapes& s, const OnnxNode& n) { return s.product_shape(n, 0, 1); }},
      {"MatMulInteger", [](const OnnxShapes& s, const OnnxNode& n) { return s.product_shape(n, 0, 1); }},
      {"QLinearMatMul", [](const OnnxShapes& s, const OnnxNode& n) { return s.product_shape(n, 0, 3); }},
      {"Gemm", [](const OnnxShapes& s, const OnnxNode& n) { return s.gemm_shape(n, 0, 1); }},
      {"QGemm", [](const OnnxShapes& s, const OnnxNode& n) { return s.gemm_shape(n, 0, 3); }},
      {"Add", elementwise},
      {"Sub", elementwise},
      {"Mul", elementwise},
      {"Div", elementwise},
      {"Pow", elementwise},
      {"QLinearAdd", quantised},
      {"QLinearMul", quantised},
      {"Reshape", [](const OnnxShapes& s, const OnnxNode& n) { return s.reshaped(n); }},
      {"Flatten", [](const OnnxShapes& s, const OnnxNode& n) { return s.flattened(n); }},
      {"Transpose", [](const OnnxShapes& s, const OnnxNode& n) { return s.transposed(n); }},
      {"Concat", [](const OnnxShapes& s, const OnnxNode& n) { return s.concatenated(n); }},
      {"ReduceMean", [](const OnnxShapes& s, const OnnxNode& n) { return s.reduced(n); }},
      {"ReduceSum", [](const OnnxShapes& s, const OnnxNode& n) { return s.reduced(n); }},
      {"ReduceMax", [](const OnnxShapes& s, const OnnxNode& n) { return s.reduced(n); }},
      {"Squeeze", [](const OnnxShapes& s, const OnnxNode& n) { return s.squeezed(n, false); }},
      {"Unsqueeze", [](const OnnxShapes& s, const OnnxNode& n) { return s.squeezed(n, true); }},
      {"Pad", [](const OnnxShapes& s, const OnnxNode& n) { return s.padded(n); }}};
  if (keeps_shape(node.op)) return input(node, 0);
  const auto found = rules.find(node.op);
  return found == rules.end() ? Shape() : found->second(*this, node);
}

// [N, C, spatial…]; pools take their kernel from an attribute, convolutions from their weights.
OnnxShapes::Shape OnnxShapes::window_shape(const OnnxNode& node, size_t weights) const {
  const Shape in = input(node, 0);
  if (!in || in->size() < 3) return std::nullopt;
  const std::vector<uint64_t> spatial(in->begin() + 2, in->end());
  std::vector<uint64_t> kernel;
  uint64_t channels = (*in)[1];
  if (weights == ~size_t{0}) {
    for (const int64_t side : node.integers("kernel_shape"))
      kernel.push_back(static_cast<uint64_t>(std::max<int64_t>(0, side)));
  } else {
    const Shape w = input(node, weights);
    if (!w || w->size() < 2) return std::nullopt;
    channels = (*w)[0];
    kernel.assign(w->begin() + 2, w->end());
  }
  if (kernel.size() != spatial.size()) return std::nullopt;
  std::vector<uint64_t> out = {(*in)[0], channels};
  const std::vector<OnnxWindow> windows = onnx_windows(node, spatial, kernel, model_.source);
  for (size_t i = 0; i < windows.size(); ++i) {
    const auto side = windows[i].outputs(spatial[i], node.integer("ceil_mode", 0) != 0);
    if (!side) return std::nullopt;
    out.push_back(*side);
  }
  return out;
}

OnnxShapes::Shape OnnxShapes::product_shape(const OnnxNode& node, size_t left, size_t right) const {
  const Shape a = input(node, left), b = input(node, right);
  if (!a || !b || a->size() < 2 || b->size() < 2) return std::nullopt;
  const bool longer = b->size() > a->size();
  std::vector<uint64_t> out = longer ? *b : *a;
  out[out.size() - 2] = (*a)[a->size() - 2];
  out.back() = b->back();
  return out;
}

OnnxShapes::Shape OnnxShapes::gemm_shape(const OnnxNode& node, size_t left, size_t right) const {
  const Shape a = input(node, left), b = input(node, right);
  if (!a || !b || a->size() != 2 || b->size() != 2) return std::nullopt;
  return std::vector<uint64_t>{(*a)[node.integer("transA", 0) != 0 ? 1 : 0],
                               (*b)[node.integer("transB", 0) != 0 ? 0 : 1]};
}

OnnxShapes::Shape OnnxShapes::broadcast_shape(const OnnxNode& node, size_t left, size_t right) const {
  const Shape a = input(node, left), b = input(node, right);
  if (!a || !b) return std::nullopt;
  std::vector<uint64_t> out = a->size() >= b->size() ? *a : *b;
  const std::vector<uint64_t>& other = a->size() >= b->size() ? *b : *a;
  for (size_t i = 0; i < other.size(); ++i) {
    uint64_t& side = out[out.size() - other.size() + i];
    side = side == 1 ? other[i] : side;
  }
  return out;
}

// 0 takes the input's side over, -1 what is left.
OnnxShapes::Shape OnnxShapes::reshaped(const OnnxNode& node) const {
  const Shape in = input(node, 0);
  const auto wanted = listed(node, "shape", 1);
  if (!in || !wanted || wanted->empty()) return std::nullopt;
  std::vector<uint64_t> out;
  std::optional<size_t> open;
  for (size_t i = 0; i < wanted->size(); ++i) {
    const int64_t side = (*wanted)[i];
    if (side < -1 || (side == 0 && i >= in->size())) return std::nullopt;
    if (side == -1) open = i;
    out.push_back(side == -1 ? 1 : side == 0 ? (*in)[i] : static_cast<uint64_t>(side));
  }
  const uint64_t known = product(out), all = product(*in);
  if (known == 0 || all % known != 0 || (!open && all != known)) return std::nullopt;
  if (open) out[*open] = all / known;
  return out;
}

OnnxShapes::Shape OnnxShapes::flattened(const OnnxNode& node) const {
  const Shape in = input(node, 0);
  const auto axis = in ? axis_of(node.integer("axis", 1), in->size() + 1) : std::nullopt;
  if (!axis) return std::nullopt;
  const auto at = static_cast<ptrdiff_t>(*axis);
  return std::vector<uint64_t>{product({in->begin(), in->begin() + at}),
                               product({in->begin() + at, in->end()})};
}

OnnxShapes::Shape OnnxShapes::transposed(const OnnxNode& node) const {
  const Shape in = input(node, 0);
  if (!in) return std::nullopt;
  const std::vector<int64_t> order = node.integers("perm");
  std::vector<uint64_t> out(in->rbegin(), in->rend());
  if (order.empty()) return out;
  if (order.size() != in->size()) return std::nullopt;
  for (size_t i = 0; i < order.size(); ++i) {
    const auto axis = axis_of(order[i], in->size());
    if (!axis) return std::nullopt;
    out[i] = (*in)[*axis];
  }
  return out;
}

OnnxShapes::Shape OnnxShapes::concatenated(const OnnxNode& node) const {
  Shape out = input(node, 0);
  const auto axis = out ? axis_of(node.integer("axis", 0), out->size()) : std::nullopt;
  if (!axis) return std::nullopt;
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    const Shape next = input(node, i);
    if (!next || next->size() != out->size()) return std::nullopt;
    (*out)[*axis] += (*next)[*axis];
  }
  return out;
}

OnnxShapes::Shape OnnxShapes::reduced(const OnnxNode& node) const {
  const Shape in = input(node, 0);
  const auto axes = listed(node, "axes", 1);
  if (!in || !axes) return std::nullopt;
  std::vector<bool> gone(in->size(), axes->empty());
  for (const int64_t each : *axes) {
    const auto axis = axis_of(each, in->size());
    if (!axis) return std::nullopt;
    gone[*axis] = true;
  }
  std::vector<uint64_t> out;
  for (size_t i = 0; i < in->size(); ++i) {
    if (!gone[i]) out.push_back((*in)[i]);
    if (gone[i] && node.integer("keepdims", 1) != 0) out.push_back(1);
  }
  return out;
}

OnnxShapes::Shape OnnxShapes::squeezed(const OnnxNode& node, bool un) const {
  const Shape in = input(node, 0);
  const auto axes = listed(node, "axes", 1);
  if (!in || !axes || (un && axes->empty())) return std::nullopt;
  const size_t rank = in->size() + (un ? axes->size() : 0);
  std::vector<bool> chosen(rank, false);
  for (const int64_t each : *axes) {
    const auto axis = axis_of(each, rank);
    if (!axis) return std::nullopt;
    chosen[*axis] = true;
  }
  std::vector<uint64_t> out;
  size_t from = 0;
  for (size_t i = 0; i < rank; ++i) {
    if (un && chosen[i]) {
      out.push_back(1);
      continue;
    }
    if (from >= in->size()) return std::nullopt;
    const uint64_t side = (*in)[from++];
    const bool dropped = !un && (axes->empty() ? side == 1 : chosen[i]);
    if (!dropped) out.push_back(side);
  }
  return out;
}

OnnxShapes::Shape OnnxShapes::padded(const OnnxNode& node) const {
  Shape out = input(node, 0);
  const auto pads = listed(node, "pads", 1);
  if (!out || !pads || pads->size() != 2 * out->size()) return std::nullopt;
  for (size_t i = 0; i < out->size(); ++i) {
    const int64_t before = (*pads)[i], after = (*pads)[i + out->size()];
    if (before < 0 || after < 0) return std::nullopt;
    (*out)[i] += static_cast<uint64_t>(before) + static_cast<uint64_t>(after);
  }
  return out;
}

}  // namespace nonzero::network
