#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nonzero/tensor/bit_columns.h"
#include "nonzero/workload/integer_network.h"

namespace nonzero {

GroupedWeights grouped_weights(const IntegerLayer& layer, uint32_t group);

// The bit columns of one layer, and its size in the formats beside which they are held.
struct LayerBits {
  std::string name;
  IntegerLayerShape shape;
  uint32_t group = 8;
  BitColumnStatistics columns;
  uint64_t zre_bits = 0, csr_bits = 0;

  // 8 bit of each weight over the stored bits.
  [[nodiscard]] double zre_ratio() const;
  [[nodiscard]] double csr_ratio() const;
};

// Zero runs follow [K, C, FY, FX]; CSR has a row per output channel. No group: of 8, 16 and 32 the one that
// stores the layer in the fewest bits, among equals the smallest.
LayerBits layer_bits(const IntegerLayer& layer, std::optional<uint32_t> group);
std::vector<LayerBits> network_bits(const IntegerNetwork& network, std::optional<uint32_t> group);

// All layers as one, `group` 0 where they differ.
LayerBits total_bits(const std::vector<LayerBits>& layers);

}  // namespace nonzero
