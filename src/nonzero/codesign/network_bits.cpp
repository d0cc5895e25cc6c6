#include "nonzero/codesign/network_bits.h"

#include "nonzero/base/parallel.h"
#include "nonzero/tensor/value_formats.h"

namespace nonzero {
namespace {

double ratio(uint64_t weights, uint64_t bits) {
  return bits == 0 ? 0 : 8 * static_cast<double>(weights) / static_cast<double>(bits);
}

BitColumnStatistics statistics_of(const IntegerLayer& layer, uint32_t group) {
  return bit_column_statistics(grouped_weights(layer, group));
}

}  // namespace

GroupedWeights grouped_weights(const IntegerLayer& layer, uint32_t group) {
  const IntegerLayerShape& shape = layer.shape;
  const GroupLayout layout =
      group_layout({shape.k, shape.c, shape.fy * shape.fx}, group, shape.kind == LayerKind::kDepthwise);
  return group_order(layer.weights, layout);
}

double LayerBits::zre_ratio() const { return ratio(columns.weights, zre_bits); }
double LayerBits::csr_ratio() const { return ratio(columns.weights, csr_bits); }

LayerBits layer_bits(const IntegerLayer& layer, std::optional<uint32_t> group) {
  LayerBits bits{layer.name, layer.shape, group.value_or(8), {}, zre_bits(layer.weights), 0};
  bits.csr_bits = csr_bits(layer.weights, layer.shape.c * layer.shape.fy * layer.shape.fx);
  bits.columns = statistics_of(layer, bits.group);
  for (const uint32_t other : {16U, 32U}) {
    if (group || layer.shape.kind == LayerKind::kDepthwise) continue;
    const BitColumnStatistics columns = statistics_of(layer, other);
    if (columns.compressed_bits >= bits.columns.compressed_bits) continue;
    bits.columns = columns;
    bits.group = other;
  }
  if (layer.shape.kind == LayerKind::kDepthwise) bits.group = kDepthwiseGroup;
  bits.columns.clamped = layer.clamped;
  return bits;
}

std::vector<LayerBits> network_bits(const IntegerNetwork& network, std::optional<uint32_t> group) {
  std::vector<LayerBits> layers(network.layers.size());
  parallel_for(layers.size(), [&](uint64_t l) { layers[l] = layer_bits(network.layers[l], group); });
  return layers;
}

LayerBits total_bits(const std::vector<LayerBits>& layers) {
  LayerBits total;
  total.name = "all";
  if (!layers.empty()) total.group = layers.front().group;
  for (const LayerBits& layer : layers) {
    if (layer.group != total.group) total.group = 0;
    total.columns += layer.columns;
    total.zre_bits += layer.zre_bits;
    total.csr_bits += layer.csr_bits;
  }
  return total;
}

}  // namespace nonzero
