#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nonzero::hw {

// DRAM: a bandwidth/latency server with a queue per channel.
//
//   function    request (arrival cycle, address, bytes) -> completion cycle
//   addresses   granule = address / granularity; channel = granule mod channels
//   throughput  bytes_per_cycle per channel; whole granules are moved, however few of their bytes
//               are asked for
//   latency     latency_cycles after the last byte has crossed the channel, pipelined
//   rows        with row_buffer: a bank keeps its last row open; a granule in another row first blocks
//               its channel for row_miss_cycles (precharge and activate)
//   refresh     with refresh_interval_cycles I > 0: in cycles [kI, kI + refresh_cycles), k >= 1, no
//               channel moves
//
// A channel serves its granules in the order of the calls. Requests that find the channel busy follow
// without a gap, fractions of a cycle included; one that finds it idle starts on its own arrival cycle.
struct DramConfig {
  uint32_t channels = 1;
  double bytes_per_cycle = 0;  // per channel; infinity: no bandwidth limit. Kept to 2^-20 byte.
  uint64_t latency_cycles = 0;
  uint32_t granularity_bytes = 64;

  bool row_buffer = false;
  uint32_t row_bytes = 2048;  // a multiple of granularity_bytes
  uint32_t banks = 16;        // per channel
  uint64_t row_miss_cycles = 0;

  uint64_t refresh_interval_cycles = 0;  // 0: no refresh
  uint64_t refresh_cycles = 0;
};

// In the order in which they are documented: ideal first.
std::vector<std::string> dram_preset_names();

// A preset in cycles of `clock_hz`; `word_bytes` matters to tpu-like (128 words per cycle) alone.
// Throws InputError for an unknown name, a clock that is not positive or a word of no bytes.
DramConfig dram_preset(const std::string& name, double clock_hz, uint32_t word_bytes);

// Throws InputError naming the field that is out of its range.
void check_dram_config(const DramConfig& config);

// Cycles until the last byte of one sequential stream has arrived, asked for in cycle 0 from address 0
// of an idle memory; 0 for no bytes. Never decreases with bytes, never increases with bandwidth.
uint64_t dram_cycles(const DramConfig& config, uint64_t bytes);

struct DramCounts {
  uint64_t requests = 0;
  uint64_t bytes_requested = 0;
  uint64_t bytes_moved = 0;  // whole granules: what the channels and the energy see
  uint64_t row_hits = 0;     // granules; both stay 0 without row_buffer
  uint64_t row_misses = 0;
};

class Dram {
 public:
  // Throws InputError as check_dram_config does.
  explicit Dram(const DramConfig& config);

  // The cycle from which the bytes [address, address + bytes) are there (or written). No bytes: `arrival`.
  // Throws InputError where the range leaves the 64-bit address space.
  uint64_t request(uint64_t arrival, uint64_t address, uint64_t bytes);

  [[nodiscard]] const DramConfig& config() const { return config_; }
  [[nodiscard]] const DramCounts& counts() const { return counts_; }

 private:
  // Work since the channel was last idle, in cycles in which it may move data (refresh left out).
  struct Channel {
    uint64_t begin = 0;
    uint64_t blocked = 0;
    uint64_t bytes = 0;
    std::vector<uint64_t> open_rows;  // per bank, row + 1; 0: none
  };

  [[nodiscard]] uint64_t end_of(const Channel& channel) const;
  // Row misses of local granules [first, first + granules).
  uint64_t open_rows(Channel& channel, uint64_t first, uint64_t granules);

  DramConfig config_;
  DramCounts counts_;
  std::vector<Channel> channels_;
};

}  // namespace nonzero::hw
