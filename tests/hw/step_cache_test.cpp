#include "nonzero/hw/memory/step_cache.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "hw/step_cache_twin.h"
#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

using test::SlowStepCache;

// Small enough that lines collide in sets and banks all the time.
StepCacheConfig any_config() {
  StepCacheConfig config;
  config.banks = *rc::gen::element<uint64_t>(1, 2, 4);
  config.sets = config.banks * *rc::gen::element<uint64_t>(1, 2);
  config.ways = *rc::gen::inRange<uint64_t>(1, 4);
  config.hit_cycles = *rc::gen::inRange<uint64_t>(0, 4);
  config.port_cycles = *rc::gen::inRange<uint64_t>(0, 5);
  config.memory_cycles = *rc::gen::element<uint64_t>(1, 3, 20, 84);
  config.merge_equal_lines = *rc::gen::arbitrary<bool>();
  return config;
}

std::vector<SlowStepCache::Request> one_by_one(const std::vector<LineRun>& runs) {
  std::vector<SlowStepCache::Request> requests;
  for (const LineRun& run : runs) requests.insert(requests.end(), run.requests, {run.line, run.stream});
  return requests;
}

RC_GTEST_PROP(StepCache, equals_the_walk_cycle_by_cycle, ()) {
  const StepCacheConfig config = any_config();
  StepCache cache(config);
  SlowStepCache slow(config);
  const auto steps = *rc::gen::inRange(1, 12);
  for (int s = 0; s < steps; ++s) {
    std::vector<LineRun> runs(*rc::gen::inRange<size_t>(0, 16));
    for (LineRun& run : runs)
      run = {*rc::gen::inRange<uint64_t>(0, 24), *rc::gen::inRange<uint32_t>(1, 5),
             *rc::gen::inRange<uint32_t>(0, 4)};
    const uint64_t misses_before = slow.misses[0] + slow.misses[1] + slow.misses[2] + slow.misses[3];
    const uint64_t expected = slow.step(one_by_one(runs));
    const StepCost found = cache.step(runs);
    RC_ASSERT(found.cycles == expected);
    RC_ASSERT(cache.misses() == slow.misses);
    RC_ASSERT(misses_before + found.misses ==
              slow.misses[0] + slow.misses[1] + slow.misses[2] + slow.misses[3]);
  }
}

RC_GTEST_PROP(LockStepStream, equals_one_step_per_element, ()) {
  const StepCacheConfig config = any_config();
  const uint64_t line_elements = *rc::gen::element<uint64_t>(1, 4, 8);
  StepCache cache(config);
  SlowStepCache slow(config);
  LockStepStream lock_step(line_elements);
  for (int tile = 0; tile < 4; ++tile) {
    std::vector<StreamedFiber> fibers(*rc::gen::inRange<size_t>(0, 9));
    uint64_t longest = 0;
    for (StreamedFiber& fiber : fibers) {
      fiber.begin = *rc::gen::inRange<uint64_t>(0, 100);
      fiber.end = fiber.begin + *rc::gen::inRange<uint64_t>(0, 40);
      fiber.readers = *rc::gen::inRange<uint32_t>(1, 4);
      longest = std::max(longest, fiber.end - fiber.begin);
    }
    uint64_t expected = 0;
    for (uint64_t s = 0; s < longest; ++s) {
      std::vector<SlowStepCache::Request> requests;
      for (const StreamedFiber& fiber : fibers)
        if (fiber.begin + s < fiber.end)
          requests.insert(requests.end(), fiber.readers, {(fiber.begin + s) / line_elements, 1});
      expected += slow.step(requests);
    }
    RC_ASSERT(lock_step.run(cache, fibers, 1) == expected);
    RC_ASSERT(cache.misses() == slow.misses);
  }
}

class StepCacheRules : public ::testing::Test {
 protected:
  StepCache cache{StepCacheConfig{}};
  uint64_t cycles(std::vector<LineRun> runs) { return cache.step(runs).cycles; }
};

TEST_F(StepCacheRules, an_empty_step_costs_nothing) { EXPECT_EQ(cycles({}), 0U); }

TEST_F(StepCacheRules, a_lone_miss_takes_port_and_memory) { EXPECT_EQ(cycles({{7, 1, 0}}), 1U + 2 + 84); }

TEST_F(StepCacheRules, requests_for_the_missing_line_are_replayed_one_per_cycle) {
  EXPECT_EQ(cycles({{7, 5, 0}}), 1U + 2 + 84 + 4);
}

TEST_F(StepCacheRules, banks_share_one_memory_port) {
  EXPECT_EQ(cycles({{0, 1, 0}, {1, 1, 0}, {2, 1, 0}}), 1U + 3 * 2 + 84);
}

TEST_F(StepCacheRules, hits_cost_the_fullest_bank) {
  cycles({{0, 1, 0}, {1, 1, 0}, {32, 1, 0}});
  EXPECT_EQ(cycles({{0, 3, 0}, {1, 4, 0}, {32, 2, 0}}), 5U + 2);
}

TEST(StepCache, multicast_asks_for_a_line_once) {
  StepCacheConfig config;
  config.merge_equal_lines = true;
  StepCache cache(config);
  const std::vector<LineRun> runs = {{0, 3, 0}, {1, 4, 0}, {0, 2, 0}};
  EXPECT_EQ(cache.step(runs).cycles, 1U + 2 * 2 + 84);
  EXPECT_EQ(cache.step(runs).cycles, 1U + 2);
}

TEST(StepCache, refuses_banks_that_do_not_divide_the_sets) {
  StepCacheConfig config;
  config.banks = 3;
  EXPECT_THROW(StepCache{config}, InputError);
  config.banks = 1024;
  EXPECT_THROW(StepCache{config}, InputError);
}

}  // namespace
}  // namespace nonzero::hw
