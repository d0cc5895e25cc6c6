#include "nonzero/hw/memory/lru_cache.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <list>
#include <map>

#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

// A list of lines per set, most recent first.
class SlowLru {
 public:
  SlowLru(uint64_t sets, uint64_t ways) : sets_(sets), ways_(ways) {}

  bool touch(uint64_t line) {
    std::list<uint64_t>& set = lines_[line % sets_];
    const auto found = std::find(set.begin(), set.end(), line);
    const bool hit = found != set.end();
    ++(hit ? counts.hits : counts.misses);
    if (hit) set.erase(found);
    set.push_front(line);
    if (set.size() > ways_) {
      set.pop_back();
      ++counts.evictions;
    }
    return hit;
  }

  bool holds(uint64_t line) {
    const std::list<uint64_t>& set = lines_[line % sets_];
    return std::find(set.begin(), set.end(), line) != set.end();
  }

  LruCacheCounts counts;

 private:
  uint64_t sets_, ways_;
  std::map<uint64_t, std::list<uint64_t>> lines_;
};

RC_GTEST_PROP(LruCache, equals_a_list_per_set, ()) {
  const uint64_t sets = *rc::gen::element<uint64_t>(1, 2, 8);
  const uint64_t ways = *rc::gen::inRange<uint64_t>(1, 6);
  const auto lines = *rc::gen::container<std::vector<uint64_t>>(rc::gen::inRange<uint64_t>(0, 40));
  LruCache cache(sets, ways);
  SlowLru slow(sets, ways);
  for (const uint64_t line : lines) {
    RC_ASSERT(cache.holds(line) == slow.holds(line));
    RC_ASSERT(cache.touch(line) == slow.touch(line));
  }
  RC_ASSERT(cache.counts().hits == slow.counts.hits);
  RC_ASSERT(cache.counts().misses == slow.counts.misses);
  RC_ASSERT(cache.counts().evictions == slow.counts.evictions);
}

TEST(LruCache, the_least_recent_line_of_a_full_set_leaves) {
  LruCache cache(2, 2);
  EXPECT_FALSE(cache.touch(0));
  EXPECT_FALSE(cache.touch(2));
  EXPECT_TRUE(cache.touch(0));   // 2 is now the oldest of set 0
  EXPECT_FALSE(cache.touch(1));  // set 1
  EXPECT_FALSE(cache.touch(4));
  EXPECT_TRUE(cache.holds(0));
  EXPECT_FALSE(cache.holds(2));
  EXPECT_TRUE(cache.holds(1));
  EXPECT_EQ(cache.counts().evictions, 1U);
}

TEST(LruCache, asking_does_not_touch) {
  LruCache cache(1, 2);
  cache.touch(0);
  cache.touch(1);
  EXPECT_TRUE(cache.holds(0));
  cache.touch(2);
  EXPECT_FALSE(cache.holds(0));
}

TEST(LruCache, refuses_a_geometry_that_is_none) {
  EXPECT_THROW(LruCache(3, 4), InputError);
  EXPECT_THROW(LruCache(0, 4), InputError);
  EXPECT_THROW(LruCache(4, 0), InputError);
  EXPECT_THROW(LruCache(uint64_t{1} << 40, uint64_t{1} << 40), InputError);
}

}  // namespace
}  // namespace nonzero::hw
