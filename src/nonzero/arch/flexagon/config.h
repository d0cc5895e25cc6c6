#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nonzero/arch/flexagon/dataflow.h"
#include "nonzero/base/config.h"
#include "nonzero/tensor/data_type.h"

namespace nonzero::flexagon {

enum class Timing : uint8_t { kPaper, kPipelined };
enum class StrPort : uint8_t { kAuto, kLineSerial, kMulticast };
enum class Overflow : uint8_t { kAuto, kUnbounded, kSpill, kFail };
enum class DnTopology : uint8_t { kTree, kBenes };
enum class RnType : uint8_t { kMrn, kFan, kMerger };
enum class Replacement : uint8_t { kLru };
enum class Objective : uint8_t { kCycles, kEnergy, kEnergyDelay };
enum class FixedFormat : uint8_t { kAny, kCsr, kCsc };

// The machine of the paper; see fields() for meaning, range and source of each.
struct Config {
  int64_t multipliers = 64;
  int64_t adders = 0;
  int64_t dn_bandwidth = 16;
  int64_t rn_bandwidth = 16;
  int64_t element_bytes = 4;
  int64_t l1_latency = 1;
  int64_t sta_fifo_bytes = 256;
  int64_t str_cache_bytes = 1 << 20;
  int64_t str_cache_line_bytes = 128;
  int64_t str_cache_ways = 16;
  int64_t str_cache_banks = 16;
  Replacement str_cache_replacement = Replacement::kLru;
  StrPort str_port = StrPort::kAuto;
  int64_t psram_bytes = 256 << 10;
  int64_t psram_sets = 64;
  int64_t psram_blocks = 64;
  int64_t psram_block_elements = 16;
  Overflow psram_overflow = Overflow::kAuto;
  int64_t write_fifo_entries = 256;
  int64_t dram_latency = 100;
  int64_t dram_bytes_per_cycle = 256;
  std::string dataflow = "best";
  std::string dataflows = "all";
  Objective objective = Objective::kCycles;
  FixedFormat format_a = FixedFormat::kAny, format_b = FixedFormat::kAny;
  bool conversion = true;
  DnTopology dn_topology = DnTopology::kTree;
  bool dn_port_conflicts = false;
  RnType rn_type = RnType::kMrn;
  Timing timing = Timing::kPipelined;
  bool merge_rows_in_parallel = false;
  int64_t paper_hit_latency = 2;
  int64_t paper_miss_latency = 84;
  int64_t paper_miss_interval = 2;
  int64_t paper_outer_tile = 4;
  int64_t paper_inner_tile = 9;
  int64_t paper_gustavson_pass = 12;
  int64_t paper_merge_pass = 10;
  DataType data_type = DataType::kBf16;
  double clock_mhz = 1000;
  double power_clock_mhz = 800;
  std::string technology = "tsmc28";

  [[nodiscard]] uint64_t lanes() const { return static_cast<uint64_t>(multipliers); }
  [[nodiscard]] uint64_t line_elements() const {
    return static_cast<uint64_t>(str_cache_line_bytes / element_bytes);
  }
  [[nodiscard]] uint64_t cache_sets() const {
    return static_cast<uint64_t>(str_cache_bytes / (str_cache_line_bytes * str_cache_ways));
  }
  // What `auto` stands for in the timing mode at hand.
  [[nodiscard]] StrPort port() const;
  [[nodiscard]] Overflow overflow() const;
  // `dataflows` as a list, in the table's order.
  [[nodiscard]] std::vector<Dataflow> permitted() const;
  // Those of them that a run tries: all, or the one that `dataflow` names; without conversion only
  // those that read the operands' fixed formats.
  [[nodiscard]] std::vector<Dataflow> candidates() const;
  // Whether A (B) has to be converted before `which` can read it.
  [[nodiscard]] bool converts_a(Dataflow which) const;
  [[nodiscard]] bool converts_b(Dataflow which) const;
};

// The designs the paper compares with: the same machine with other defaults (Sec. 4, Table 7).
struct SigmaLikeConfig : Config {
  SigmaLikeConfig();
};
struct SparchLikeConfig : Config {
  SparchLikeConfig();
};
struct GammaLikeConfig : Config {
  GammaLikeConfig();
};

std::span<const ConfigField> fields();

// Rules that span fields or are no range. Throws InputError.
void check(const Config& config);

// What is allowed but deserves a word, as a result's notes.
std::vector<std::string> warnings(const Config& config);

}  // namespace nonzero::flexagon
