#pragma once

#include <string>
#include <utility>

#include "nonzero/hw/cost.h"

// What blocks are put together from; for the files that define them.
namespace nonzero::hw {

// `count` copies of something the table prices.
inline Block piece(std::string name, const Cost& each, double count) {
  return {std::move(name),         count, each.area_um2 * count, each.leakage_mw * count,
          energy_of(each) * count, {}};
}

inline Block bits(const Technology& tech, std::string name, CostKind kind, uint64_t words,
                  uint32_t word_bits) {
  return piece(std::move(name), tech.cost(kind, word_bits), static_cast<double>(words));
}

inline Block named(std::string name) {
  Block block;
  block.name = std::move(name);
  return block;
}

}  // namespace nonzero::hw
