#include "nonzero/hw/memory/buffer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <deque>

#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

struct SlowCounts {
  uint64_t fetched = 0, reads = 0, writes = 0;
};

// Pass by pass and word by word: a store of `capacity` words that overwrites its oldest word.
SlowCounts walk_passes(uint64_t capacity, uint64_t words, uint64_t passes) {
  std::deque<uint64_t> held;
  SlowCounts counts;
  for (uint64_t pass = 0; pass < passes; ++pass)
    for (uint64_t word = 0; word < words; ++word) {
      bool hit = false;
      for (const uint64_t other : held) hit = hit || other == word;
      if (!hit) {
        ++counts.fetched;
        ++counts.writes;
        held.push_back(word);
        if (held.size() > capacity) held.pop_front();
      }
      ++counts.reads;
    }
  return counts;
}

// Partial sums of one output tensor, pass by pass: all on chip or all in DRAM between two passes.
SpillBytes spill_passes(uint64_t capacity, uint64_t bytes, uint64_t passes) {
  SpillBytes spills;
  bool in_dram = false;
  for (uint64_t pass = 0; pass < passes; ++pass) {
    if (in_dram) spills.read += bytes;
    in_dram = bytes > capacity && pass + 1 < passes;
    if (in_dram) spills.write += bytes;
  }
  return spills;
}

RC_GTEST_PROP(OperandBuffer, equals_the_word_by_word_twin, ()) {
  const auto capacity = *rc::gen::inRange<uint64_t>(0, 40);
  const auto words = *rc::gen::inRange<uint64_t>(0, 60);
  const auto passes = *rc::gen::inRange<uint64_t>(0, 6);
  const auto word_bytes = *rc::gen::inRange<uint32_t>(1, 5);
  const OperandBuffer buffer(capacity * word_bytes);
  const SlowCounts slow = walk_passes(capacity, words, passes);
  const BufferCounts fast = buffer.accesses(words * word_bytes, passes, word_bytes);
  RC_ASSERT(buffer.dram_reads(words * word_bytes, passes) == slow.fetched * word_bytes);
  RC_ASSERT(fast.reads == slow.reads);
  RC_ASSERT(fast.writes == slow.writes);
}

RC_GTEST_PROP(OperandBuffer, psum_spills_equal_the_pass_by_pass_twin, ()) {
  const auto capacity = *rc::gen::inRange<uint64_t>(0, 40);
  const auto bytes = *rc::gen::inRange<uint64_t>(0, 60);
  const auto passes = *rc::gen::inRange<uint64_t>(0, 6);
  const SpillBytes fast = OperandBuffer(capacity).psum_spills(bytes, passes);
  const SpillBytes slow = spill_passes(capacity, bytes, passes);
  RC_ASSERT(fast.read == slow.read);
  RC_ASSERT(fast.write == slow.write);
}

RC_GTEST_PROP(OperandBuffer, a_larger_buffer_never_fetches_more, ()) {
  const auto capacity = *rc::gen::inRange<uint64_t>(0, 1000);
  const auto bytes = *rc::gen::inRange<uint64_t>(0, 2000);
  const auto passes = *rc::gen::inRange<uint64_t>(0, 9);
  RC_ASSERT(OperandBuffer(2 * capacity).dram_reads(bytes, passes) <=
            OperandBuffer(capacity).dram_reads(bytes, passes));
}

TEST(OperandBuffer, a_tensor_of_exactly_the_capacity_is_fetched_once_and_one_byte_more_once_per_pass) {
  const OperandBuffer buffer(1024);
  EXPECT_EQ(buffer.dram_reads(1024, 7), 1024U);
  EXPECT_EQ(buffer.dram_reads(1025, 7), 7U * 1025);
}

TEST(OperandBuffer, a_started_word_counts_as_a_word) {
  const BufferCounts counts = OperandBuffer(1024).accesses(9, 3, 4);
  EXPECT_EQ(counts.writes, 3U);
  EXPECT_EQ(counts.reads, 9U);
}

TEST(OperandBuffer, counts_beyond_64_bits_and_words_of_nothing_are_refused) {
  const OperandBuffer buffer(1024);
  EXPECT_THROW(static_cast<void>(buffer.dram_reads(uint64_t{1} << 40, uint64_t{1} << 40)), InputError);
  EXPECT_THROW(static_cast<void>(buffer.accesses(8, 1, 0)), InputError);
}

}  // namespace
}  // namespace nonzero::hw
