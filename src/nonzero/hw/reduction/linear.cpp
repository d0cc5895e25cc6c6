#include "nonzero/hw/reduction/linear.h"

#include <fmt/format.h>

#include "nonzero/base/error.h"

namespace nonzero::hw {

LinearReduction::LinearReduction(uint32_t lanes) : lanes_(lanes) {
  check_reduction_lanes(lanes, "a linear reduction");
}

std::vector<float> LinearReduction::reduce(std::span<const int32_t> vec_id,
                                           std::span<const float> products) const {
  if (vec_id.size() != lanes_ || products.size() != lanes_)
    throw InputError(fmt::format("{} group ids and {} products for a linear reduction of {} lanes",
                                 vec_id.size(), products.size(), lanes_));
  std::vector<float> sums;
  for (const LaneGroup& group : contiguous_groups(vec_id, "a linear reduction")) {
    float sum = products[group.first];
    for (uint32_t lane = group.first + 1; lane <= group.last; ++lane) sum += products[lane];
    sums.push_back(sum);
  }
  return sums;
}

}  // namespace nonzero::hw
