#include "nonzero/codesign/bit_flip_tables.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace nonzero {
namespace {

uint8_t nearest(uint32_t magnitude, uint32_t mask) {
  // The numbers made of bits of the mask, from the highest down; a lower one that is as near wins.
  uint32_t best = mask;
  const auto distance = [magnitude](uint32_t x) { return x > magnitude ? x - magnitude : magnitude - x; };
  for (uint32_t number = mask; number != 0;) {
    number = (number - 1) & mask;
    if (distance(number) <= distance(best)) best = number;
  }
  return static_cast<uint8_t>(best);
}

}  // namespace

FlipTables::FlipTables() {
  std::iota(masks.begin(), masks.end(), uint8_t{0});
  std::stable_sort(masks.begin(), masks.end(),
                   [](uint8_t a, uint8_t b) { return std::popcount(a) < std::popcount(b); });
  for (const uint8_t mask : masks)
    for (auto bits = static_cast<size_t>(std::popcount(mask)); bits < up_to_.size(); ++bits) ++up_to_[bits];
  for (uint32_t mask = 0; mask < kMasks; ++mask)
    for (uint32_t magnitude = 0; magnitude < 128; ++magnitude)
      near[mask][magnitude] = nearest(magnitude, mask);
  for (uint32_t magnitude = 0; magnitude < 128; ++magnitude)
    for (size_t rank = 0; rank < kMasks; ++rank) {
      const int32_t lost = static_cast<int32_t>(magnitude) - near[masks[rank]][magnitude];
      squared[magnitude][rank] = static_cast<uint16_t>(lost * lost);
    }
}

const FlipTables& FlipTables::get() {
  static const FlipTables tables;
  return tables;
}

}  // namespace nonzero
