#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "nonzero/base/config.h"
#include "nonzero/hw/array/stce.h"
#include "nonzero/tensor/nm.h"
#include "nonzero/tensor/pruning_method.h"

namespace nonzero::sat {

enum class DataflowChoice : uint8_t { kOs, kWs, kAuto };
enum class Exclude : uint8_t { kMarked, kNone, kAll };

// The machine with the method it trains by; see fields() for meaning, range and source of each.
struct Config {
  PruningMethod method = PruningMethod::kBdwp;
  int64_t n = 2, m = 8;
  bool strict = false;
  Exclude exclude = Exclude::kMarked;
  TransposableSearch transposable = TransposableSearch::kGreedy;

  int64_t rows = 32, columns = 32;
  int64_t add_latency = 4, depth = 8, interleave = 4;
  DataflowChoice dataflow = DataflowChoice::kAuto;
  bool stepped = false;

  double act_buf_mib = 2, wgt_buf_mib = 2, psum_buf_mib = 0.5;
  std::string dram = "ddr4-vcu1525";
  int64_t dram_channels = 4;
  double dram_efficiency = 0.7;
  bool overlap_dram = true;

  int64_t wuve_lanes = 32, wuve_depth = 16, sore_lanes = 32, vec_lanes = 32;
  bool pregen = true, model_elementwise = true;

  double clock_mhz = 200, static_power_mw = 0;
  std::string technology = "tsmc28";

  [[nodiscard]] NmRatio ratio() const { return {static_cast<uint32_t>(n), static_cast<uint32_t>(m)}; }
  [[nodiscard]] hw::StceArray array() const;
  [[nodiscard]] hw::StceBuffers buffers() const;
  [[nodiscard]] double bytes_per_cycle() const;
};

std::span<const ConfigField> fields();

// Rules that span fields. Throws InputError.
void check(const Config& config);

}  // namespace nonzero::sat
