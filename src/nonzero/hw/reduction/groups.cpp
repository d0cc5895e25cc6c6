#include "nonzero/hw/reduction/groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::hw {

void check_reduction_lanes(uint64_t lanes, const char* network) {
  if (lanes < 2 || lanes > (uint64_t{1} << 31) || !is_power_of_two(lanes))
    throw InputError(fmt::format("{} of {} lanes", network, lanes), "lanes must be a power of two >= 2");
}

std::vector<LaneGroup> contiguous_groups(std::span<const int32_t> vec_id, const char* network) {
  check_reduction_lanes(vec_id.size(), network);
  std::vector<LaneGroup> groups;
  std::vector<int32_t> ids;
  for (uint32_t lane = 0; lane < vec_id.size(); ++lane) {
    const int32_t id = vec_id[lane];
    if (id < -1)
      throw InputError(fmt::format("{}: lane {} has group id {}", network, lane, id),
                       "ids are >= 0, or -1 for an idle lane");
    if (id == -1) continue;
    if (lane > 0 && vec_id[lane - 1] == id) {
      groups.back().last = lane;
    } else {
      groups.push_back({id, lane, lane});
      ids.push_back(id);
    }
  }
  std::sort(ids.begin(), ids.end());
  const auto twice = std::adjacent_find(ids.begin(), ids.end());
  if (twice != ids.end())
    throw InputError(fmt::format("{}: the lanes of group {} are not contiguous", network, *twice));
  return groups;
}

}  // namespace nonzero::hw
