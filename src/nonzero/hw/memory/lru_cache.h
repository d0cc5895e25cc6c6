#pragma once

#include <cstdint>
#include <vector>

namespace nonzero::hw {

struct LruCacheCounts {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t evictions = 0;  // misses that found their set full
};

// SET-ASSOCIATIVE DIRECTORY with least-recently-used replacement: which lines a cache holds, no data.
//
//   ports       touch (line) -> was it held; it is now, as the most recent of its set
//   addresses   set = line mod sets; a line is a line's number, not a byte address
//   timing      none: latency and banks belong to what stands around it
//
// A set keeps its lines in the order of their last touch.
class LruCache {
 public:
  // Throws InputError where sets is not a power of two, ways is 0, or their product passes 2^28.
  LruCache(uint64_t sets, uint64_t ways);

  // `line` is any number below 2^64 - 1.
  bool touch(uint64_t line) {
    uint64_t* const set = &lines_[(line & set_mask_) * ways_];
    if (set[0] == line) {
      ++counts_.hits;
      return true;
    }
    return touch_older(set, line);
  }

  // The same question without a touch: neither order nor counts change.
  [[nodiscard]] bool holds(uint64_t line) const {
    const uint64_t* const set = &lines_[(line & set_mask_) * ways_];
    for (uint64_t way = 0; way < ways_; ++way)
      if (set[way] == line) return true;
    return false;
  }

  [[nodiscard]] uint64_t sets() const { return set_mask_ + 1; }
  [[nodiscard]] uint64_t ways() const { return ways_; }
  [[nodiscard]] const LruCacheCounts& counts() const { return counts_; }

 private:
  bool touch_older(uint64_t* set, uint64_t line);

  uint64_t set_mask_, ways_;
  std::vector<uint64_t> lines_;  // sets x ways, most recent first; kEmpty at the end
  LruCacheCounts counts_;
};

}  // namespace nonzero::hw
