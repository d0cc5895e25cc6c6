#include "nonzero/hw/memory/fifo.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>

#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

struct Walk {
  uint64_t cycles = 0, peak = 0;
};

// Cycle by cycle: the reader takes what was there when the cycle began, then the filler fills what is free.
Walk walk(uint64_t elements, uint64_t entries, uint64_t push_width, uint64_t pop_width) {
  Walk result;
  std::deque<uint64_t> held;
  uint64_t pushed = 0, popped = 0;
  while (popped < elements) {
    ++result.cycles;
    for (uint64_t i = std::min<uint64_t>(pop_width, held.size()); i > 0; --i) {
      EXPECT_EQ(held.front(), popped++);
      held.pop_front();
    }
    for (uint64_t i = 0; i < push_width && held.size() < entries && pushed < elements; ++i)
      held.push_back(pushed++);
    result.peak = std::max<uint64_t>(result.peak, held.size());
  }
  return result;
}

RC_GTEST_PROP(Fifo, equals_a_queue_cycle_by_cycle, ()) {
  const auto elements = *rc::gen::inRange<uint64_t>(0, 200), entries = *rc::gen::inRange<uint64_t>(1, 40);
  const auto push = *rc::gen::inRange<uint64_t>(1, 50), pop = *rc::gen::inRange<uint64_t>(1, 50);
  Fifo fifo(entries, push, pop);
  const Walk slow = walk(elements, entries, push, pop);
  RC_ASSERT(fifo.pass(elements) == slow.cycles);
  RC_ASSERT(fifo.counts() == (FifoCounts{elements, elements, slow.peak}));
}

TEST(Fifo, refuses_sizes_of_zero) {
  EXPECT_THROW(Fifo(0, 1, 1), InputError);
  EXPECT_THROW(Fifo(1, 0, 1), InputError);
  EXPECT_THROW(Fifo(1, 1, 0), InputError);
  EXPECT_THROW(StationaryFifo(256, 0, 0, 1, 1), InputError);
  EXPECT_THROW(StationaryFifo(3, 4, 0, 1, 1), InputError);
}

// Flexagon's: 256 bytes, 64 elements, 16 per cycle into the network.
TEST(StationaryFifo, is_read_once_and_in_order_from_its_base) {
  StationaryFifo fifo(256, 4, 1000, 64, 16);
  EXPECT_EQ(fifo.next_address(), 1000U);
  EXPECT_EQ(fifo.take(64), 4U);
  EXPECT_EQ(fifo.next_address(), 1256U);
  EXPECT_EQ(fifo.take(17), 2U);
  EXPECT_EQ(fifo.take(0), 0U);
  EXPECT_EQ(fifo.position(), 81U);
  EXPECT_EQ(fifo.counts().pushes, 81U);
  EXPECT_EQ(fifo.counts().pops, 81U);
  EXPECT_LE(fifo.counts().peak, 64U);
}

TEST(StationaryFifo, waits_for_a_filler_slower_than_the_network) {
  StationaryFifo fifo(256, 4, 0, 2, 16);
  EXPECT_EQ(fifo.take(64), 32U);
}

}  // namespace
}  // namespace nonzero::hw
