#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nonzero/arch/bitwave/config.h"
#include "nonzero/workload/operation.h"

namespace nonzero::bitwave {

// A layer's weights in groups of one size, flipped where the configuration says so.
struct GroupedLayer {
  GroupedWeights weights;
  std::vector<uint8_t> indexes;
  uint64_t kept_columns = 0;  // of all groups, the sign column included
  uint64_t ones = 0;          // one-bits the engines multiply by
  FlipReport flipped;

  [[nodiscard]] uint64_t compressed_bits() const {
    return kIndexBits * indexes.size() + uint64_t{weights.layout.group} * kept_columns;
  }
};
GroupedLayer group_layer(const IntegerLayer& layer, uint32_t group, const Config& config);

// How one layer runs: its unrolling, whether it is stored raw, and what that costs.
struct Mapping {
  uint32_t su = 1;
  bool raw = false;
  std::shared_ptr<const GroupedLayer> grouped;
  hw::ColumnWork work;
  uint64_t passes = 0;
  LayerDemand demand;
  LayerDram dram;
  LayerCycles cycles;

  [[nodiscard]] const hw::Unrolling& unrolling() const { return kUnrollings[su - 1]; }
};

// The fixed unrolling, or the one of lowest latency; ties: fewer active multipliers, then the lower number.
// Raw where that alone lowers the latency, or where nothing is compressed.
Mapping map_layer(const IntegerLayer& layer, const Config& config, bool input_on_chip);

// The unrollings that `shape` may choose from.
std::vector<uint32_t> unrollings_for(const IntegerLayerShape& shape, const Config& config);

}  // namespace nonzero::bitwave
