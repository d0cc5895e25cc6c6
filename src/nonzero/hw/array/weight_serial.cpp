#include "nonzero/hw/array/weight_serial.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <stdexcept>

#include "nonzero/base/math.h"
#include "nonzero/hw/array/tile_product.h"

namespace nonzero::hw {
namespace {

constexpr uint64_t kSignificances = 7;  // of a magnitude; the eighth lane of Bitlet has none

uint32_t magnitude(int8_t weight) { return static_cast<uint32_t>(std::abs(int{weight})); }

uint8_t most_ones(std::span<const int8_t> group) {
  int most = 0;
  for (const int8_t weight : group) most = std::max(most, std::popcount(magnitude(weight)));
  return static_cast<uint8_t>(most);
}

// Seven counters of 8 bits in a word, one for each significance; a group has at most 64 weights.
uint8_t fullest_column(std::span<const int8_t> group) {
  static constexpr std::array<uint64_t, 128> kSpread = [] {
    std::array<uint64_t, 128> table{};
    for (uint32_t value = 0; value < 128; ++value)
      for (uint32_t bit = 0; bit < kSignificances; ++bit)
        table[value] |= uint64_t{value >> bit & 1U} << 8 * bit;
    return table;
  }();
  uint64_t counts = 0;
  for (const int8_t weight : group) counts += kSpread[magnitude(weight) & 0x7F];
  uint64_t most = 0;
  for (; counts != 0; counts >>= 8) most = std::max(most, counts & 0xFF);
  return static_cast<uint8_t>(most);
}

}  // namespace

std::vector<uint8_t> group_cycles(const GroupedWeights& weights, SerialKind kind, uint32_t precision) {
  const uint32_t size = weights.layout.group;
  std::vector<uint8_t> cycles(weights.layout.groups(),
                              static_cast<uint8_t>(kind == SerialKind::kStripes ? precision : 1));
  if (kind == SerialKind::kStripes || kind == SerialKind::kParallel) return cycles;
  for (size_t g = 0; g < cycles.size(); ++g) {
    const std::span<const int8_t> group(weights.values.data() + g * size, size);
    cycles[g] = kind == SerialKind::kPragmatic ? most_ones(group) : fullest_column(group);
  }
  return cycles;
}

uint32_t needed_precision(std::span<const int8_t> weights) {
  uint32_t used = 0;
  for (const int8_t weight : weights) used |= static_cast<uint8_t>(weight < 0 ? ~weight : weight);
  return static_cast<uint32_t>(std::bit_width(used)) + 1;
}

uint64_t serial_ones(std::span<const int8_t> weights, uint32_t precision) {
  const auto mask = static_cast<uint32_t>((1U << precision) - 1);
  uint64_t ones = 0;
  for (const int8_t weight : weights)
    ones += static_cast<uint64_t>(std::popcount(static_cast<uint8_t>(weight) & mask));
  return ones;
}

SerialWork count_serial(const GroupLayout& layout, std::span<const uint8_t> cycles, const SerialTile& tile,
                        uint64_t bits, uint64_t port_bits, uint64_t minimum) {
  if (layout.group != tile.cu || cycles.size() != layout.groups())
    throw std::logic_error("groups that do not fit the tile");
  const uint64_t tiles = layout.groups() / layout.shape.cout;
  std::vector<uint8_t> slowest(tiles);
  SerialWork work;
  for (uint64_t k = 0; k < layout.shape.cout; k += tile.ku) {
    const uint64_t channels = std::min(tile.ku, layout.shape.cout - k);
    std::fill(slowest.begin(), slowest.end(), uint8_t{0});
    for (uint64_t i = 0; i < channels; ++i)
      for (uint64_t t = 0; t < tiles; ++t) slowest[t] = std::max(slowest[t], cycles[(k + i) * tiles + t]);
    for (uint64_t t = 0; t < tiles; ++t) {
      const uint64_t weights = weights_in_tile(layout, t);
      const uint64_t taken = std::max<uint64_t>(minimum, slowest[t]);
      const uint64_t weight_bits = channels * weights * bits;
      const uint64_t activation_bits = (tile.own_activations ? channels : 1) * weights * tile.oxu * 8;
      work.cycles += taken;
      work.weight_bits += weight_bits;
      work.weight_reads += ceil_div(weight_bits, port_bits);
      work.activation_bits += activation_bits;
      work.activation_reads += ceil_div(activation_bits, port_bits);
      work.mapped_lanes += channels * taken * (tile.lane_per_significance ? kSignificances : weights);
      work.engine_lanes += channels * taken * tile.lanes_per_group();
    }
    work.tiles += tiles;
  }
  return work;
}

}  // namespace nonzero::hw
