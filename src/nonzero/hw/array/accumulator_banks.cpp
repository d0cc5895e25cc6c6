#include "nonzero/hw/array/accumulator_banks.h"

#include <algorithm>

namespace nonzero::hw {

ScatterTable::ScatterTable(std::span<const ScatterPlace> places, uint32_t banks)
    : places_(places), banks_(banks), counts_(places.size()), landing_(places.size()) {}

void ScatterTable::hold(std::span<const ScatterWeight> weights) {
  for (size_t i = 0; i < places_.size(); ++i) {
    const ScatterPlace& place = places_[i];
    Counts counts;
    uint32_t landing = 0;
    for (const ScatterWeight& weight : weights) {
      if (weight.x < place.low_x || weight.x > place.high_x || weight.y < place.low_y ||
          weight.y > place.high_y)
        continue;
      const uint32_t x = place.x - static_cast<uint32_t>(weight.x);
      const uint32_t y = place.y - static_cast<uint32_t>(weight.y);
      ++counts.products[bank_of(weight.m, x, y, banks_)];
      ++landing;
    }
    counts_[i] = counts;
    landing_[i] = landing;
  }
}

uint64_t ScatterTable::cycles(std::span<const uint32_t> activations, uint64_t lanes) const {
  uint64_t sum = 0;
  for (size_t begin = 0; begin < activations.size(); begin += lanes) {
    Counts step = counts_[activations[begin]];
    const size_t end = std::min<size_t>(activations.size(), begin + lanes);
    for (size_t i = begin + 1; i < end; ++i) {
      const Counts& more = counts_[activations[i]];
      for (size_t bank = 0; bank < kMostBanks; ++bank)
        step.products[bank] = static_cast<uint8_t>(step.products[bank] + more.products[bank]);
    }
    uint8_t fullest = 1;
    for (const uint8_t products : step.products) fullest = std::max(fullest, products);
    sum += fullest;
  }
  return sum;
}

}  // namespace nonzero::hw
