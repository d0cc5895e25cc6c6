#include "nonzero/workload/network_tflite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/io/npy.h"

namespace nonzero::network {
namespace {

constexpr size_t kNoBias = ~size_t{0};  // a slot that no operator has

// Inputs of an operator that are matrices of a product, each [K, C]. `recurrent` ones multiply the operator's
// own output of the step before.
struct MatrixSlots {
  std::string_view name;
  std::vector<size_t> slots, recurrent;
};

const std::vector<MatrixSlots>& matrix_slots() {
  static const std::vector<MatrixSlots> all = {
      {"FULLY_CONNECTED", {1}, {}},
      {"SVDF", {1}, {}},
      {"RNN", {1}, {2}},
      {"UNIDIRECTIONAL_SEQUENCE_RNN", {1}, {2}},
      {"BIDIRECTIONAL_SEQUENCE_RNN", {1, 5}, {2, 6}},
      {"LSTM", {1, 2, 3, 4}, {5, 6, 7, 8}},
      {"UNIDIRECTIONAL_SEQUENCE_LSTM", {1, 2, 3, 4}, {5, 6, 7, 8}},
      {"BIDIRECTIONAL_SEQUENCE_LSTM", {1, 2, 3, 4, 18, 19, 20, 21}, {5, 6, 7, 8, 22, 23, 24, 25}}};
  return all;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

template <class Number>
std::vector<Number> numbers(std::string_view bytes) {
  std::vector<Number> values(bytes.size() / sizeof(Number));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(Number));
  return values;
}

// The window of a convolution along one axis.
struct Axis {
  uint64_t in, out, kernel, stride, dilation;

  // What TensorFlow's padding makes of the input.
  [[nodiscard]] uint64_t expected(bool same) const {
    const uint64_t extent = (kernel - 1) * dilation + 1;
    if (same) return ceil_div(in, stride);
    return in < extent ? 0 : (in - extent) / stride + 1;
  }
};

class Reader {
 public:
  Reader(NetworkBuilder& builder, const TfliteModel& model) : builder_(builder), model_(model) {
    dequantised_.assign(model.tensors.size(), -1);
    for (const TfliteOperator& op : model.operators)
      if (op.name == "DEQUANTIZE" && !op.inputs.empty() && op.inputs[0] >= 0 && !op.outputs.empty())
        dequantised_[static_cast<size_t>(op.outputs[0])] = op.inputs[0];
  }

  void read() {
    for (index_ = 0; index_ < model_.operators.size(); ++index_) {
      op_ = &model_.operators[index_];
      if (op_->name.starts_with("CUSTOM ") || op_->name.starts_with("#"))
        refuse("nonzero does not know it", "operators of TensorFlow Lite up to code 161");
      if (op_->name == "CONV_2D" || op_->name == "DEPTHWISE_CONV_2D") add_convolution();
      if (op_->name == "BATCH_MATMUL") add_matrix_product();
      if (op_->name == "TRANSPOSE_CONV" || op_->name.starts_with("CONV_3D"))
        builder_.warn(
            fmt::format("{}: operator {} {} is left out: its loops are no convolution's in two dimensions",
                        model_.source, index_, op_->name));
      for (const MatrixSlots& known : matrix_slots())
        if (op_->name == known.name) add_matrices(known);
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed) const {
    throw InputError(fmt::format("operator {} {}: {}", index_, op_->name, problem),
                     allowed.empty() ? "" : "allowed: " + allowed, {model_.source, 0});
  }

  // Nothing where the operator leaves the slot out.
  [[nodiscard]] const TfliteTensor* tensor(const std::vector<int>& slots, size_t slot) const {
    if (slot >= slots.size() || slots[slot] < 0) return nullptr;
    return &model_.tensors[static_cast<size_t>(slots[slot])];
  }
  [[nodiscard]] const TfliteTensor& required(const std::vector<int>& slots, size_t slot,
                                             const char* what) const {
    const TfliteTensor* found = tensor(slots, slot);
    if (found == nullptr) refuse(fmt::format("no {}", what), "");
    return *found;
  }
  // The constant behind a slot, also where it is dequantised first (weights stored in fewer bits).
  [[nodiscard]] const TfliteTensor* constant(size_t slot) const {
    const TfliteTensor* found = tensor(op_->inputs, slot);
    if (found == nullptr || found->constant()) return found;
    const int source = dequantised_[static_cast<size_t>(op_->inputs[slot])];
    if (source < 0) return nullptr;
    const TfliteTensor& stored = model_.tensors[static_cast<size_t>(source)];
    return stored.constant() ? &stored : nullptr;
  }

  [[nodiscard]] StoredWeights weights_of(const TfliteTensor& tensor) const {
    const std::string_view bytes = model_.data(tensor);
    switch (tensor.type) {
      case TfliteType::kInt8:
        return numbers<int8_t>(bytes);
      case TfliteType::kUint8:
        return numbers<uint8_t>(bytes);
      case TfliteType::kFloat32:
      case TfliteType::kFloat16: {
        const char* type = tensor.type == TfliteType::kFloat16 ? "<f2" : "<f4";
        return to_floats(NpyArray{{tensor.elements()}, type, false, std::string(bytes)}, model_.source);
      }
      default:
        refuse(fmt::format("weights of type {} in tensor '{}'", static_cast<int>(tensor.type), tensor.name),
               "int8, uint8, float16, float32");
    }
  }

  [[nodiscard]] Quantisation quantisation_of(const TfliteTensor& tensor) const {
    if (tensor.type == TfliteType::kInt16 && tensor.scales.size() == 1)
      refuse(fmt::format("activation '{}' of 16 bits", tensor.name), "int8, uint8, float32");
    Quantisation found;
    if (tensor.scales.empty()) return found;
    found.scale = static_cast<double>(tensor.scales[0]);
    found.zero_point = tensor.zero_points.empty() ? 0 : static_cast<int32_t>(tensor.zero_points[0]);
    return tensor.type == TfliteType::kUint8 ? shifted_from_uint8(found) : found;
  }

  [[nodiscard]] std::string activation() const {
    static const char* const names[] = {"", "relu", "relu -1..1", "relu6", "tanh", "sign"};
    return names[op_->options.activation];
  }

  // A layer of this operator without its loop bounds; `suffix` tells an operator's matrices apart.
  [[nodiscard]] StoredLayer layer_of(const TfliteTensor& weights, const std::string& suffix) const {
    StoredLayer stored;
    stored.layer.name = fmt::format("{:02}_{}{}", builder_.layers(), lower(op_->name), suffix);
    stored.layer.source = fmt::format("{}, tensor '{}'", model_.source, weights.name);
    stored.weights = weights_of(weights);
    stored.scales.assign(weights.scales.begin(), weights.scales.end());
    stored.zero_points = weights.zero_points;
    return stored;
  }

  void take_bias(size_t slot, StoredLayer& stored) const {
    const TfliteTensor* bias = tensor(op_->inputs, slot);
    if (bias == nullptr || !bias->constant() || bias->type != TfliteType::kInt32) return;
    for (const float scale : bias->scales)
      if (!std::isfinite(scale) || scale <= 0)
        refuse(fmt::format("scale {} of bias '{}'", scale, bias->name), "finite and above 0");
    stored.bias = numbers<int32_t>(model_.data(*bias));
  }

  // A per-channel scale runs along the channels out.
  void check_dimension(const TfliteTensor& weights, uint64_t channels_out) const {
    if (weights.scales.size() > 1 && weights.quantized_dimension != channels_out)
      refuse(fmt::format("scales along dimension {} of its weights", weights.quantized_dimension),
             fmt::format("{}, the channels out", channels_out));
  }

  void set_axes(const Axis& y, const Axis& x, IntegerLayerShape& s) const {
    const bool same = op_->options.same_padding;
    for (const Axis& axis : {y, x})
      if (axis.out == 0 || axis.out != axis.expected(same))
        refuse(fmt::format("{} outputs of {} inputs, {} taps and stride {}", axis.out, axis.in, axis.kernel,
                           axis.stride),
               fmt::format("{}, by padding {}", axis.expected(same), same ? "SAME" : "VALID"));
    s.fy = y.kernel;
    s.fx = x.kernel;
    s.stride_y = y.stride;
    s.stride_x = x.stride;
    s.dilation_y = y.dilation;
    s.dilation_x = x.dilation;
    s.h = y.in;
    s.w = x.in;
    s.oy = y.out;
    s.ox = x.out;
    if (!same) return;
    s.pad_top = same_padding_before(y.in, y.out, y.kernel, y.stride, y.dilation);
    s.pad_left = same_padding_before(x.in, x.out, x.kernel, x.stride, x.dilation);
  }

  void add_convolution() {
    const bool depthwise = op_->name == "DEPTHWISE_CONV_2D";
    const TfliteTensor* weights = constant(1);
    const TfliteTensor& in = required(op_->inputs, 0, "input");
    const TfliteTensor& out = required(op_->outputs, 0, "output");
    if (weights == nullptr) refuse("weights that are computed", "constant ones");
    for (const TfliteTensor* each : {weights, &in, &out})
      if (each->shape.size() != 4 || each->elements() == 0)
        refuse(fmt::format("shape [{}]", fmt::join(each->shape, ", ")), "four sides, none of 0");
    const std::vector<uint64_t>& f = weights->shape;
    const uint64_t k = depthwise ? f[3] : f[0], c = in.shape[3];
    if (out.shape[3] != k || (depthwise ? f[0] != 1 || k % c != 0 : f[3] != c) || in.shape[0] != out.shape[0])
      refuse(fmt::format("weights [{}] between [{}] and [{}]", fmt::join(f, ", "), fmt::join(in.shape, ", "),
                         fmt::join(out.shape, ", ")),
             depthwise ? "[1, FY, FX, K], K a multiple of C" : "[K, FY, FX, C]");
    check_dimension(*weights, depthwise ? 3 : 0);
    StoredLayer stored = layer_of(*weights, "");
    stored.weights = depthwise ? transposed(stored.weights, 1, f[1] * f[2], k)
                               : transposed(stored.weights, k, f[1] * f[2], c);
    IntegerLayerShape& s = stored.layer.shape;
    s.kind = depthwise ? LayerKind::kDepthwise : LayerKind::kConv;
    s.k = k;
    s.c = depthwise ? 1 : c;
    s.multiplier = depthwise ? k / c : 1;
    const TfliteOptions& o = op_->options;
    const auto whole = [](int value) { return static_cast<uint64_t>(value); };
    set_axes({in.shape[1], out.shape[1], f[1], whole(o.stride_y), whole(o.dilation_y)},
             {in.shape[2], out.shape[2], f[2], whole(o.stride_x), whole(o.dilation_x)}, s);
    stored.layer.repeat = in.shape[0];
    add(std::move(stored), in, out, 2);
  }

  // Tensors stand for what the layer reads and writes; `bias` is its slot.
  void add(StoredLayer stored, const TfliteTensor& in, const TfliteTensor& out, size_t bias) {
    take_bias(bias, stored);
    stored.layer.input = quantisation_of(in);
    stored.layer.output = quantisation_of(out);
    stored.layer.activation = activation();
    builder_.add(std::move(stored), index_);
  }

  [[nodiscard]] uint64_t tokens(const TfliteTensor& in, uint64_t c) const {
    if (c == 0 || in.elements() == 0 || in.elements() % c != 0)
      refuse(fmt::format("an input [{}] of vectors of {}", fmt::join(in.shape, ", "), c), "a multiple");
    return in.elements() / c;
  }

  // Weights [K, C], for as many positions as `in` has vectors of `width`.
  [[nodiscard]] StoredLayer linear_of(const TfliteTensor& weights, const std::string& suffix,
                                      const TfliteTensor& in, std::optional<uint64_t> width = std::nullopt) {
    if (weights.shape.size() != 2)
      refuse(fmt::format("weights [{}]", fmt::join(weights.shape, ", ")), "[K, C]");
    check_dimension(weights, 0);
    StoredLayer stored = layer_of(weights, suffix);
    IntegerLayerShape& s = stored.layer.shape;
    s.kind = LayerKind::kLinear;
    s.k = weights.shape[0];
    s.c = weights.shape[1];
    s.w = s.ox = tokens(in, width.value_or(s.c));
    return stored;
  }

  void add_linear(const TfliteTensor& weights, const std::string& suffix, const TfliteTensor& in,
                  const TfliteTensor& out, size_t bias) {
    add(linear_of(weights, suffix, in), in, out, bias);
  }

  void add_matrices(const MatrixSlots& known) {
    const TfliteTensor& in = required(op_->inputs, 0, "input");
    const TfliteTensor& out = required(op_->outputs, 0, "output");
    const bool several = known.slots.size() + known.recurrent.size() > 1;
    const auto suffix = [&](size_t slot) { return several ? fmt::format("_in{}", slot) : std::string(); };
    for (const size_t slot : known.slots)
      if (const TfliteTensor* weights = constant(slot))
        add_linear(*weights, suffix(slot), in, out, several ? kNoBias : 2);
    for (const size_t slot : known.recurrent)
      if (const TfliteTensor* weights = constant(slot)) add_recurrent(*weights, suffix(slot), in, out);
  }

  // One product a step: as many as the input has positions.
  void add_recurrent(const TfliteTensor& weights, const std::string& suffix, const TfliteTensor& in,
                     const TfliteTensor& out) {
    add(linear_of(weights, suffix, in, in.shape.empty() ? 0 : in.shape.back()), out, out, kNoBias);
  }

  // y = x * W with W [C, K], or [K, C] where it is adjoint; W * x with W [K, C].
  void add_matrix_product() {
    const TfliteTensor *left = constant(0), *right = constant(1);
    if ((left == nullptr) == (right == nullptr)) return;  // attention: both are computed
    const TfliteTensor& weights = left != nullptr ? *left : *right;
    const std::vector<uint64_t>& shape = weights.shape;
    const bool matrix = shape.size() >= 2 &&
                        std::all_of(shape.begin(), shape.end() - 2, [](uint64_t side) { return side == 1; });
    if (!matrix || weights.elements() == 0) {
      builder_.warn(fmt::format("{}: operator {} {} is left out: its constant [{}] is no single matrix",
                                model_.source, index_, op_->name, fmt::join(shape, ", ")));
      return;
    }
    const uint64_t rows = shape[shape.size() - 2], columns = shape.back();
    const bool as_rows = left != nullptr ? !op_->options.adjoint_x : op_->options.adjoint_y;
    if (weights.scales.size() > 1 && weights.quantized_dimension != shape.size() - (as_rows ? 2 : 1))
      refuse(fmt::format("scales along dimension {} of its weights", weights.quantized_dimension),
             "the channels out");
    StoredLayer stored = layer_of(weights, "");
    if (!as_rows) stored.weights = transposed(stored.weights, 1, rows, columns);
    IntegerLayerShape& s = stored.layer.shape;
    s.kind = LayerKind::kLinear;
    s.k = as_rows ? rows : columns;
    s.c = as_rows ? columns : rows;
    const TfliteTensor& in = required(op_->inputs, left != nullptr ? 1 : 0, "input");
    s.w = s.ox = tokens(in, s.c);
    add(std::move(stored), in, required(op_->outputs, 0, "output"), kNoBias);
  }

  NetworkBuilder& builder_;
  const TfliteModel& model_;
  std::vector<int> dequantised_;  // by tensor: the constant it is made of, or -1
  const TfliteOperator* op_ = nullptr;
  uint64_t index_ = 0;
};

}  // namespace

void add_layers(NetworkBuilder& builder, const TfliteModel& model) { Reader(builder, model).read(); }

}  // namespace nonzero::network
