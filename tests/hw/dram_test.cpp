#include "nonzero/hw/memory/dram.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <vector>

#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

struct Request {
  uint64_t arrival, address, bytes;
};

// Cycle by cycle, granule by granule: a channel waits out refresh, then the opening of its front granule's
// row, then earns bytes_per_cycle of credit and spends it on its queue; an empty queue forfeits the rest.
class SlowDram {
 public:
  explicit SlowDram(const DramConfig& config) : config_(config), channels_(config.channels) {}

  std::vector<uint64_t> run(const std::vector<Request>& requests) {
    std::vector<uint64_t> done(requests.size());
    std::vector<uint64_t> open_granules(requests.size());
    size_t next = 0;
    for (uint64_t cycle = 0; next < requests.size() || busy(); ++cycle) {
      for (; next < requests.size() && requests[next].arrival <= cycle; ++next) {
        done[next] = requests[next].arrival;
        open_granules[next] = enqueue(next, requests[next]);
      }
      if (refreshing(cycle)) continue;
      for (Channel& channel : channels_)
        for (const size_t id : step(channel)) {
          if (--open_granules[id] == 0) done[id] = cycle + 1 + config_.latency_cycles;
        }
    }
    return done;
  }

  uint64_t row_misses = 0, row_hits = 0;

 private:
  struct Granule {
    size_t request;
    uint64_t wait;
    double bytes_left;
  };
  struct Channel {
    std::deque<Granule> queue;
    std::map<uint64_t, uint64_t> open_row_of_bank;
    double credit = 0;
  };

  bool busy() const {
    for (const Channel& channel : channels_)
      if (!channel.queue.empty()) return true;
    return false;
  }

  bool refreshing(uint64_t cycle) const {
    const uint64_t interval = config_.refresh_interval_cycles;
    return interval != 0 && cycle >= interval && cycle % interval < config_.refresh_cycles;
  }

  uint64_t enqueue(size_t id, const Request& request) {
    uint64_t granules = 0;
    uint64_t last = std::numeric_limits<uint64_t>::max();
    for (uint64_t byte = request.address; byte < request.address + request.bytes; ++byte) {
      const uint64_t granule = byte / config_.granularity_bytes;
      if (granule == last) continue;
      last = granule;
      ++granules;
      Channel& channel = channels_[granule % config_.channels];
      channel.queue.push_back(
          {id, row_wait(channel, granule), static_cast<double>(config_.granularity_bytes)});
    }
    return granules;
  }

  uint64_t row_wait(Channel& channel, uint64_t granule) {
    if (!config_.row_buffer) return 0;
    const uint64_t row = granule / config_.channels * config_.granularity_bytes / config_.row_bytes;
    const auto [bank, closed] = channel.open_row_of_bank.try_emplace(row % config_.banks, row);
    if (!closed && bank->second == row) {
      ++row_hits;
      return 0;
    }
    bank->second = row;
    ++row_misses;
    return config_.row_miss_cycles;
  }

  // The requests whose granules are moved in this cycle.
  std::vector<size_t> step(Channel& channel) {
    std::vector<size_t> moved;
    bool transferring = false;
    while (!channel.queue.empty()) {
      Granule& front = channel.queue.front();
      if (front.wait > 0) {
        if (transferring || --front.wait > 0) return moved;
        transferring = true;  // with no more credit than earlier cycles have left
      }
      if (!transferring) channel.credit += config_.bytes_per_cycle;
      transferring = true;
      const double bytes = std::min(channel.credit, front.bytes_left);
      channel.credit -= bytes;
      front.bytes_left -= bytes;
      if (front.bytes_left > 0) return moved;
      moved.push_back(front.request);
      channel.queue.pop_front();
    }
    channel.credit = 0;
    return moved;
  }

  DramConfig config_;
  std::vector<Channel> channels_;
};

// Bandwidths in sixteenths, so that the twin's sums of doubles are exact too.
DramConfig random_config() {
  DramConfig config;
  config.channels = *rc::gen::inRange<uint32_t>(1, 6);
  config.bytes_per_cycle = *rc::gen::inRange(1, 400) / 16.0;
  config.latency_cycles = *rc::gen::inRange<uint64_t>(0, 30);
  config.granularity_bytes = *rc::gen::element<uint32_t>(1, 4, 12, 32);
  config.row_buffer = *rc::gen::arbitrary<bool>();
  config.row_bytes = config.granularity_bytes * *rc::gen::inRange<uint32_t>(1, 9);
  config.banks = *rc::gen::inRange<uint32_t>(1, 4);
  config.row_miss_cycles = *rc::gen::inRange<uint64_t>(0, 12);
  config.refresh_interval_cycles = *rc::gen::element<uint64_t>(0, 7, 50);
  if (config.refresh_interval_cycles != 0) config.refresh_cycles = *rc::gen::inRange<uint64_t>(0, 7);
  return config;
}

DramConfig one_channel(double bytes_per_cycle, uint64_t latency) {
  DramConfig config;
  config.bytes_per_cycle = bytes_per_cycle;
  config.latency_cycles = latency;
  config.granularity_bytes = 8;
  return config;
}

RC_GTEST_PROP(Dram, equals_the_cycle_by_cycle_twin_on_random_requests, ()) {
  const DramConfig config = random_config();
  std::vector<Request> requests(*rc::gen::inRange<size_t>(1, 20));
  uint64_t arrival = 0;
  for (Request& request : requests) {
    arrival += *rc::gen::inRange<uint64_t>(0, 40);
    request = {arrival, *rc::gen::inRange<uint64_t>(0, 2000), *rc::gen::inRange<uint64_t>(0, 300)};
  }
  Dram dram(config);
  SlowDram slow(config);
  const std::vector<uint64_t> expected = slow.run(requests);
  for (size_t i = 0; i < requests.size(); ++i)
    RC_ASSERT(dram.request(requests[i].arrival, requests[i].address, requests[i].bytes) == expected[i]);
  RC_ASSERT(dram.counts().row_misses == slow.row_misses);
  RC_ASSERT(dram.counts().row_hits == slow.row_hits);
}

RC_GTEST_PROP(Dram, bulk_stream_equals_one_request_and_the_twin, ()) {
  const DramConfig config = random_config();
  const auto bytes = *rc::gen::inRange<uint64_t>(0, 3000);
  const uint64_t bulk = dram_cycles(config, bytes);
  RC_ASSERT(Dram(config).request(0, 0, bytes) == bulk);
  RC_ASSERT(SlowDram(config).run({{0, 0, bytes}}).front() == bulk);
}

RC_GTEST_PROP(Dram, a_stream_cut_into_requests_takes_as_long_as_the_whole, ()) {
  const DramConfig config = random_config();
  const auto pieces = *rc::gen::inRange<uint64_t>(1, 20);
  const uint64_t piece = config.granularity_bytes * *rc::gen::inRange<uint64_t>(1, 9);
  Dram dram(config);
  uint64_t done = 0;
  for (uint64_t i = 0; i < pieces; ++i) done = std::max(done, dram.request(0, i * piece, piece));
  RC_ASSERT(done == dram_cycles(config, pieces * piece));
  RC_ASSERT(dram.counts().bytes_moved == pieces * piece);
}

RC_GTEST_PROP(Dram, more_bytes_never_take_less_and_more_bandwidth_never_more, ()) {
  DramConfig config = random_config();
  const auto bytes = *rc::gen::inRange<uint64_t>(0, 100000);
  const uint64_t cycles = dram_cycles(config, bytes);
  RC_ASSERT(dram_cycles(config, bytes + *rc::gen::inRange<uint64_t>(0, 200)) >= cycles);
  config.bytes_per_cycle *= 1 + *rc::gen::inRange(0, 100) / 50.0;
  RC_ASSERT(dram_cycles(config, bytes) <= cycles);
}

TEST(Dram, word_is_not_ready_at_latency_plus_transfer_minus_one_but_is_at_it) {
  // 8 bytes at 2 bytes per cycle cross in 4 cycles, then travel for 10.
  Dram dram(one_channel(2, 10));
  EXPECT_EQ(dram.request(100, 0, 8), 100U + 4 + 10);
}

TEST(Dram, latency_is_pipelined_and_bandwidth_is_not) {
  Dram dram(one_channel(2, 10));
  EXPECT_EQ(dram.request(0, 0, 8), 14U);
  EXPECT_EQ(dram.request(0, 8, 8), 18U);
  EXPECT_EQ(dram.request(8, 16, 8), 22U);
}

TEST(Dram, queued_requests_share_a_cycle_and_an_idle_channel_starts_a_new_one) {
  // 8 bytes at 3 per cycle: 2 2/3 cycles. Queued behind one another 16 bytes end in cycle 6 (5 1/3).
  Dram queued(one_channel(3, 0));
  EXPECT_EQ(queued.request(0, 0, 8), 3U);
  EXPECT_EQ(queued.request(2, 8, 8), 6U);
  EXPECT_EQ(queued.request(6, 16, 8), 9U);
}

TEST(Dram, granules_go_round_the_channels) {
  DramConfig config = one_channel(8, 0);
  config.channels = 4;
  EXPECT_EQ(Dram(config).request(0, 0, 32), 1U);
  EXPECT_EQ(Dram(config).request(0, 0, 40), 2U);
  Dram dram(config);
  EXPECT_EQ(dram.request(0, 0, 8), 1U);
  EXPECT_EQ(dram.request(0, 32, 8), 2U);  // channel 0 again
  EXPECT_EQ(dram.request(0, 8, 8), 1U);   // channel 1 is idle
}

TEST(Dram, whole_granules_are_moved_however_few_bytes_are_asked_for) {
  Dram dram(one_channel(8, 0));
  EXPECT_EQ(dram.request(0, 7, 2), 2U);
  EXPECT_EQ(dram.counts().bytes_requested, 2U);
  EXPECT_EQ(dram.counts().bytes_moved, 16U);
  EXPECT_EQ(dram.counts().requests, 1U);
}

TEST(Dram, open_row_hits_and_another_row_of_the_bank_costs_the_miss) {
  DramConfig config = one_channel(8, 0);
  config.row_buffer = true;
  config.row_bytes = 16;
  config.banks = 2;
  config.row_miss_cycles = 20;
  Dram dram(config);
  EXPECT_EQ(dram.request(0, 0, 8), 21U);
  EXPECT_EQ(dram.request(100, 8, 8), 101U);   // row 0 is open
  EXPECT_EQ(dram.request(200, 16, 8), 221U);  // row 1, the other bank
  EXPECT_EQ(dram.request(300, 0, 8), 301U);   // row 0 still open
  EXPECT_EQ(dram.request(400, 32, 8), 421U);  // row 2 closes row 0
  EXPECT_EQ(dram.request(500, 0, 8), 521U);
  EXPECT_EQ(dram.counts().row_hits, 2U);
  EXPECT_EQ(dram.counts().row_misses, 4U);
}

TEST(Dram, nothing_moves_during_refresh) {
  DramConfig config = one_channel(8, 0);
  config.refresh_interval_cycles = 10;
  config.refresh_cycles = 3;
  EXPECT_EQ(Dram(config).request(8, 0, 16), 10U);
  EXPECT_EQ(Dram(config).request(8, 0, 24), 14U);
  EXPECT_EQ(Dram(config).request(11, 0, 8), 14U);
  EXPECT_EQ(Dram(config).request(13, 0, 8), 14U);
}

TEST(DramPreset, ideal_costs_no_cycle) {
  const DramConfig ideal = dram_preset("ideal", 500e6, 4);
  EXPECT_EQ(dram_cycles(ideal, uint64_t{1} << 40), 0U);
  EXPECT_EQ(Dram(ideal).request(17, 5, 1000), 17U);
}

TEST(DramPreset, tpu_like_moves_128_words_per_cycle) {
  for (const uint32_t word : {1U, 2U, 4U}) {
    const DramConfig config = dram_preset("tpu-like", 500e6, word);
    EXPECT_EQ(dram_cycles(config, uint64_t{128} * word), 1U);
    EXPECT_EQ(dram_cycles(config, uint64_t{129} * word), 2U);
  }
}

TEST(DramPreset, one_second_of_clock_moves_the_bandwidth_of_one_second) {
  const std::map<std::string, double> bytes_per_second = {
      {"hbm2-256", 256e9}, {"hbm-128", 128e9}, {"ddr4-vcu1525", 76.8e9}, {"hbm-205", 205e9}};
  for (const auto& [name, bytes] : bytes_per_second) {
    const DramConfig config = dram_preset(name, 500e6, 4);
    const uint64_t cycles = dram_cycles(config, static_cast<uint64_t>(bytes));
    EXPECT_NEAR(static_cast<double>(cycles - config.latency_cycles), 500e6, 50) << name;
  }
}

TEST(DramPreset, hbm2_256_answers_after_100_ns_at_any_clock) {
  EXPECT_EQ(dram_preset("hbm2-256", 500e6, 4).latency_cycles, 50U);
  EXPECT_EQ(dram_preset("hbm2-256", 1e9, 4).latency_cycles, 100U);
}

TEST(DramPreset, every_name_is_a_preset_without_rows_and_refresh) {
  ASSERT_EQ(dram_preset_names().size(), 6U);
  for (const std::string& name : dram_preset_names()) {
    const DramConfig config = dram_preset(name, 800e6, 4);
    EXPECT_NO_THROW(check_dram_config(config)) << name;
    EXPECT_FALSE(config.row_buffer) << name;
    EXPECT_EQ(config.refresh_interval_cycles, 0U) << name;
  }
}

TEST(DramPreset, unknown_name_suggests_the_nearest) {
  try {
    dram_preset("hbm-127", 500e6, 4);
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("hbm-128"), std::string::npos) << error.what();
  }
}

TEST(DramConfig, fields_out_of_range_are_refused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double rate : {0.0, -1.0, nan, 1e9, -std::numeric_limits<double>::infinity()})
    EXPECT_THROW(Dram{one_channel(rate, 0)}, InputError) << rate;
  DramConfig config = one_channel(8, 0);
  config.channels = 0;
  EXPECT_THROW(dram_cycles(config, 8), InputError);
  config = one_channel(8, 0);
  config.refresh_interval_cycles = config.refresh_cycles = 5;
  EXPECT_THROW(Dram{config}, InputError);
  config = one_channel(8, 0);
  config.row_buffer = true;
  config.row_bytes = 12;
  EXPECT_THROW(Dram{config}, InputError);
  EXPECT_THROW(dram_preset("ideal", 0, 4), InputError);
  EXPECT_THROW(dram_preset("ideal", 1e9, 0), InputError);
  EXPECT_THROW(Dram(one_channel(8, 0)).request(0, ~uint64_t{0}, 2), InputError);
}

}  // namespace
}  // namespace nonzero::hw
