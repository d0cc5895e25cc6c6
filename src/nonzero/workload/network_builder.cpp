#include "nonzero/workload/network_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/tensor/quantise.h"

namespace nonzero::network {
namespace {

[[noreturn]] void refuse(const IntegerLayer& layer, const std::string& problem, const std::string& allowed) {
  throw InputError(fmt::format("layer '{}': {}", layer.name, problem), "allowed: " + allowed,
                   {layer.source, 0});
}

void check_bounds(const IntegerLayer& layer) {
  const IntegerLayerShape& s = layer.shape;
  const uint64_t bounds[] = {s.k,          s.c, s.fy, s.fx, s.stride_y, s.stride_x,   s.dilation_y,
                             s.dilation_x, s.h, s.w,  s.oy, s.ox,       s.multiplier, layer.repeat};
  constexpr uint64_t kMost = uint64_t{1} << 31U;
  for (const uint64_t bound : bounds)
    if (bound < 1 || bound > kMost) refuse(layer, fmt::format("a loop bound of {}", bound), "1 to 2^31");
  if (s.pad_top > kMost || s.pad_left > kMost)
    refuse(layer, fmt::format("padding {}, {}", s.pad_top, s.pad_left), "0 to 2^31");
  if (s.kind == LayerKind::kDepthwise && s.k % s.multiplier != 0)
    refuse(layer, fmt::format("{} channels out with multiplier {}", s.k, s.multiplier), "a multiple of it");
  std::optional<uint64_t> product = 1;
  for (const uint64_t bound : {s.k, s.c, s.fy, s.fx, s.oy, s.ox, layer.repeat})
    if (product) product = checked_multiply(*product, bound);
  std::optional<uint64_t> inputs = checked_multiply(s.h, s.w);
  if (inputs) inputs = checked_multiply(*inputs, s.channels_in());
  if (!product || !inputs) refuse(layer, "loop bounds whose product leaves 64 bits", "fewer multiplications");
}

void check_scales(const StoredLayer& stored) {
  const uint64_t k = stored.layer.shape.k, scales = stored.scales.size(), zeros = stored.zero_points.size();
  if (scales != 1 && scales != k)
    refuse(stored.layer, fmt::format("{} scales", scales), fmt::format("1, or {} for its channels", k));
  for (const double scale : stored.scales)
    if (!std::isfinite(scale) || scale <= 0)
      refuse(stored.layer, fmt::format("scale {}", scale), "finite and above 0");
  if (zeros > 1 && zeros != k)
    refuse(stored.layer, fmt::format("{} zero points", zeros), fmt::format("1, or {} for its channels", k));
}

// Codes without their zero point. Exact: the difference of two codes is a small whole number.
template <class Code>
std::vector<float> differences(const std::vector<Code>& codes, const StoredLayer& stored) {
  std::vector<float> values(codes.size());
  const uint64_t each = codes.size() / stored.layer.shape.k;
  for (uint64_t i = 0; i < codes.size(); ++i) {
    const auto& zeros = stored.zero_points;
    const int64_t zero = zeros.empty() ? 0 : zeros.size() == 1 ? zeros[0] : zeros[i / each];
    values[i] = static_cast<float>(static_cast<int64_t>(codes[i]) - zero);
  }
  return values;
}

// The bias in units of the new scales: real bias = bias * scale of the weights * scale of the input.
void rescale_bias(StoredLayer& stored, const std::vector<double>& old_scales) {
  for (size_t k = 0; k < stored.bias.size(); ++k) {
    const double old_scale = old_scales.size() == 1 ? old_scales[0] : old_scales[k];
    const double real = std::nearbyint(stored.bias[k] * (old_scale / stored.layer.scale_of(k)));
    constexpr double kMost = std::numeric_limits<int32_t>::max();
    if (std::abs(real) > kMost)
      refuse(stored.layer, fmt::format("bias {} of channel {}", real, k), "32 bits");
    stored.bias[k] = static_cast<int32_t>(real);
  }
}

}  // namespace

uint64_t size(const StoredWeights& weights) {
  return std::visit([](const auto& values) { return uint64_t{values.size()}; }, weights);
}

StoredWeights transposed(const StoredWeights& weights, uint64_t blocks, uint64_t rows, uint64_t columns) {
  return std::visit(
      [&](const auto& values) -> StoredWeights {
        std::decay_t<decltype(values)> out(values.size());
        for (uint64_t b = 0; b < blocks; ++b)
          for (uint64_t r = 0; r < rows; ++r)
            for (uint64_t c = 0; c < columns; ++c)
              out[(b * columns + c) * rows + r] = values[(b * rows + r) * columns + c];
        return out;
      },
      weights);
}

uint64_t same_padding_before(uint64_t in, uint64_t out, uint64_t kernel, uint64_t stride, uint64_t dilation) {
  const uint64_t covered = (out - 1) * stride + (kernel - 1) * dilation + 1;
  return covered > in ? (covered - in) / 2 : 0;
}

Quantisation shifted_from_uint8(Quantisation quantisation) {
  quantisation.zero_point -= 128;
  return quantisation;
}

NetworkBuilder::NetworkBuilder(std::string name, std::string source) {
  network_.name = std::move(name);
  network_.source = std::move(source);
}

void NetworkBuilder::take_codes(std::vector<int8_t> codes, StoredLayer& stored) {
  IntegerLayer& layer = stored.layer;
  for (int8_t& code : codes) {
    if (code != std::numeric_limits<int8_t>::min()) continue;
    code = -127;
    ++layer.clamped;
  }
  clamped_.layers += layer.clamped > 0;
  clamped_.weights += layer.clamped;
  layer.weights = std::move(codes);
}

void NetworkBuilder::requantise(std::vector<float> values, StoredLayer& stored) {
  IntegerLayer& layer = stored.layer;
  QuantisedWeights quantised;
  try {
    quantised = quantise_weights(values, layer.shape.k);
  } catch (const InputError& error) {
    refuse(layer, error.what(), "finite weights");
  }
  layer.weights = std::move(quantised.values);
  layer.scales = std::move(quantised.scales);
}

void NetworkBuilder::add(StoredLayer stored, uint64_t operator_index) {
  IntegerLayer& layer = stored.layer;
  layer.network = network_.name;
  check_bounds(layer);
  const uint64_t weights = size(stored.weights);
  if (weights != layer.shape.weights())
    refuse(layer, fmt::format("{} weights", weights), fmt::format("{}", layer.shape.weights()));
  if (!stored.bias.empty() && stored.bias.size() != layer.shape.k)
    refuse(layer, fmt::format("a bias of {}", stored.bias.size()), fmt::format("{}", layer.shape.k));
  if (auto* floats = std::get_if<std::vector<float>>(&stored.weights)) {
    requantise(std::move(*floats), stored);
    floats_ = {floats_.layers + 1, floats_.weights + weights};
  } else {
    check_scales(stored);
    auto* codes = std::get_if<std::vector<int8_t>>(&stored.weights);
    const bool symmetric = std::all_of(stored.zero_points.begin(), stored.zero_points.end(),
                                       [](int64_t zero) { return zero == 0; });
    layer.scales = stored.scales;
    if (codes != nullptr && symmetric) {
      take_codes(std::move(*codes), stored);
    } else {
      requantise(codes != nullptr ? differences(*codes, stored)
                                  : differences(std::get<std::vector<uint8_t>>(stored.weights), stored),
                 stored);
      for (size_t k = 0; k < layer.scales.size(); ++k)
        layer.scales[k] *= stored.scales.size() == 1 ? stored.scales[0] : stored.scales[k];
      rescale_bias(stored, stored.scales);
      asymmetric_ = {asymmetric_.layers + 1, asymmetric_.weights + weights};
    }
  }
  layer.bias = std::move(stored.bias);
  network_.layers.push_back(std::move(layer));
  network_.operators.push_back(operator_index);
}

IntegerNetwork NetworkBuilder::finish(std::shared_ptr<const TfliteModel> graph) {
  if (network_.layers.empty())
    throw InputError("no layer with weights", "needed: a convolution or matrix product with constant weights",
                     {network_.source, 0});
  if (asymmetric_.layers > 0)
    warn(
        fmt::format("{}: {} weights of {} layers have a zero point: dequantised, and quantised again per "
                    "output channel, symmetric",
                    network_.source, asymmetric_.weights, asymmetric_.layers));
  if (floats_.layers > 0)
    warn(fmt::format("{}: {} float weights of {} layers quantised per output channel", network_.source,
                     floats_.weights, floats_.layers));
  if (clamped_.layers > 0)
    warn(fmt::format("{}: {} weights of -128 in {} layers taken as -127", network_.source, clamped_.weights,
                     clamped_.layers));
  if (graph == nullptr) network_.operators.clear();
  network_.graph = std::move(graph);
  return std::move(network_);
}

}  // namespace nonzero::network
