#pragma once

#include <cstdint>
#include <vector>

#include "nonzero/base/random.h"

namespace nonzero::hw {

// Every grouping of `lanes` lanes without idle lanes: bit i of the counter cuts between lanes i and i+1.
template <class Body>
void for_each_grouping(uint32_t lanes, const Body& body) {
  std::vector<int32_t> vec(lanes);
  for (uint32_t cuts = 0; cuts < uint32_t{1} << (lanes - 1); ++cuts) {
    for (uint32_t lane = 1; lane < lanes; ++lane)
      vec[lane] = vec[lane - 1] + static_cast<int32_t>(cuts >> (lane - 1) & 1);
    body(vec);
  }
}

// Any grouping that draws, with idle lanes anywhere.
inline std::vector<int32_t> random_grouping(uint32_t lanes, Random& random) {
  const double cut = random.unit(), idle = random.chance(0.5) ? random.unit() * 0.5 : 0;
  std::vector<int32_t> vec(lanes);
  int32_t id = static_cast<int32_t>(random.below(100));
  for (int32_t& lane : vec) {
    if (random.chance(cut)) ++id;
    lane = id;
    if (random.chance(idle)) {
      lane = -1;
      ++id;
    }
  }
  return vec;
}

inline std::vector<float> random_products(uint32_t lanes, Random& random) {
  std::vector<float> products(lanes);
  for (float& product : products) product = static_cast<float>(random.normal());
  return products;
}

}  // namespace nonzero::hw
