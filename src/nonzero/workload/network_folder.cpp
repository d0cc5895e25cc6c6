#include "nonzero/workload/network_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::network {
namespace {

template <class Code>
std::vector<Code> codes(const NpyArray& array) {
  std::vector<Code> values(array.bytes.size());
  if (!values.empty()) std::memcpy(values.data(), array.bytes.data(), values.size());
  return values;
}

StoredWeights weights_of(const NpyArray& array, const std::string& source) {
  if (array.type[1] == 'i') return codes<int8_t>(array);
  if (array.type[1] == 'u') return codes<uint8_t>(array);
  return to_floats(array, source);
}

class Converter {
 public:
  Converter(const IntegerFolder& folder, const FolderLayer& from)
      : folder_(folder), from_(from), source_(fmt::format("{}/{}", folder.path, from.file)) {}

  [[nodiscard]] StoredLayer convert() const {
    StoredLayer stored;
    IntegerLayer& layer = stored.layer;
    layer.name = from_.name;
    layer.source = source_;
    layer.activation = from_.activation;
    layer.repeat = from_.repeat;
    stored.weights = weights_of(from_.weights, source_);
    stored.scales = from_.scales;
    stored.zero_points = from_.zero_points;
    stored.bias = from_.bias;
    set_quantisation(layer);
    if (from_.type == FolderLayerType::kLinear)
      set_linear(layer.shape);
    else if (folder_.order == FolderOrder::kChannelsFirst)
      set_own(layer.shape);
    else
      set_tflite(stored);
    return stored;
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, const std::string& allowed) const {
    throw InputError(fmt::format("layer '{}': {}", from_.name, problem), "allowed: " + allowed, {source_, 0});
  }

  [[nodiscard]] Quantisation quantisation(const std::optional<FolderQuantisation>& from) const {
    if (!from) return {};
    // int8 and uint8 codes alike fit; the network's uint8 codes are those of uint8 weights
    if (from->zero_point < -128 || from->zero_point > 255)
      refuse(fmt::format("an activation's zero point {}", from->zero_point), "-128 to 255");
    const Quantisation found{from->scale, static_cast<int32_t>(from->zero_point)};
    return from_.weights.type[1] == 'u' ? shifted_from_uint8(found) : found;
  }

  void set_quantisation(IntegerLayer& layer) const {
    layer.output = quantisation(from_.output);
    layer.input = from_.recurrent ? layer.output : quantisation(from_.input);
  }

  [[nodiscard]] const std::vector<uint64_t>& sides(size_t rank) const {
    if (from_.weights.shape.size() != rank)
      refuse(fmt::format("weights [{}]", fmt::join(from_.weights.shape, ", ")),
             fmt::format("{} sides", rank));
    return from_.weights.shape;
  }

  // Positions of vectors of `channels` in a tensor; one where the folder does not say.
  [[nodiscard]] uint64_t positions(const std::vector<uint64_t>& shape, uint64_t channels) const {
    std::optional<uint64_t> elements = 1;
    for (const uint64_t side : shape)
      if (elements) elements = checked_multiply(*elements, side);
    if (!elements || *elements == 0 || *elements % std::max<uint64_t>(1, channels) != 0)
      refuse(fmt::format("[{}] of vectors of {}", fmt::join(shape, ", "), channels), "a multiple");
    return *elements / std::max<uint64_t>(1, channels);
  }

  void set_linear(IntegerLayerShape& s) const {
    const std::vector<uint64_t>& shape = from_.weights.shape;
    const bool flat = shape.size() == 2 || (shape[2] == 1 && shape[3] == 1);
    if (!flat) refuse(fmt::format("weights [{}]", fmt::join(shape, ", ")), "[K, C]");
    s.kind = LayerKind::kLinear;
    s.k = shape[0];
    s.c = shape[1];
    s.w = from_.tokens;
    if (folder_.order == FolderOrder::kTflite) {
      // An LSTM's matrices give K channels each of an output with K; a linear layer's output may be reshaped.
      if (!from_.input_shape.empty() && !from_.recurrent)
        s.w = positions(from_.input_shape, s.c);
      else if (!from_.output_shape.empty())
        s.w = positions(from_.output_shape, from_.output_shape.back());
    }
    s.ox = s.w;
  }

  // nonzero's own layout: padding as it is stated.
  void set_own(IntegerLayerShape& s) const {
    const std::vector<uint64_t>& shape = sides(4);
    set_window(s, shape[2], shape[3]);
    s.k = shape[0];
    s.c = shape[1];
    s.h = from_.h;
    s.w = from_.w;
    s.pad_top = from_.pad_top;
    s.pad_left = from_.pad_left;
    s.multiplier = from_.multiplier;
    if (s.kind == LayerKind::kDepthwise && s.c != 1)
      refuse(fmt::format("weights [{}]", fmt::join(shape, ", ")), "[C, 1, FY, FX]");
    s.oy = outputs(s.h, from_.pad_top, from_.pad_bottom, s.fy, s.stride_y, s.dilation_y);
    s.ox = outputs(s.w, from_.pad_left, from_.pad_right, s.fx, s.stride_x, s.dilation_x);
  }

  [[nodiscard]] uint64_t outputs(uint64_t in, uint64_t before, uint64_t after, uint64_t kernel,
                                 uint64_t stride, uint64_t dilation) const {
    constexpr uint64_t kMost = uint64_t{1} << 31U;
    for (const uint64_t bound : {in, kernel, stride, dilation})
      if (bound < 1 || bound > kMost) refuse(fmt::format("a loop bound of {}", bound), "1 to 2^31");
    if (before > kMost || after > kMost) refuse(fmt::format("padding {}, {}", before, after), "0 to 2^31");
    const uint64_t extent = (kernel - 1) * dilation + 1, padded = in + before + after;
    if (extent > padded)
      refuse(fmt::format("{} inputs under a window of {}", padded, extent), "an output of 1 and more");
    return (padded - extent) / stride + 1;
  }

  void set_window(IntegerLayerShape& s, uint64_t fy, uint64_t fx) const {
    s.kind = from_.type == FolderLayerType::kDepthwise ? LayerKind::kDepthwise : LayerKind::kConv;
    s.fy = fy;
    s.fx = fx;
    s.stride_y = from_.stride_y;
    s.stride_x = from_.stride_x;
    s.dilation_y = from_.dilation_y;
    s.dilation_x = from_.dilation_x;
    if (s.fy == 0 || s.fx == 0 || s.stride_y == 0 || s.stride_x == 0 || s.dilation_y == 0 ||
        s.dilation_x == 0)
      refuse("a kernel, stride or dilation of 0", "1 and more");
  }

  // OHWI or 1HWC, between the stated input and output.
  void set_tflite(StoredLayer& stored) const {
    const std::vector<uint64_t>& shape = sides(4);
    IntegerLayer& layer = stored.layer;
    IntegerLayerShape& s = layer.shape;
    set_window(s, shape[1], shape[2]);
    const bool depthwise = s.kind == LayerKind::kDepthwise;
    const std::vector<uint64_t>&in = from_.input_shape, &out = from_.output_shape;
    if (in.size() != 4 || out.size() != 4)
      refuse("no layer_input_shape or layer_output_shape", "[N, H, W, C]");
    s.k = depthwise ? shape[3] : shape[0];
    s.c = depthwise ? 1 : shape[3];
    s.multiplier = depthwise ? from_.multiplier : 1;
    const bool fits = depthwise ? shape[0] == 1 && in[3] * s.multiplier == s.k : in[3] == s.c;
    if (!fits || out[3] != s.k)
      refuse(fmt::format("weights [{}] between [{}] and [{}]", fmt::join(shape, ", "), fmt::join(in, ", "),
                         fmt::join(out, ", ")),
             depthwise ? "[1, FY, FX, C * multiplier]" : "[K, FY, FX, C]");
    layer.repeat = in[0];
    s.h = in[1];
    s.w = in[2];
    s.oy = out[1];
    s.ox = out[2];
    for (const uint64_t bound : {s.h, s.w, s.oy, s.ox})
      if (bound == 0) refuse("a side of 0", "1 and more");
    if (from_.same_padding) {
      s.pad_top = same_padding_before(s.h, s.oy, s.fy, s.stride_y, s.dilation_y);
      s.pad_left = same_padding_before(s.w, s.ox, s.fx, s.stride_x, s.dilation_x);
    }
    const uint64_t taps = s.fy * s.fx;
    stored.weights =
        depthwise ? transposed(stored.weights, 1, taps, s.k) : transposed(stored.weights, s.k, taps, s.c);
  }

  const IntegerFolder& folder_;
  const FolderLayer& from_;
  std::string source_;
};

// What is missing after the last element for the stated number of outputs.
uint64_t padding_after(uint64_t in, uint64_t before, uint64_t out, uint64_t kernel, uint64_t stride,
                       uint64_t dilation) {
  const uint64_t covered = (out - 1) * stride + (kernel - 1) * dilation + 1;
  return covered > in + before ? covered - in - before : 0;
}

FolderLayer folder_layer(const IntegerLayer& layer) {
  const IntegerLayerShape& s = layer.shape;
  FolderLayer to;
  to.name = layer.name;
  to.type = static_cast<FolderLayerType>(s.kind);
  to.activation = layer.activation == "relu" || layer.activation == "relu6" ? layer.activation : "";
  to.weights.shape = s.kind == LayerKind::kLinear ? std::vector<uint64_t>{s.k, s.c}
                                                  : std::vector<uint64_t>{s.k, s.c, s.fy, s.fx};
  to.weights.type = "|i1";
  to.weights.bytes.assign(reinterpret_cast<const char*>(layer.weights.data()), layer.weights.size());
  to.scales = layer.scales;
  to.bias = layer.bias;
  to.stride_y = s.stride_y;
  to.stride_x = s.stride_x;
  to.dilation_y = s.dilation_y;
  to.dilation_x = s.dilation_x;
  to.multiplier = s.multiplier;
  to.pad_top = s.pad_top;
  to.pad_left = s.pad_left;
  to.pad_bottom = padding_after(s.h, s.pad_top, s.oy, s.fy, s.stride_y, s.dilation_y);
  to.pad_right = padding_after(s.w, s.pad_left, s.ox, s.fx, s.stride_x, s.dilation_x);
  to.h = s.h;
  to.w = s.w;
  to.tokens = s.w;
  to.repeat = layer.repeat;
  to.input = FolderQuantisation{layer.input.scale, layer.input.zero_point};
  to.output = FolderQuantisation{layer.output.scale, layer.output.zero_point};
  return to;
}

}  // namespace

void add_layers(NetworkBuilder& builder, const IntegerFolder& folder) {
  for (const std::string& warning : folder.warnings) builder.warn(warning);
  for (const FolderLayer& layer : folder.layers) builder.add(Converter(folder, layer).convert());
}

IntegerFolder to_folder(const IntegerNetwork& network) {
  IntegerFolder folder;
  folder.network = network.name;
  folder.layers.reserve(network.layers.size());
  for (const IntegerLayer& layer : network.layers) folder.layers.push_back(folder_layer(layer));
  return folder;
}

}  // namespace nonzero::network
