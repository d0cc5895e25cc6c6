#include "nonzero/hw/memory/psram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <map>
#include <stdexcept>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/hw/memory/psram_counter.h"

namespace nonzero::hw {
namespace {

using Run = PsramCounter::Run;

// The walk-through of the Flexagon paper as an outer product: B's rows in the order of A's columns.
const std::vector<std::vector<uint32_t>> kRowsOfB = {{1, 2}, {0, 2}, {0}, {0, 1, 2}};
const std::vector<Run> kElementsOfA = {{1, 0, 2}, {0, 1, 2}, {1, 2, 1}, {1, 3, 3}};

// Element index first, then multiplier.
void stream(Psram<double>& psram) {
  std::vector<PsramDirectory::Fiber> fibers;
  for (const Run& a : kElementsOfA) fibers.push_back(psram.open(a.row, a.k, static_cast<uint32_t>(a.length)));
  for (size_t s = 0; s < 3; ++s)
    for (size_t i = 0; i < fibers.size(); ++i)
      if (const auto& row = kRowsOfB[kElementsOfA[i].k]; s < row.size())
        psram.write(fibers[i], row[s], static_cast<double>(10 * i + s));
}

std::vector<std::string> shown(const Psram<double>& psram, uint64_t set) {
  std::vector<std::string> blocks;
  for (const PsramDirectory::Block& block : psram.directory().contents(set)) {
    std::string text = "K" + std::to_string(block.k);
    for (const uint32_t c : psram.elements(block).coordinates) text += " " + std::to_string(c);
    blocks.push_back(text);
  }
  return blocks;
}

TEST(Psram, holds_the_walk_through_of_the_paper) {
  Psram<double> psram({2, 4, 2, 4}, PsramOverflow::kSpill);
  stream(psram);
  EXPECT_EQ(shown(psram, 0), (std::vector<std::string>{"K1 0 2"}));
  EXPECT_EQ(shown(psram, 1), (std::vector<std::string>{"K0 1 2", "K2 0", "K3 0 1", "K3 2"}));
  EXPECT_EQ(psram.counts(), (PsramCounts{8, 0, 5, 0, 5, 4}));
}

TEST(Psram, with_three_blocks_spills_the_oldest_and_still_reads_it_first) {
  Psram<double> psram({2, 3, 2, 4}, PsramOverflow::kSpill);
  stream(psram);
  EXPECT_EQ(shown(psram, 1), (std::vector<std::string>{"K2 0", "K3 0 1", "K3 2"}));
  EXPECT_EQ(psram.counts().spilled_blocks, 1U);
  const PsramDirectory::Fiber k0 = 0;
  EXPECT_EQ(psram.consume(k0), (Psram<double>::Element{1, 0}));
  EXPECT_EQ(psram.consume(k0), (Psram<double>::Element{2, 1}));
  EXPECT_THROW(psram.consume(k0), std::logic_error);
  EXPECT_EQ(psram.counts().reads, 2U);
}

TEST(Psram, of_kind_fail_names_row_k_tile_and_occupancy) {
  Psram<double> psram({2, 3, 2, 4}, PsramOverflow::kFail);
  psram.begin_tile(17);
  try {
    stream(psram);
    FAIL() << "no error";
  } catch (const InputError& error) {
    const std::string message = error.what();
    for (const char* part : {"row 1", "k 3", "tile 17", "all 3 blocks"})
      EXPECT_NE(message.find(part), std::string::npos) << part << " in: " << message;
  }
  PsramCounter counter({2, 3, 2, 4}, PsramOverflow::kFail);
  EXPECT_THROW(counter.write(kElementsOfA), InputError);
}

TEST(Psram, a_block_is_free_once_it_is_read_and_either_full_or_closed) {
  Psram<double> psram({1, 4, 2, 4}, PsramOverflow::kSpill);
  const auto fiber = psram.open(0, 0, 8);
  psram.write(fiber, 0, 1);
  (void)psram.consume(fiber);
  EXPECT_EQ(psram.directory().live_blocks(), 1U);  // may still be written
  psram.write(fiber, 1, 2);
  (void)psram.consume(fiber);
  EXPECT_EQ(psram.directory().live_blocks(), 0U);  // full and read
  psram.write(fiber, 2, 3);
  (void)psram.consume(fiber);
  psram.close(fiber);
  EXPECT_EQ(psram.directory().live_blocks(), 0U);
}

TEST(Psram, geometry_must_multiply_to_its_bytes) {
  check({64, 64, 16, 4}, 256 << 10);
  check({32, 64, 16, 4}, 128 << 10);
  EXPECT_THROW(check({64, 64, 16, 4}, 128 << 10), InputError);
  EXPECT_THROW(check({0, 64, 16, 4}, 0), InputError);
  EXPECT_THROW(check({uint64_t{1} << 40, uint64_t{1} << 40, 16, 4}, 1 << 20), InputError);
  EXPECT_THROW(Psram<double>({1, 0, 1, 4}, PsramOverflow::kSpill), InputError);
  EXPECT_THROW(PsramCounter({1, 1, 0, 4}, PsramOverflow::kSpill), InputError);
  try {
    check({64, 64, 16, 4}, 1000);
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("64 x 64 x 16 x 4"), std::string::npos);
  }
}

// The rules of Flexagon's PSRAM, told with maps: the slow judge of blocks and spills.
class TwinPsram {
 public:
  TwinPsram(const PsramGeometry& geometry, PsramOverflow overflow)
      : geometry_(geometry), overflow_(overflow) {}

  uint64_t spilled = 0, opened = 0, peak = 0;

  void write(uint32_t row, uint64_t k, uint32_t element) {
    Block* block = nullptr;
    for (auto& [seq, candidate] : sets_[row % geometry_.sets])
      if (candidate.row == row && candidate.k == k) block = &candidate;
    if (block == nullptr || block->written == geometry_.block_elements) block = &free_block(row, k);
    block->data.push_back(element);
    ++block->written;
  }

  uint32_t consume(uint32_t row, uint64_t k) {
    auto& segments = spilled_[{row, k}];
    while (!segments.empty() && segments.front().empty()) segments.pop_front();
    if (!segments.empty()) return pop(segments.front());
    auto& set = sets_[row % geometry_.sets];
    for (auto it = set.begin(); it != set.end(); ++it) {
      Block& block = it->second;
      if (block.row != row || block.k != k) continue;
      const uint32_t element = pop(block.data);
      if (block.data.empty() && (block.written == geometry_.block_elements || closed_[{row, k}]))
        set.erase(it);
      return element;
    }
    throw std::logic_error("nothing to consume");
  }

  void close(uint32_t row, uint64_t k) {
    closed_[{row, k}] = true;
    auto& set = sets_[row % geometry_.sets];
    for (auto it = set.begin(); it != set.end();)
      it = it->second.row == row && it->second.k == k && it->second.data.empty() ? set.erase(it)
                                                                                 : std::next(it);
  }

  uint64_t live() const {
    uint64_t blocks = 0;
    for (const auto& [index, set] : sets_) blocks += set.size();
    return blocks;
  }

 private:
  struct Block {
    uint32_t row;
    uint64_t k;
    uint64_t written;
    std::deque<uint32_t> data;
  };

  static uint32_t pop(std::deque<uint32_t>& queue) {
    const uint32_t front = queue.front();
    queue.pop_front();
    return front;
  }

  Block& free_block(uint32_t row, uint64_t k) {
    auto& set = sets_[row % geometry_.sets];
    if (overflow_ == PsramOverflow::kSpill && set.size() == geometry_.blocks) {
      const Block& oldest = set.begin()->second;
      spilled_[{oldest.row, oldest.k}].push_back(oldest.data);
      set.erase(set.begin());
      ++spilled;
    }
    ++opened;
    Block& block = set[seq_++] = Block{row, k, 0, {}};
    peak = std::max(peak, live());
    return block;
  }

  PsramGeometry geometry_;
  PsramOverflow overflow_;
  uint64_t seq_ = 0;
  std::map<uint64_t, std::map<uint64_t, Block>> sets_;  // by set, by seq
  std::map<std::pair<uint32_t, uint64_t>, std::deque<std::deque<uint32_t>>> spilled_;
  std::map<std::pair<uint32_t, uint64_t>, bool> closed_;
};

PsramGeometry random_geometry(Random& random) {
  return {1 + random.below(5), 1 + random.below(6), 1 + random.below(5), 4};
}

RC_GTEST_PROP(Psram, any_history_equals_a_map_of_queues, (uint64_t seed, bool spill)) {
  Random random(seed);
  const PsramGeometry geometry = random_geometry(random);
  const PsramOverflow overflow = spill ? PsramOverflow::kSpill : PsramOverflow::kUnbounded;
  Psram<int64_t> psram(geometry, overflow);
  TwinPsram twin(geometry, overflow);
  struct Open {
    uint32_t row;
    uint64_t k;
    PsramDirectory::Fiber fiber;
    std::deque<uint32_t> queue;
    bool closed = false;
  };
  std::vector<Open> fibers;
  const double writing = 0.3 + 0.6 * random.unit();
  for (uint32_t step = 0; step < 400; ++step) {
    if (fibers.empty() || random.chance(0.05)) {
      const auto row = static_cast<uint32_t>(random.below(8));
      const uint64_t k = fibers.size();
      fibers.push_back({row, k, psram.open(row, k, static_cast<uint32_t>(random.below(4))), {}});
    }
    Open& open = fibers[random.below(fibers.size())];
    if (!open.closed && random.chance(writing)) {
      psram.write(open.fiber, step, -int64_t{step});
      twin.write(open.row, open.k, step);
      open.queue.push_back(step);
    } else if (!open.queue.empty()) {
      const auto element = psram.consume(open.fiber);
      RC_ASSERT(element.coordinate == open.queue.front());
      RC_ASSERT(element.value == -int64_t{open.queue.front()});
      RC_ASSERT(twin.consume(open.row, open.k) == open.queue.front());
      open.queue.pop_front();
    } else if (random.chance(0.2) && !open.closed) {
      open.closed = true;
      psram.close(open.fiber);
      twin.close(open.row, open.k);
    }
    RC_ASSERT(psram.counts().spilled_blocks == twin.spilled);
    RC_ASSERT(psram.counts().opened_blocks == twin.opened);
    RC_ASSERT(psram.counts().peak_blocks == twin.peak);
    RC_ASSERT(psram.directory().live_blocks() == twin.live());
  }
  for (Open& open : fibers) {
    const auto rest = psram.drain(open.fiber);
    RC_ASSERT(
        std::equal(rest.coordinates.begin(), rest.coordinates.end(), open.queue.begin(), open.queue.end()));
  }
  RC_ASSERT(psram.directory().live_blocks() == 0);
  RC_ASSERT(psram.counts().reads == psram.counts().writes);
}

// Tiles are written element by element into one, a block at a time into the other; rows of any of them are
// consumed between tiles.
RC_GTEST_PROP(PsramCounter, counts_what_single_elements_count, (uint64_t seed, bool spill)) {
  Random random(seed);
  const PsramGeometry geometry = random_geometry(random);
  const PsramOverflow overflow = spill ? PsramOverflow::kSpill : PsramOverflow::kUnbounded;
  PsramDirectory directory(geometry, overflow);
  PsramCounter counter(geometry, overflow);
  const uint64_t multipliers = 1 + random.below(12);  // more or fewer than blocks of a set
  std::map<uint32_t, std::vector<std::pair<Run, PsramDirectory::Fiber>>> by_row;
  uint64_t k = 0;
  for (int tile = 0; tile < 6; ++tile) {
    std::vector<Run> writers;
    std::vector<PsramDirectory::Fiber> fibers;
    for (uint64_t i = 0; i < multipliers; ++i) {
      writers.push_back({static_cast<uint32_t>(random.below(7)), k++, random.below(14)});
      fibers.push_back(directory.open(writers[i].row, writers[i].k));
      by_row[writers[i].row].push_back({writers[i], fibers[i]});
    }
    counter.write(writers);
    for (uint64_t s = 0; s < 14; ++s)
      for (size_t i = 0; i < writers.size(); ++i)
        if (s < writers[i].length) directory.write(fibers[i]);
    RC_ASSERT(counter.counts() == directory.counts());

    const auto row = static_cast<uint32_t>(random.below(7));
    std::vector<Run> runs;
    for (const auto& [run, fiber] : by_row[row]) {
      runs.push_back(run);
      directory.close(fiber);
      while (directory.waiting(fiber) > 0) (void)directory.consume(fiber);
    }
    by_row[row].clear();
    counter.consume(runs);
    RC_ASSERT(counter.counts() == directory.counts());
    RC_ASSERT(counter.live_blocks() == directory.live_blocks());
  }
}

}  // namespace
}  // namespace nonzero::hw
