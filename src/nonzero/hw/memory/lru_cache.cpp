#include "nonzero/hw/memory/lru_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::hw {
namespace {

constexpr uint64_t kEmpty = std::numeric_limits<uint64_t>::max();
constexpr uint64_t kMostLines = uint64_t{1} << 28;

uint64_t checked_lines(uint64_t sets, uint64_t ways) {
  if (!is_power_of_two(sets)) throw InputError(fmt::format("a cache of {} sets", sets), "a power of two");
  if (ways == 0) throw InputError("a cache of 0 ways", "at least 1");
  const auto lines = checked_multiply(sets, ways);
  if (!lines || *lines > kMostLines)
    throw InputError(fmt::format("a cache of {} sets of {} ways", sets, ways), "at most 2^28 lines");
  return *lines;
}

}  // namespace

LruCache::LruCache(uint64_t sets, uint64_t ways)
    : set_mask_(sets - 1), ways_(ways), lines_(checked_lines(sets, ways), kEmpty) {}

bool LruCache::touch_older(uint64_t* set, uint64_t line) {
  uint64_t moved = set[0];
  set[0] = line;
  for (uint64_t way = 1; way < ways_; ++way) {
    std::swap(moved, set[way]);
    if (moved == line) {
      ++counts_.hits;
      return true;
    }
  }
  ++counts_.misses;
  if (moved != kEmpty) ++counts_.evictions;
  return false;
}

}  // namespace nonzero::hw
