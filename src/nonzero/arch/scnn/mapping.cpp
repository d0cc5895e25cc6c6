#include "nonzero/arch/scnn/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::scnn {
namespace {

// Of the tiles that `most` PEs allow those of the smallest area; ties: the smallest halo, then the squarest, then
// the fewest rows of PEs.
void share_plane(Mapping& map, uint64_t most) {
  using Cost = std::tuple<uint64_t, uint64_t, uint64_t>;
  std::optional<Cost> best;
  for (uint64_t y = 1; y <= std::min(most, map.rows.inputs); ++y) {
    const uint64_t x = std::min(most / y, map.columns.inputs);
    const uint64_t h = ceil_div(map.rows.inputs, y), w = ceil_div(map.columns.inputs, x);
    const Cost cost{h * w, map.rows.reach(h) * map.columns.reach(w), h + w};
    if (best && cost >= *best) continue;
    best = cost;
    map.grid_y = y;
    map.grid_x = x;
  }
}

// The fewest pieces of a PE's tile whose outputs fit its accumulators.
bool cut_tile(Mapping& map, uint64_t accumulators) {
  const uint64_t h = ceil_div(map.rows.inputs, map.grid_y), w = ceil_div(map.columns.inputs, map.grid_x);
  uint64_t best = 0, best_extent = 0;
  for (uint64_t y = 1; y <= h; ++y) {
    if (best != 0 && y > best) break;
    for (uint64_t x = 1; x <= w; ++x) {
      const uint64_t extent = map.rows.reach(ceil_div(h, y)) * map.columns.reach(ceil_div(w, x));
      if (extent > accumulators) continue;
      if (best == 0 || y * x < best || (y * x == best && extent < best_extent)) {
        best = y * x;
        best_extent = extent;
        map.pieces_y = y;
        map.pieces_x = x;
        map.piece_h = ceil_div(h, y);
        map.piece_w = ceil_div(w, x);
      }
      break;
    }
  }
  return best != 0;
}

Mapping plane_of(const IntegerLayerShape& shape, const Config& config) {
  Mapping map;
  map.rows = rows_of(shape);
  map.columns = columns_of(shape);
  map.own_outputs = shape.kind == LayerKind::kDepthwise;
  map.flat = shape.kind == LayerKind::kLinear;
  const auto pes = static_cast<uint64_t>(config.pes);
  share_plane(map, std::min(pes, ceil_div(map.rows.inputs * map.columns.inputs,
                                          static_cast<uint64_t>(config.activations_per_vector))));
  return map;
}

}  // namespace

uint64_t Axis::reach(uint64_t count) const { return std::min(outputs, own(count) + last_kernel_quotient()); }

uint64_t Axis::own(uint64_t count) const { return std::min(outputs, (count + 2 * stride - 2) / stride); }

Axis rows_of(const IntegerLayerShape& s) { return {s.h, s.oy, s.fy, s.stride_y, s.dilation_y, s.pad_top}; }

Axis columns_of(const IntegerLayerShape& s) {
  return {s.w, s.ox, s.fx, s.stride_x, s.dilation_x, s.pad_left};
}

uint64_t Mapping::drain_cycles(uint64_t outputs, uint64_t link_words) const {
  const bool chained = chain > 1 && !own_outputs;
  return (chained ? ceil_div(outputs * extent(), link_words) + chain - 1 : 0) +
         ceil_div(outputs * halo(), link_words);
}

bool fits(const IntegerLayerShape& shape, const Config& config) {
  return rows_of(shape).reach(1) * columns_of(shape).reach(1) <= config.accumulators();
}

Mapping map_layer(const IntegerLayerShape& shape, const Config& config) {
  Mapping map = plane_of(shape, config);
  if (!cut_tile(map, config.accumulators()))
    throw InputError(fmt::format("a kernel of {} x {}", shape.fy, shape.fx),
                     fmt::format("one input may reach up to {} outputs", config.accumulators()));
  const auto pes = static_cast<uint64_t>(config.pes);
  const uint64_t shared = map.own_outputs ? shape.k : shape.c;
  map.chain = std::clamp<uint64_t>(pes / map.tiles(), 1, shared);
  const uint64_t outputs = map.own_outputs ? ceil_div(shape.k, map.chain) : shape.k;
  map.group = std::max<uint64_t>(1, std::min(outputs, config.accumulators() / map.extent()));
  map.groups = ceil_div(shape.k, map.group_of_chain());
  map.channels_per_pe = ceil_div(shape.c, map.chain);
  return map;
}

}  // namespace nonzero::scnn
