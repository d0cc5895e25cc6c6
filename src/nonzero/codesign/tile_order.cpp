#include "nonzero/codesign/tile_order.h"

#include <algorithm>
#include <utility>

namespace nonzero {
namespace {

double key_of(const TileCost& cost, TileKey key, const TileMachine& machine) {
  switch (key) {
    case TileKey::seconds:
      return cost.hot_seconds - cost.cold_seconds;
    case TileKey::scaled_seconds:
      return cost.hot_seconds / machine.hot.count - cost.cold_seconds / machine.cold.count;
    case TileKey::bytes:
      break;
  }
  return cost.hot_bytes - cost.cold_bytes;
}

}  // namespace

std::vector<uint32_t> order_of(std::span<const TileCost> costs, TileKey key, const TileMachine& machine) {
  std::vector<std::pair<double, uint32_t>> keys(costs.size());
  for (uint32_t t = 0; t < costs.size(); ++t) keys[t] = {key_of(costs[t], key, machine), t};
  std::sort(keys.begin(), keys.end());
  std::vector<uint32_t> order(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) order[i] = keys[i].second;
  return order;
}

CutTotals::CutTotals(std::span<const TileCost> costs, TileKey key, const TileMachine& machine)
    : order(order_of(costs, key, machine)), totals(costs.size() + 1) {
  // The cold sums from the right: what is left is summed, not what was taken subtracted.
  for (uint64_t cut = 0; cut < order.size(); ++cut) {
    const TypeTotal& before = totals[cut].hot;
    const TileCost& cost = costs[order[cut]];
    totals[cut + 1].hot = {before.tiles + 1, 0, before.seconds + cost.hot_seconds,
                           before.bytes + cost.hot_bytes};
  }
  for (uint64_t cut = order.size(); cut > 0; --cut) {
    const TypeTotal& after = totals[cut].cold;
    const TileCost& cost = costs[order[cut - 1]];
    totals[cut - 1].cold = {after.tiles + 1, 0, after.seconds + cost.cold_seconds,
                            after.bytes + cost.cold_bytes};
  }
}

std::vector<TileType> CutTotals::of_tile(uint64_t hot_tiles) const {
  std::vector<TileType> types(order.size(), TileType::cold);
  for (uint64_t i = 0; i < hot_tiles; ++i) types[order[i]] = TileType::hot;
  return types;
}

}  // namespace nonzero
