#include "nonzero/hw/vector/spade.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <map>
#include <vector>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/hw/array/sextans.h"
#include "nonzero/hw/reduction/output_merge.h"

namespace nonzero::hw {
namespace {

// Every byte's line, looked up one after another in a list per set.
class SlowPe {
 public:
  SlowPe(const SpadeConfig& config, const SimdRows& rows)
      : config_(config), rows_(rows), sets_(config.cache_bytes / config.line_bytes / config.cache_ways) {}

  void visit(uint32_t column) {
    uint64_t last = ~uint64_t{0};
    for (uint64_t byte = column * rows_.bytes(); byte < (column + uint64_t{1}) * rows_.bytes(); ++byte) {
      if (byte / config_.line_bytes == last) continue;
      last = byte / config_.line_bytes;
      ++lines;
      if (!hit(last)) ++misses;
    }
  }

  uint64_t lines = 0, misses = 0;

 private:
  bool hit(uint64_t line) {
    if (sets_ == 0) return false;
    std::list<uint64_t>& set = held_[line % sets_];
    const auto found = std::find(set.begin(), set.end(), line);
    const bool known = found != set.end();
    if (known) set.erase(found);
    set.push_front(line);
    if (set.size() > config_.cache_ways) set.pop_back();
    return known;
  }

  SpadeConfig config_;
  SimdRows rows_;
  uint64_t sets_;
  std::map<uint64_t, std::list<uint64_t>> held_;
};

// Columns near each other and far apart, so that lines are met again at all distances.
std::vector<uint32_t> columns(Random& random, uint64_t count) {
  std::vector<uint32_t> all;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t range = random.chance(0.5) ? 64 : 4096;
    all.push_back(static_cast<uint32_t>(random.below(range)));
  }
  return all;
}

TEST(SpadePe, misses_are_those_of_a_cache_looked_up_line_by_line) {
  Random random(17);
  for (const uint64_t k : {1, 3, 8, 16, 24, 32, 48, 64, 100, 128, 2048})
    for (const uint64_t cache : {0, 4 << 10, 32 << 10}) {
      SpadeConfig config;
      config.cache_bytes = cache;
      const SimdRows rows{k, 4, 2};
      SpadePe pe(config, rows);
      SlowPe slow(config, rows);
      for (int unit = 0; unit < 3; ++unit) {
        const std::vector<uint32_t> visited = columns(random, 300);
        slow.lines = slow.misses = 0;
        for (const uint32_t column : visited) slow.visit(column);
        pe.visit(visited);
        const SpadeWork work = pe.close(12 * 300, 5);
        EXPECT_EQ(work.din_lines, slow.lines) << "K " << k << ", cache " << cache;
        EXPECT_EQ(work.din_misses, slow.misses) << "K " << k << ", cache " << cache;
        EXPECT_EQ(work.nnz, 300U);
      }
    }
}

// K = 32: two lines a row. 100 distinct rows, each met twice while it is held: 200 lines of 400 are fetched.
TEST(SpadePe, a_unit_takes_the_longest_of_vector_pipeline_and_load_queues) {
  const SimdRows rows{32, 4, 2};
  std::vector<uint32_t> visited;
  for (uint32_t i = 0; i < 100; ++i) visited.insert(visited.end(), {i, i});
  SpadePe pe({}, rows);
  pe.visit(visited);
  const SpadeWork work = pe.close(12 * 200, 10);
  EXPECT_EQ(work.din_bytes, 200 * 64.0);
  EXPECT_EQ(work.dout_bytes, 10 * 128.0);
  EXPECT_DOUBLE_EQ(work.compute_seconds, 200 * 2 / 0.8e9);
  const double dense = (200 * 64 + 2 * 10 * 128) / (32 * 64 / 150e-9);
  EXPECT_DOUBLE_EQ(work.seconds, dense);
  EXPECT_EQ(pe.close(0, 0).nnz, 0U);
  EXPECT_NEAR(SpadeConfig{}.dense_rate(), 13.65e9, 0.01e9);
  EXPECT_NEAR(SpadeConfig{}.sparse_rate(), 2.56e9, 0.01e9);
}

TEST(SpadePe, operations_per_non_zero_stretch_the_computing_alone) {
  SpadePe two({}, {32, 4, 2}), many({}, {32, 4, 64});
  const std::vector<uint32_t> visited(1000, 7);
  two.visit(visited);
  many.visit(visited);
  const SpadeWork a = two.close(12000, 1), b = many.close(12000, 1);
  EXPECT_DOUBLE_EQ(b.compute_seconds, 32 * a.compute_seconds);
  EXPECT_EQ(a.bytes(), b.bytes());
  EXPECT_DOUBLE_EQ(b.seconds, b.compute_seconds);
}

TEST(SpadePe, refuses_what_it_cannot_be) {
  SpadeConfig config;
  config.cache_bytes = 1000;
  EXPECT_THROW(SpadePe(config, SimdRows{}), InputError);
  config = {};
  config.cache_bytes = 3 * 64 * 8;
  EXPECT_THROW(SpadePe(config, SimdRows{}), InputError);
  config = {};
  config.latency_seconds = 0;
  EXPECT_THROW(SpadePe(config, SimdRows{}), InputError);
  EXPECT_THROW(SpadePe({}, SimdRows{0, 4, 2}), InputError);
}

// 512 GFLOP/s: a tile of 1000 non-zeros and K = 32 in 2 x 1000 / 20 cycles of 0.8 GHz.
TEST(Sextans, a_tile_takes_the_longer_of_computing_and_streaming) {
  const SimdRows rows{32, 4, 2};
  const SextansConfig config;
  EXPECT_NEAR(config.bytes_per_second, 80.2e9, 0.1e9);
  const SextansTile tile{1000, 12000, 8192 * 128.0, 8192 * 128.0, 0};
  const SextansWork work = sextans_tile(config, rows, tile);
  EXPECT_DOUBLE_EQ(work.compute_seconds, 100 / 0.8e9);
  EXPECT_DOUBLE_EQ(work.seconds, tile.bytes() / config.bytes_per_second);
  EXPECT_EQ(work.scratchpad_lines, 2 * 8192U * 2 + 3 * 1000 * 2);
  const SextansTile dense{1000000, 0, 1, 0, 0};
  EXPECT_DOUBLE_EQ(sextans_tile(config, rows, dense).seconds, 100000 / 0.8e9);
}

TEST(Sextans, a_rate_in_non_zeros_does_not_feel_the_operations) {
  SextansConfig config;
  config.nonzeros_per_cycle = 20;
  const SextansTile tile{4000, 48000, 0, 0, 0};
  EXPECT_DOUBLE_EQ(sextans_tile(config, {32, 4, 2}, tile).compute_seconds, 200 / 0.8e9);
  EXPECT_DOUBLE_EQ(sextans_tile(config, {32, 4, 64}, tile).compute_seconds, 200 / 0.8e9);
}

TEST(OutputMerge, reads_two_outputs_and_writes_one) {
  const OutputMerge merge{3, 1000, {32, 4, 2}};
  EXPECT_EQ(merge.bytes(), 3 * 1000 * 128.0);
  EXPECT_EQ(merge.additions(), 32000U);
  EXPECT_DOUBLE_EQ(merge.seconds(161e9), merge.bytes() / 161e9);
}

}  // namespace
}  // namespace nonzero::hw
