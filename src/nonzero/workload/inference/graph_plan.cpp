#include "nonzero/workload/inference/graph_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "nonzero/base/error.h"

namespace nonzero::inference {
namespace {

double identity(double value) { return value; }
double sigmoid(double value) { return 1 / (1 + std::exp(-value)); }
double hyperbolic_tangent(double value) { return std::tanh(value); }
double relu(double value) { return std::max(value, 0.0); }
double relu_one(double value) { return std::clamp(value, -1.0, 1.0); }
double relu_six(double value) { return std::clamp(value, 0.0, 6.0); }

class GraphPlanner {
 public:
  explicit GraphPlanner(const IntegerNetwork& network) : network_(network), graph_(*network.graph) {}

  Plan plan() {
    take_tensors();
    plan_.input = only(graph_.inputs, "input of the network");
    made_.assign(plan_.tensors.size(), false);
    made_[plan_.input] = true;
    for (at_ = 0; at_ < graph_.operators.size(); ++at_) add_step();
    plan_.output = only(graph_.outputs, "output of the network");
    plan_.logits = logits_before(plan_.output);
    return std::move(plan_);
  }

 private:
  using Make = Kernel (GraphPlanner::*)();

  [[nodiscard]] const TfliteOperator& op() const { return graph_.operators[at_]; }

  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed = "") const {
    throw InputError(fmt::format("operator {} ({}): {}", at_, op().name, problem), allowed,
                     {graph_.source, 0});
  }

  uint64_t only(const std::vector<int>& tensors, const char* what) const {
    if (tensors.size() != 1 || tensors[0] < 0)
      throw InputError(fmt::format("{} tensors as {}", tensors.size(), what), "allowed: one",
                       {graph_.source, 0});
    return static_cast<uint64_t>(tensors[0]);
  }

  void take_tensors() {
    plan_.tensors.reserve(graph_.tensors.size());
    for (const TfliteTensor& tensor : graph_.tensors) {
      PlanTensor taken{tensor.name, tensor.shape, tensor.elements(), {}};
      if (!tensor.scales.empty()) taken.quantisation.scale = static_cast<double>(tensor.scales[0]);
      if (!tensor.zero_points.empty())
        taken.quantisation.zero_point =
            static_cast<int32_t>(tensor.zero_points[0] - (tensor.type == TfliteType::kUint8 ? 128 : 0));
      plan_.tensors.push_back(std::move(taken));
    }
    check_size();
    lend_codes_to_float_ends();
  }

  // A file may claim any shape for what it does not hold.
  void check_size() const {
    constexpr uint64_t kMost = uint64_t{1} << 30U;
    uint64_t all = 0;
    for (size_t t = 0; t < plan_.tensors.size(); ++t) {
      if (graph_.tensors[t].constant()) continue;
      all += std::min(plan_.tensors[t].elements, kMost + 1);
      if (all > kMost)
        throw InputError(
            fmt::format("tensors up to '{}' of {} elements for one input", plan_.tensors[t].name, all),
            fmt::format("allowed: {} in all", kMost), {graph_.source, 0});
    }
  }

  // Where a network takes and gives floats and converts them itself, its ends run on the codes inside.
  void lend_codes_to_float_ends() {
    for (const TfliteOperator& each : graph_.operators) {
      if (each.inputs.empty() || each.outputs.empty() || each.inputs[0] < 0) continue;
      const auto from = static_cast<uint64_t>(each.inputs[0]), to = static_cast<uint64_t>(each.outputs[0]);
      if (each.name == "QUANTIZE" && graph_.tensors[from].type == TfliteType::kFloat32)
        plan_.tensors[from].quantisation = plan_.tensors[to].quantisation;
      if (each.name == "DEQUANTIZE") plan_.tensors[to].quantisation = plan_.tensors[from].quantisation;
    }
  }

  void add_step() {
    static const std::map<std::string, Make> kMakes = {{"CONV_2D", &GraphPlanner::layer},
                                                       {"DEPTHWISE_CONV_2D", &GraphPlanner::layer},
                                                       {"FULLY_CONNECTED", &GraphPlanner::layer},
                                                       {"ADD", &GraphPlanner::add},
                                                       {"AVERAGE_POOL_2D", &GraphPlanner::pool},
                                                       {"MAX_POOL_2D", &GraphPlanner::pool},
                                                       {"MEAN", &GraphPlanner::mean},
                                                       {"RESHAPE", &GraphPlanner::copy},
                                                       {"SQUEEZE", &GraphPlanner::copy},
                                                       {"EXPAND_DIMS", &GraphPlanner::copy},
                                                       {"PAD", &GraphPlanner::pad},
                                                       {"SOFTMAX", &GraphPlanner::softmax},
                                                       {"CONCATENATION", &GraphPlanner::concatenation},
                                                       {"LOGISTIC", &GraphPlanner::table<sigmoid>},
                                                       {"TANH", &GraphPlanner::table<hyperbolic_tangent>},
                                                       {"RELU", &GraphPlanner::table<relu>},
                                                       {"RELU_N1_TO_1", &GraphPlanner::table<relu_one>},
                                                       {"RELU6", &GraphPlanner::table<relu_six>},
                                                       {"QUANTIZE", &GraphPlanner::table<identity>},
                                                       {"DEQUANTIZE", &GraphPlanner::table<identity>}};
    const auto make = kMakes.find(op().name);
    if (make == kMakes.end()) {
      std::vector<std::string> names;
      for (const auto& [name, maker] : kMakes) names.push_back(name);
      refuse("cannot run on int8 codes", fmt::format("allowed: {}", fmt::join(names, ", ")));
    }
    if (op().outputs.size() != 1) refuse(fmt::format("{} outputs", op().outputs.size()), "allowed: one");
    if (op().inputs.empty()) refuse("no input");
    layer_.reset();
    activation_ = fused_activation();
    inputs_ = {0};
    output_ = static_cast<uint64_t>(op().outputs[0]);
    Kernel kernel = (this->*make->second)();
    std::vector<uint64_t> inputs;
    inputs.reserve(inputs_.size());
    for (const size_t slot : inputs_) inputs.push_back(codes(slot));
    check_codes(output_);
    if (made_[output_]) refuse(fmt::format("tensor '{}' is written twice", output().name));
    made_[output_] = true;
    plan_.steps.push_back({op().name, std::move(inputs), output_, layer_, activation_, std::move(kernel)});
  }

  [[nodiscard]] Activation fused_activation() const {
    const int code = op().options.activation;
    if (code < 0 || code > 3) refuse(fmt::format("fused activation {}", code), "allowed: 0, 1, 2, 3");
    constexpr Activation kAll[] = {Activation::kNone, Activation::kRelu, Activation::kReluOne,
                                   Activation::kReluSix};
    return kAll[code];
  }

  // The tensor of that input, which must be computed, not constant.
  [[nodiscard]] uint64_t codes(size_t slot) const {
    if (slot >= op().inputs.size() || op().inputs[slot] < 0) refuse(fmt::format("no input {}", slot));
    const auto tensor = static_cast<uint64_t>(op().inputs[slot]);
    if (graph_.tensors[tensor].constant())
      refuse(fmt::format("input {} is constant", slot), "allowed: one that the network computes");
    check_codes(tensor);
    if (!made_[tensor])
      refuse(fmt::format("tensor '{}' is read before it is computed", graph_.tensors[tensor].name));
    return tensor;
  }
  void check_codes(uint64_t tensor) const {
    const TfliteType type = graph_.tensors[tensor].type;
    const bool end = type == TfliteType::kFloat32 && (op().name == "QUANTIZE" || op().name == "DEQUANTIZE");
    if (type != TfliteType::kInt8 && type != TfliteType::kUint8 && !end)
      refuse(fmt::format("tensor '{}' is not int8 or uint8", graph_.tensors[tensor].name));
    const Quantisation& codes = plan_.tensors[tensor].quantisation;
    const bool quantised = end || !graph_.tensors[tensor].scales.empty();
    if (!quantised || !(codes.scale > 0) || !std::isfinite(codes.scale) || codes.zero_point < -128 ||
        codes.zero_point > 127)
      refuse(fmt::format("tensor '{}' has scale {} and a zero point of {}", graph_.tensors[tensor].name,
                         quantised ? codes.scale : 0, codes.zero_point),
             "allowed: a scale above 0, and a zero point among the codes");
  }
  [[nodiscard]] const PlanTensor& input(size_t slot = 0) const { return plan_.tensors[codes(slot)]; }
  [[nodiscard]] const PlanTensor& output() const { return plan_.tensors[output_]; }

  // [H, W, C] of a tensor with a batch of one.
  std::array<uint64_t, 3> image(const PlanTensor& tensor) const {
    if (tensor.shape.size() != 4 || tensor.shape[0] != 1 || tensor.elements == 0)
      refuse(fmt::format("tensor '{}' of shape {}", tensor.name, fmt::join(tensor.shape, " x ")),
             "allowed: 1 x H x W x C");
    return {tensor.shape[1], tensor.shape[2], tensor.shape[3]};
  }

  void same_elements() const {
    if (input().elements != output().elements)
      refuse(fmt::format("{} elements become {}", input().elements, output().elements));
  }

  std::vector<int64_t> constant(size_t slot) const {
    if (slot >= op().inputs.size() || op().inputs[slot] < 0) refuse(fmt::format("no input {}", slot));
    const TfliteTensor& tensor = graph_.tensors[static_cast<size_t>(op().inputs[slot])];
    if (tensor.type != TfliteType::kInt32 || !tensor.constant())
      refuse(fmt::format("input {} is no int32 constant", slot));
    const std::string_view bytes = graph_.data(tensor);
    std::vector<int64_t> values;
    values.reserve(bytes.size() / 4);
    for (size_t at = 0; at + 4 <= bytes.size(); at += 4) {
      int32_t value = 0;
      std::memcpy(&value, bytes.data() + at, sizeof value);
      values.push_back(value);
    }
    return values;
  }

  Kernel layer() {
    const auto found = std::find(network_.operators.begin(), network_.operators.end(), at_);
    if (found == network_.operators.end()) refuse("its weights are no layer of the network");
    layer_ = static_cast<uint64_t>(found - network_.operators.begin());
    IntegerLayer placed = network_.layers[*layer_];
    if (placed.shape.inputs() != input().elements || placed.shape.outputs() != output().elements)
      refuse(fmt::format("its input has {} elements and its output {}", input().elements, output().elements),
             fmt::format("expected: {} and {}", placed.shape.inputs(), placed.shape.outputs()));
    placed.input = input().quantisation;
    placed.output = output().quantisation;
    return ConvolutionKernel(placed, placed.weights, activation_);
  }

  Kernel add() {
    inputs_ = {0, 1};
    if (input(0).elements != output().elements || input(1).elements != output().elements)
      refuse(fmt::format("{} and {} elements", input(0).elements, input(1).elements),
             "allowed: tensors of one shape");
    return AddKernel(input(0).quantisation, input(1).quantisation, output().quantisation, activation_,
                     output().elements);
  }

  Kernel pool_of(const PoolShape& shape, PoolKind kind) const {
    return PoolKernel(shape, kind, input().quantisation, output().quantisation, activation_);
  }

  Kernel pool() {
    const auto [h, w, c] = image(input());
    const auto [oy, ox, channels] = image(output());
    const TfliteOptions& options = op().options;
    if (options.filter_y < 1 || options.filter_x < 1 || options.stride_y < 1 || options.stride_x < 1)
      refuse("a filter or stride below 1");
    const PoolShape shape = pool_shape(options, h, w, c, oy, ox);
    const auto within = [](uint64_t size, uint64_t out, uint64_t stride, uint64_t pad) {
      return out > 0 && (out - 1) * stride < size + pad;
    };
    if (channels != c || !within(h, oy, shape.stride_y, shape.pad_top) ||
        !within(w, ox, shape.stride_x, shape.pad_left))
      refuse("its output does not fit its input");
    return pool_of(shape, op().name == "MAX_POOL_2D" ? PoolKind::kMaximum : PoolKind::kAverage);
  }

  Kernel mean() {
    const auto [h, w, c] = image(input());
    std::vector<int64_t> axes = constant(1);
    for (int64_t& axis : axes)
      if (axis < 0) axis += 4;
    std::sort(axes.begin(), axes.end());
    if (axes != std::vector<int64_t>{1, 2} || output().elements != c)
      refuse(fmt::format("over the axes {}", fmt::join(axes, ", ")), "allowed: height and width, 1 and 2");
    return pool_of({h, w, c, 1, 1, h, w, 1, 1, 0, 0}, PoolKind::kAverage);
  }

  void same_quantisation() const {
    const Quantisation &in = input().quantisation, &out = output().quantisation;
    if (in.scale != out.scale || in.zero_point != out.zero_point)
      refuse(fmt::format("codes of scale {} and zero point {} become those of scale {} and {}", in.scale,
                         in.zero_point, out.scale, out.zero_point),
             "allowed: the same");
  }

  Kernel copy() {
    same_elements();
    same_quantisation();
    return CopyKernel{output().elements};
  }

  Kernel pad() {
    const auto [h, w, c] = image(input());
    const auto [oy, ox, channels] = image(output());
    same_quantisation();
    const std::vector<int64_t> borders = constant(1);
    const bool four = borders.size() == 8;
    if (!four || std::any_of(borders.begin(), borders.end(), [](int64_t border) { return border < 0; }) ||
        borders[0] + borders[1] + borders[6] + borders[7] != 0)
      refuse(fmt::format("paddings {}", fmt::join(borders, " ")), "allowed: of height and width");
    const auto top = static_cast<uint64_t>(borders[2]), left = static_cast<uint64_t>(borders[4]);
    if (h + top + static_cast<uint64_t>(borders[3]) != oy || channels != c ||
        w + left + static_cast<uint64_t>(borders[5]) != ox)
      refuse("its output does not fit its input");
    return PadKernel{h, w, c, top, left, oy, ox, static_cast<int8_t>(input().quantisation.zero_point)};
  }

  Kernel softmax() {
    same_elements();
    const uint64_t depth = output().shape.empty() ? 1 : output().shape.back();
    if (depth == 0) refuse("an empty row");
    return SoftmaxKernel(input().quantisation, output().quantisation, static_cast<double>(op().options.beta),
                         output().elements / depth, depth);
  }

  Kernel concatenation() {
    const auto rank = static_cast<int>(output().shape.size());
    const int axis = op().options.axis < 0 ? op().options.axis + rank : op().options.axis;
    if (axis < 0 || axis >= rank) refuse(fmt::format("axis {}", op().options.axis));
    const auto dimension = static_cast<size_t>(axis);
    uint64_t rows = 1;
    for (size_t d = 0; d < dimension; ++d) rows *= output().shape[d];
    inputs_.clear();
    std::vector<Quantisation> quantisations;
    std::vector<uint64_t> columns;
    for (size_t slot = 0; slot < op().inputs.size(); ++slot) {
      inputs_.push_back(slot);
      quantisations.push_back(input(slot).quantisation);
      columns.push_back(rows == 0 ? 0 : input(slot).elements / rows);
    }
    uint64_t sum = 0;
    for (const uint64_t part : columns) sum += part * rows;
    if (sum != output().elements) refuse("its output does not fit its inputs");
    return ConcatenationKernel(quantisations, columns, output().quantisation, rows);
  }

  template <double (*kFunction)(double)>
  Kernel table() {
    same_elements();
    return TableKernel(input().quantisation, output().quantisation, kFunction, output().elements);
  }

  // A last softmax keeps the order of its inputs; a last conversion or reshape their number.
  [[nodiscard]] uint64_t logits_before(uint64_t tensor) const {
    for (auto step = plan_.steps.rbegin(); step != plan_.steps.rend(); ++step) {
      if (step->output != tensor) continue;
      const bool passes = step->name == "SOFTMAX" || step->name == "RESHAPE" || step->name == "DEQUANTIZE";
      if (!passes) return tensor;
      tensor = step->inputs[0];
    }
    return tensor;
  }

  const IntegerNetwork& network_;
  const TfliteModel& graph_;
  Plan plan_;
  std::vector<bool> made_;  // tensors that exist by now
  size_t at_ = 0;
  std::vector<size_t> inputs_;
  uint64_t output_ = 0;
  std::optional<uint64_t> layer_;
  Activation activation_ = Activation::kNone;
};

}  // namespace

Plan plan_of_graph(const IntegerNetwork& network) { return GraphPlanner(network).plan(); }

PoolShape pool_shape(const TfliteOptions& options, uint64_t h, uint64_t w, uint64_t c, uint64_t oy,
                     uint64_t ox) {
  PoolShape shape{h, w, c, oy, ox};
  shape.fy = static_cast<uint64_t>(options.filter_y);
  shape.fx = static_cast<uint64_t>(options.filter_x);
  shape.stride_y = static_cast<uint64_t>(options.stride_y);
  shape.stride_x = static_cast<uint64_t>(options.stride_x);
  // What SAME puts before the first row or column; the larger half goes behind.
  const auto before = [&](uint64_t size, uint64_t out, uint64_t filter, uint64_t stride) {
    const uint64_t reach = (out - 1) * stride + filter;
    return options.same_padding && reach > size ? (reach - size) / 2 : 0;
  };
  shape.pad_top = before(h, oy, shape.fy, shape.stride_y);
  shape.pad_left = before(w, ox, shape.fx, shape.stride_x);
  return shape;
}

}  // namespace nonzero::inference
