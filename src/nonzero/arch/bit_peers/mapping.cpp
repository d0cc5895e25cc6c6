#include "nonzero/arch/bit_peers/mapping.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "nonzero/base/math.h"

namespace nonzero::bit_peers {
namespace {

bool is_depthwise(const IntegerLayer& layer) { return layer.shape.kind == LayerKind::kDepthwise; }

// As BitWave's layers are cut, with groups of any size; a depthwise layer's channels side by side have a
// group for each tap.
GroupLayout layout_of(const IntegerLayer& layer, const hw::SerialTile& tile) {
  const IntegerLayerShape& s = layer.shape;
  const WeightShape shape{s.k, s.c, s.fy * s.fx};
  constexpr uint32_t kAnyGroup = 8;
  GroupLayout layout = group_layout(shape, kAnyGroup);
  layout.group = static_cast<uint32_t>(tile.cu);
  if (tile.own_activations) {
    layout.lines = shape.cout * shape.taps;
    layout.length = 1;
  }
  return layout;
}

hw::SerialTile tile_for(const IntegerLayer& layer, hw::SerialTile tile, const Config& config) {
  if (!is_depthwise(layer)) return tile;
  tile.own_activations = config.depthwise == Depthwise::kChannels;
  if (!tile.own_activations) tile.ku = 1;
  return tile;
}

LayerDemand demand_of(const IntegerLayer& layer, const Mapping& mapping) {
  LayerDemand demand;
  demand.compute = mapping.work.cycles * mapping.passes;
  demand.weight_reads = mapping.work.weight_reads;
  demand.activation_reads = mapping.work.activation_reads * mapping.passes;
  demand.weight_sram_bits = mapping.work.weight_bits;
  demand.activation_sram_bits = mapping.work.activation_bits * mapping.passes;
  demand.stored_bits = layer.shape.weights() * mapping.precision;
  return demand;
}

auto rank(const Mapping& mapping) { return std::pair(mapping.cycles.total(), mapping.cycles.stream); }

uint64_t non_zeros(const IntegerLayer& layer) {
  return layer.shape.weights() -
         static_cast<uint64_t>(std::count(layer.weights.begin(), layer.weights.end(), 0));
}

}  // namespace

Mapping map_layer(const IntegerLayer& layer, Kind kind, const Config& config, bool input_on_chip) {
  std::optional<Mapping> best;
  for (const hw::SerialTile& tile : tiles_of(kind)) {
    Mapping mapping;
    mapping.tile = tile_for(layer, tile, config);
    if (kind == Kind::kStripes)
      mapping.precision = config.precision_per_layer ? hw::needed_precision(layer.weights)
                                                     : static_cast<uint32_t>(config.precision);
    mapping.weights =
        std::make_shared<const GroupedWeights>(group_order(layer.weights, layout_of(layer, mapping.tile)));
    mapping.work = hw::count_serial(
        mapping.weights->layout, hw::group_cycles(*mapping.weights, serial_kind(kind), mapping.precision),
        mapping.tile, mapping.precision, kPortBits, static_cast<uint64_t>(config.min_tile_cycles));
    mapping.passes = ceil_div(layer.shape.ox, mapping.tile.oxu) * layer.shape.oy;
    mapping.demand = demand_of(layer, mapping);
    mapping.dram = layer_dram(layer.shape, mapping.demand, config, input_on_chip);
    mapping.cycles = layer_cycles(layer.shape, mapping.demand, mapping.dram, config);
    if (!best || rank(mapping) < rank(*best)) best = std::move(mapping);
  }
  return std::move(*best);
}

hw::LaneCycles lane_cycles(const IntegerLayer& layer, Kind kind, const Mapping& mapping) {
  const uint64_t weights = layer.shape.weights(), positions = layer.shape.oy * layer.shape.ox;
  uint64_t useful = 0, zeros = 0;  // at one position
  switch (serial_kind(kind)) {
    case hw::SerialKind::kStripes:
      useful = hw::serial_ones(mapping.weights->values, mapping.precision);
      zeros = weights * mapping.precision - useful;
      break;
    case hw::SerialKind::kParallel:
      useful = non_zeros(layer);
      zeros = weights - useful;
      break;
    case hw::SerialKind::kPragmatic:
    case hw::SerialKind::kBitlet:
      useful = hw::one_bits(mapping.weights->values, ColumnCode::kSignMagnitude);
      break;
  }
  const hw::SerialWork& work = mapping.work;
  hw::LaneCycles lanes;
  lanes.useful = useful * positions;
  lanes.zero_operand = zeros * positions;
  lanes.imbalance = (work.mapped_lanes - useful - zeros) * positions;
  const uint64_t missing_columns = mapping.tile.oxu * mapping.passes - positions;
  const uint64_t outside = multipliers(kind) * work.cycles - mapping.tile.oxu * work.engine_lanes;
  lanes.idle = (work.engine_lanes - work.mapped_lanes) * positions + work.engine_lanes * missing_columns +
               outside * mapping.passes;
  return lanes;
}

}  // namespace nonzero::bit_peers
