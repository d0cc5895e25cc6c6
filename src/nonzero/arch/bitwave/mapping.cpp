#include "nonzero/arch/bitwave/mapping.h"

#include <bit>
#include <map>
#include <tuple>

namespace nonzero::bitwave {
namespace {

bool is_depthwise(const IntegerLayerShape& shape) { return shape.kind == LayerKind::kDepthwise; }

uint64_t bits_of_a_pass(const IntegerLayerShape& shape, const hw::Unrolling& unrolling) {
  return is_depthwise(shape) ? hw::window_bits(unrolling, shape.fy, shape.fx, shape.stride_x)
                             : hw::activation_bits(unrolling);
}

LayerDemand demand_of(const IntegerLayer& layer, const Mapping& mapping, const Config& config) {
  const hw::Unrolling& unrolling = mapping.unrolling();
  const uint64_t tile_passes = mapping.work.tiles * mapping.passes;
  const uint64_t activation_bits = bits_of_a_pass(layer.shape, unrolling);
  const uint64_t weight_passes = config.weight_residency == WeightResidency::kStreaming ? mapping.passes : 1;
  LayerDemand demand;
  demand.compute = mapping.work.cycles * mapping.passes;
  demand.activation_reads =
      tile_passes * ((activation_bits + unrolling.activation_bits - 1) / unrolling.activation_bits);
  demand.weight_reads = mapping.work.weight_reads * weight_passes;
  demand.weight_sram_bits = mapping.work.weight_bits * weight_passes;
  demand.activation_sram_bits = tile_passes * activation_bits;
  if (mapping.raw) {
    demand.stored_bits = 8 * layer.shape.weights() + 1;  // the layer's flag
  } else {
    demand.stored_bits = mapping.grouped->compressed_bits();
    demand.metadata_bits = kIndexBits * mapping.grouped->indexes.size();
  }
  return demand;
}

Mapping map_to(const IntegerLayer& layer, const Config& config, uint32_t su, bool raw,
               std::shared_ptr<const GroupedLayer> grouped, bool input_on_chip) {
  Mapping mapping;
  mapping.su = su;
  mapping.raw = raw;
  mapping.grouped = std::move(grouped);
  mapping.passes = hw::passes(mapping.unrolling(), layer.shape.ox, layer.shape.oy);
  mapping.work = hw::count_columns(mapping.grouped->weights.layout, mapping.grouped->indexes,
                                   mapping.unrolling(), config.rules(raw));
  mapping.demand = demand_of(layer, mapping, config);
  mapping.dram = layer_dram(layer.shape, mapping.demand, config, input_on_chip);
  mapping.cycles = layer_cycles(layer.shape, mapping.demand, mapping.dram, config);
  return mapping;
}

// Compressed before raw, as a raw layer must be faster.
auto rank(const Mapping& mapping) {
  return std::tuple(mapping.cycles.total(), mapping.raw, mapping.unrolling().lanes(), mapping.su);
}

}  // namespace

GroupedLayer group_layer(const IntegerLayer& layer, uint32_t group, const Config& config) {
  const IntegerLayerShape& s = layer.shape;
  GroupedLayer grouped;
  grouped.weights = group_order(layer.weights, group_layout({s.k, s.c, s.fy * s.fx}, group, is_depthwise(s)));
  if (config.zero_columns > 0)
    grouped.flipped = flip(grouped.weights, static_cast<uint32_t>(config.zero_columns), config.flip);
  grouped.indexes = column_indexes(grouped.weights, config.columns);
  for (const uint8_t index : grouped.indexes)
    grouped.kept_columns += static_cast<uint64_t>(std::popcount(index));
  grouped.ones = hw::one_bits(grouped.weights.values, config.columns);
  return grouped;
}

std::vector<uint32_t> unrollings_for(const IntegerLayerShape& shape, const Config& config) {
  if (is_depthwise(shape)) return {kDepthwiseSu};
  if (const auto su = config.fixed_su(); su && *su != kDepthwiseSu) return {*su};
  std::vector<uint32_t> all;
  for (uint32_t su = 1; su < kDepthwiseSu; ++su)
    if (kUnrollings[su - 1].cu == config.fixed_group().value_or(kUnrollings[su - 1].cu)) all.push_back(su);
  return all;
}

Mapping map_layer(const IntegerLayer& layer, const Config& config, bool input_on_chip) {
  std::map<uint32_t, std::shared_ptr<const GroupedLayer>> by_group;
  std::optional<Mapping> best;
  for (const uint32_t su : unrollings_for(layer.shape, config)) {
    const auto group = static_cast<uint32_t>(kUnrollings[su - 1].cu);
    std::shared_ptr<const GroupedLayer>& grouped = by_group[group];
    if (!grouped) grouped = std::make_shared<const GroupedLayer>(group_layer(layer, group, config));
    for (const bool raw : {false, true}) {
      const bool allowed = raw ? config.raw_fallback || !config.compress : config.compress;
      if (!allowed) continue;
      Mapping mapping = map_to(layer, config, su, raw, grouped, input_on_chip);
      if (!best || rank(mapping) < rank(*best)) best = std::move(mapping);
    }
  }
  return std::move(*best);
}

}  // namespace nonzero::bitwave
