#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "nonzero/arch/asadi/config.h"
#include "nonzero/base/config.h"
#include "nonzero/hw/memory/pim_banks.h"

namespace nonzero::attention_peers {

// The PIM that ASADI is compared with; see pim_fields() for meaning, range and source of each.
struct PimConfig {
  int64_t banks = 512;
  int64_t lanes = 8;
  double clock_mhz = 500;
  double row_access_ns = 45;
  double cross_bank_gb_per_second = 57;
  double memory_gb = 10;
  int64_t window = 0;  // pim-dia; 0: by the rule
  asadi::WindowRule window_rule = asadi::WindowRule::kEighth;
  std::string data_type = "fp32";
  std::string technology = "tsmc28";

  // ASADI's, with this window.
  [[nodiscard]] asadi::Config windowed() const {
    asadi::Config asadi;
    asadi.window = window;
    asadi.window_rule = window_rule;
    return asadi;
  }
  [[nodiscard]] hw::PimBanks memory() const {
    return {static_cast<uint64_t>(banks), static_cast<uint64_t>(lanes), clock_mhz * 1e6, row_access_ns,
            cross_bank_gb_per_second};
  }
};

std::span<const ConfigField> pim_fields();

}  // namespace nonzero::attention_peers
