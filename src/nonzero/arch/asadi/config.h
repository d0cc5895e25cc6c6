#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nonzero/base/config.h"
#include "nonzero/hw/memory/link.h"
#include "nonzero/hw/reram/analog.h"
#include "nonzero/hw/reram/controller.h"
#include "nonzero/hw/reram/digital.h"
#include "nonzero/tensor/diagonal_kernels.h"

namespace nonzero::asadi {

// How many diagonals the window keeps: a share of the actual length, or the smallest of these whose empty
// slots outnumber the elements outside it.
enum class WindowRule : uint8_t { kEighth, kSixteenth, kThirtySecond, kQuarter, kAuto };
// Their names in a configuration, in this order.
std::vector<std::string> window_rules();

enum class OpTable : uint8_t { kAritpimParallel, kAritpimSerial, kCustom };
enum class OciScope : uint8_t { kTile, kEncoder };
// The time of a linear layer: a cycle per token as the paper has it, or as fast as the ADCs convert.
enum class LinearTime : uint8_t { kPaper, kAdc };
// The values of Q, K and V: as they are, or made by the crossbars and their ADCs.
enum class LinearValues : uint8_t { kExact, kAdc };

// ASADI as published (HPCA 2024); see fields() for meaning, range and source of each.
struct Config {
  int64_t encoders = 12;
  int64_t tiles = 12;
  int64_t head_dim = 64;
  int64_t max_tokens = 8192;
  int64_t window = 0;  // 0: by the rule
  WindowRule window_rule = WindowRule::kEighth;
  bool conflict_free = false;
  bool check_capacity = true;

  int64_t arrays = 512;
  int64_t array_rows = 1024;
  int64_t array_columns = 1024;
  OpTable op_table = OpTable::kAritpimParallel;
  double op_scale = 1;
  int64_t custom_mul = 1407;
  int64_t custom_add = 1359;
  int64_t custom_div = 3963;
  int64_t custom_work_cells = 384;
  int64_t t_shift = 64;
  int64_t t_copy = 2;
  int64_t t_max = 32;
  int64_t t_exp2 = 32;
  SoftmaxOrder softmax_order = SoftmaxOrder::kRowWise;

  int64_t analog_modules = 2;
  int64_t analog_arrays = 96;
  int64_t crossbar_side = 64;
  int64_t adcs = 16;
  int64_t adc_bits = 6;
  double adc_gsps = 1.2;
  LinearTime linear = LinearTime::kPaper;
  LinearValues linear_values = LinearValues::kExact;

  int64_t control_cycles = 10;
  double oci_gb_per_second = 1000;
  OciScope oci_scope = OciScope::kTile;
  double pcie_gb_per_second = 128;
  std::string data_type = "fp32";
  double clock_mhz = 1000;
  std::string technology = "tsmc28";

  [[nodiscard]] double clock_hz() const { return clock_mhz * 1e6; }
  [[nodiscard]] hw::ReramDigitalModule digital() const;
  [[nodiscard]] hw::ReramAnalogModule analog() const;
  [[nodiscard]] hw::ReramController controller() const { return {static_cast<uint64_t>(control_cycles)}; }
  // One head's share of the on-chip interconnect.
  [[nodiscard]] hw::Link oci() const;
  [[nodiscard]] hw::Link pcie() const { return {pcie_gb_per_second, clock_hz()}; }
  // Cycles of a linear layer in one pass of its crossbars.
  [[nodiscard]] uint64_t linear_cycles(uint64_t tokens) const;
};

std::span<const ConfigField> fields();

// Rules that span fields. Throws InputError.
void check(const Config& config);

}  // namespace nonzero::asadi
