#include "nonzero/hw/array/multiplier_network.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"

namespace nonzero::hw {

template <class Value>
MultiplierNetwork<Value>::MultiplierNetwork(uint32_t multipliers) : multipliers_(multipliers) {
  if (multipliers == 0) throw InputError("a multiplier network of 0 multipliers", "at least 1");
  registers_.reserve(multipliers);
}

template <class Value>
void MultiplierNetwork<Value>::load(std::span<const Stationary> tile) {
  if (tile.size() > multipliers_)
    throw InputError(fmt::format("{} stationary elements for {} multipliers", tile.size(), multipliers_));
  registers_.assign(tile.begin(), tile.end());
  counts_.loads += tile.size();
}

template <class Value>
void MultiplierNetwork<Value>::multiply(uint32_t i, std::span<const float> fiber, std::span<Value> products) {
  const Value stationary = registers_[i].value;
  for (size_t e = 0; e < fiber.size(); ++e) products[e] = stationary * static_cast<Value>(fiber[e]);
  counts_.multiplications += fiber.size();
}

template <class Value>
uint64_t MultiplierNetwork<Value>::stream_cycles(std::span<const uint64_t> elements) {
  return elements.empty() ? 0 : *std::max_element(elements.begin(), elements.end());
}

template class MultiplierNetwork<double>;
template class MultiplierNetwork<int64_t>;

}  // namespace nonzero::hw
