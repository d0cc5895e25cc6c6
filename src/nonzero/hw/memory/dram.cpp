#include "nonzero/hw/memory/dram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/suggest.h"

namespace nonzero::hw {
namespace {

// Bandwidths are kept as whole multiples of 2^-20 byte per cycle, so that sums over granules are exact.
constexpr uint64_t kParts = uint64_t{1} << 20;
constexpr double kMinBytesPerCycle = 1.0 / 1024;
constexpr double kMaxBytesPerCycle = 1 << 24;

struct Preset {
  const char* name;
  uint32_t channels;
  double bytes_per_second;  // of all channels together
  double latency_seconds;
  uint32_t granularity_bytes;
};

// Bandwidths and hbm2-256's 100 ns are the papers'; splits into channels, other latencies and burst
// lengths are choices after JESD235 (HBM: 128-bit channels) and JESD79-4 (DDR4: 64-bit channels).
constexpr Preset kPresets[] = {
    {"hbm2-256", 8, 256e9, 100e-9, 64},
    {"hbm-128", 16, 128e9, 100e-9, 64},
    {"ddr4-vcu1525", 4, 76.8e9, 50e-9, 64},
    {"hbm-205", 8, 205e9, 100e-9, 64},
};

uint64_t transfer_cycles(const DramConfig& config, uint64_t bytes) {
  if (std::isinf(config.bytes_per_cycle)) return 0;
  const auto rate = static_cast<uint64_t>(std::llround(config.bytes_per_cycle * static_cast<double>(kParts)));
  // bytes · kParts / rate without the product, which may not fit.
  return bytes / rate * kParts + ceil_div(bytes % rate * kParts, rate);
}

// Cycles before `cycle` in which a channel may move data.
uint64_t usable_before(const DramConfig& config, uint64_t cycle) {
  const uint64_t interval = config.refresh_interval_cycles;
  if (interval == 0 || cycle < interval) return cycle;
  const uint64_t usable = interval - config.refresh_cycles;
  const uint64_t offset = cycle % interval;
  return interval + (cycle / interval - 1) * usable +
         (offset > config.refresh_cycles ? offset - config.refresh_cycles : 0);
}

// The first cycle before which `usable` such cycles lie.
uint64_t cycle_after(const DramConfig& config, uint64_t usable) {
  const uint64_t interval = config.refresh_interval_cycles;
  if (interval == 0 || usable <= interval) return usable;
  const uint64_t per_interval = interval - config.refresh_cycles;
  const uint64_t beyond = usable - interval;
  return usable + config.refresh_cycles * ceil_div(beyond, per_interval);
}

}  // namespace

std::vector<std::string> dram_preset_names() {
  std::vector<std::string> names = {"ideal", "tpu-like"};
  for (const Preset& preset : kPresets) names.emplace_back(preset.name);
  return names;
}

DramConfig dram_preset(const std::string& name, double clock_hz, uint32_t word_bytes) {
  if (!(clock_hz > 0) || std::isinf(clock_hz))
    throw InputError(fmt::format("DRAM clock of {} Hz", clock_hz), "a positive number of Hz");
  if (word_bytes == 0) throw InputError("DRAM words of 0 bytes", "at least 1 byte");
  DramConfig config;
  if (name == "ideal") {
    config.bytes_per_cycle = std::numeric_limits<double>::infinity();
    config.granularity_bytes = 1;
    return config;
  }
  if (name == "tpu-like") {
    config.bytes_per_cycle = 128.0 * word_bytes;
    config.granularity_bytes = word_bytes;
    return config;
  }
  for (const Preset& preset : kPresets) {
    if (name != preset.name) continue;
    config.channels = preset.channels;
    config.bytes_per_cycle = preset.bytes_per_second / preset.channels / clock_hz;
    config.latency_cycles = static_cast<uint64_t>(std::ceil(preset.latency_seconds * clock_hz));
    config.granularity_bytes = preset.granularity_bytes;
    check_dram_config(config);
    return config;
  }
  const auto names = dram_preset_names();
  throw InputError(fmt::format("unknown DRAM preset '{}'{}", name, did_you_mean(name, names)),
                   fmt::format("{}", fmt::join(names, ", ")));
}

void check_dram_config(const DramConfig& config) {
  const auto at_least_one = [](uint64_t value, const char* field) {
    if (value == 0) throw InputError(fmt::format("DRAM {} of 0", field), "at least 1");
  };
  at_least_one(config.channels, "channels");
  at_least_one(config.granularity_bytes, "granularity_bytes");
  const double rate = config.bytes_per_cycle;
  if (!std::isinf(rate) || rate < 0)
    if (!(rate >= kMinBytesPerCycle) || rate > kMaxBytesPerCycle)
      throw InputError(fmt::format("DRAM bytes_per_cycle of {}", rate), "2^-10 to 2^24, or infinity");
  if (config.row_buffer) {
    at_least_one(config.banks, "banks");
    at_least_one(config.row_bytes, "row_bytes");
    if (config.row_bytes % config.granularity_bytes != 0)
      throw InputError(fmt::format("DRAM row_bytes of {}", config.row_bytes),
                       fmt::format("a multiple of granularity_bytes, {}", config.granularity_bytes));
  }
  if (config.refresh_interval_cycles != 0 && config.refresh_cycles >= config.refresh_interval_cycles)
    throw InputError(fmt::format("DRAM refresh_cycles of {}", config.refresh_cycles),
                     fmt::format("less than refresh_interval_cycles, {}", config.refresh_interval_cycles));
}

uint64_t dram_cycles(const DramConfig& config, uint64_t bytes) {
  check_dram_config(config);
  if (bytes == 0) return 0;
  // Channel 0 has the first granule and so never fewer than any other.
  const uint64_t granules = ceil_div(ceil_div(bytes, config.granularity_bytes), config.channels);
  const uint64_t moved = granules * config.granularity_bytes;
  const uint64_t blocked = config.row_buffer ? ceil_div(moved, config.row_bytes) * config.row_miss_cycles : 0;
  return cycle_after(config, blocked + transfer_cycles(config, moved)) + config.latency_cycles;
}

Dram::Dram(const DramConfig& config) : config_(config) {
  check_dram_config(config);
  channels_.resize(config.channels);
  if (config.row_buffer)
    for (Channel& channel : channels_) channel.open_rows.resize(config.banks);
}

uint64_t Dram::end_of(const Channel& channel) const {
  return channel.begin + channel.blocked + transfer_cycles(config_, channel.bytes);
}

uint64_t Dram::open_rows(Channel& channel, uint64_t first, uint64_t granules) {
  const uint64_t granules_per_row = config_.row_bytes / config_.granularity_bytes;
  uint64_t misses = 0;
  for (uint64_t row = first / granules_per_row; row <= (first + granules - 1) / granules_per_row; ++row) {
    uint64_t& open = channel.open_rows[row % config_.banks];
    misses += open != row + 1;
    open = row + 1;
  }
  return misses;
}

uint64_t Dram::request(uint64_t arrival, uint64_t address, uint64_t bytes) {
  if (bytes == 0) return arrival;
  if (bytes - 1 > std::numeric_limits<uint64_t>::max() - address)
    throw InputError(fmt::format("DRAM request of {} bytes at address {}", bytes, address),
                     "addresses below 2^64");
  const uint64_t first = address / config_.granularity_bytes;
  const uint64_t granules = (address + (bytes - 1)) / config_.granularity_bytes - first + 1;
  ++counts_.requests;
  counts_.bytes_requested += bytes;
  counts_.bytes_moved += granules * config_.granularity_bytes;

  const uint64_t now = usable_before(config_, arrival);
  uint64_t done = 0;
  for (uint64_t i = 0; i < std::min<uint64_t>(granules, config_.channels); ++i) {
    Channel& channel = channels_[(first + i) % config_.channels];
    const uint64_t here = ceil_div(granules - i, config_.channels);
    if (end_of(channel) <= now) {
      channel.begin = now;
      channel.blocked = channel.bytes = 0;
    }
    if (config_.row_buffer) {
      const uint64_t misses = open_rows(channel, (first + i) / config_.channels, here);
      channel.blocked += misses * config_.row_miss_cycles;
      counts_.row_misses += misses;
      counts_.row_hits += here - misses;
    }
    channel.bytes += here * config_.granularity_bytes;
    done = std::max(done, end_of(channel));
  }
  // No transfer time at all ends where it began, which a refresh puts before `arrival`.
  return std::max(arrival, cycle_after(config_, done)) + config_.latency_cycles;
}

}  // namespace nonzero::hw
