#include "nonzero/hw/distribution/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::hw {
namespace {

// Which groups of 2^level neighbours hold a destination, at the lowest bit of each group; level <= 6.
uint64_t groups_reached(uint64_t word, uint32_t level) {
  static constexpr uint64_t kLowest[] = {0x5555555555555555, 0x1111111111111111, 0x0101010101010101,
                                         0x0001000100010001, 0x0000000100000001, 1};
  for (uint32_t l = 0; l < level; ++l) word = (word | word >> (1U << l)) & kLowest[l];
  return word;
}

}  // namespace

MulticastTree::MulticastTree(uint32_t leaves, uint32_t bandwidth)
    : leaves_(leaves), bandwidth_(bandwidth), levels_(ceil_log2(leaves)) {
  if (leaves < 2 || !is_power_of_two(leaves) || bandwidth == 0)
    throw InputError(fmt::format("a multicast tree of {} leaves and bandwidth {}", leaves, bandwidth),
                     "leaves: a power of two >= 2; bandwidth: at least 1");
}

uint64_t MulticastTree::slots(uint64_t distinct_elements) const {
  return ceil_div(distinct_elements, bandwidth_);
}

uint64_t MulticastTree::traversals(std::span<const uint64_t> destinations) const {
  if (destinations.size() != ceil_div(leaves_, 64))
    throw InputError(
        fmt::format("{} words of destinations for a tree of {} leaves", destinations.size(), leaves_));
  uint64_t nodes = 0;
  for (const uint64_t word : destinations)
    for (uint32_t level = 1; level <= std::min(levels_, 6U); ++level)
      nodes += static_cast<uint64_t>(std::popcount(groups_reached(word, level)));
  for (uint32_t level = 7; level <= levels_; ++level) {
    const size_t words = size_t{1} << (level - 6);
    for (size_t first = 0; first < destinations.size(); first += words)
      nodes += std::any_of(destinations.begin() + static_cast<std::ptrdiff_t>(first),
                           destinations.begin() + static_cast<std::ptrdiff_t>(first + words),
                           [](uint64_t word) { return word != 0; });
  }
  return nodes;
}

uint64_t MulticastTree::traversals(uint32_t first, uint32_t last) const {
  uint64_t nodes = 0;
  if (first < last)
    for (uint32_t level = 1; level <= levels_; ++level) nodes += ((last - 1) >> level) - (first >> level) + 1;
  return nodes;
}

}  // namespace nonzero::hw
