#include "nonzero/tech/technology.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <mutex>
#include <stdexcept>

#include "nonzero/base/embedded.h"
#include "nonzero/base/suggest.h"

namespace nonzero {
namespace {

constexpr std::string_view kFolder = "presets/tech/";
constexpr std::string_view kSuffix = ".yaml";

constexpr std::array<std::string_view, kCostKinds> kNames = {"fp32_multiplier",
                                                             "fp32_adder",
                                                             "fp16_multiplier",
                                                             "fp16_adder",
                                                             "bf16_multiplier",
                                                             "bf16_adder",
                                                             "int8_multiplier",
                                                             "int8_adder",
                                                             "int16_multiplier",
                                                             "int16_adder",
                                                             "int32_multiplier",
                                                             "int32_adder",
                                                             "comparator",
                                                             "mux",
                                                             "switch",
                                                             "register",
                                                             "gate",
                                                             "wire",
                                                             "dram_ddr",
                                                             "dram_hbm",
                                                             "dram_bitsim",
                                                             "cross_bank_byte",
                                                             "on_chip_byte",
                                                             "simd_mac",
                                                             "l1_line",
                                                             "scratchpad_line",
                                                             "reram_array",
                                                             "adc",
                                                             "sram"};

[[noreturn]] void refuse_name(std::string_view what, std::string_view name,
                              const std::vector<std::string>& known) {
  throw InputError(fmt::format("unknown {} '{}'{}", what, name, did_you_mean(name, known)),
                   fmt::format("allowed: {}", fmt::join(known, ", ")));
}

}  // namespace

double PublishedBlock::cycle_energy_pj() const {
  constexpr double kPjPerMilliwattAndMegahertz = 1000;
  if (!power_mw || !clock_mhz) throw std::logic_error("a block without power or clock: " + source);
  return *power_mw / *clock_mhz * kPjPerMilliwattAndMegahertz;
}

std::string_view name(CostKind kind) { return kNames[static_cast<size_t>(kind)]; }

CostKind cost_kind(std::string_view name) {
  for (size_t i = 0; i < kCostKinds; ++i)
    if (kNames[i] == name) return static_cast<CostKind>(i);
  refuse_name("cost kind", name, {kNames.begin(), kNames.end()});
}

std::vector<std::string> Technology::builtin_names() {
  std::vector<std::string> names;
  for (const auto& entry : embedded_files()) {
    const std::string_view path = entry.first;
    if (path.starts_with(kFolder) && path.ends_with(kSuffix))
      names.emplace_back(path.substr(kFolder.size(), path.size() - kFolder.size() - kSuffix.size()));
  }
  return names;
}

const Technology& Technology::builtin(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, Technology, std::less<>> tables;
  const std::lock_guard lock(mutex);
  const auto known = tables.find(name);
  if (known != tables.end()) return known->second;
  const std::string path = fmt::format("{}{}{}", kFolder, name, kSuffix);
  const auto file = embedded_files().find(path);
  if (file == embedded_files().end()) refuse_name("technology", name, builtin_names());
  return tables.emplace(std::string(name), parse(file->second, path)).first->second;
}

Cost Technology::cost(CostKind kind, double size) const {
  if (kind == CostKind::kSram) return sram(size, 8, 1);
  const Entry& entry = entries_[static_cast<size_t>(kind)];
  return {entry.area_um2 * size, entry.leakage_mw * size, entry.energy_pj * size, entry.low, entry.high,
          entry.source};
}

Cost Technology::cost(std::string_view kind, double size) const { return cost(cost_kind(kind), size); }

Cost Technology::sram(double capacity_bytes, double width_bytes, uint32_t ports) const {
  if (!(capacity_bytes > 0) || !(width_bytes > 0) || ports == 0) {
    throw InputError(
        fmt::format("an SRAM of {} bytes, {} bytes wide, {} ports", capacity_bytes, width_bytes, ports),
        "allowed: capacity and width > 0, at least 1 port");
  }
  const double further_ports = ports - 1.0;
  const double area =
      (capacity_bytes * 8 * sram_.area_um2_per_bit + width_bytes * 8 * sram_.area_um2_per_io_bit) *
      (1 + further_ports * sram_.area_per_further_port);
  const double energy = sram_.energy_pj * std::pow(capacity_bytes, sram_.exponent) * width_bytes *
                        (1 + further_ports * sram_.energy_per_further_port);
  return {area, area * sram_.leakage_mw_per_um2, energy, sram_.low, sram_.high, sram_.source};
}

const PublishedBlock& Technology::block(std::string_view name) const {
  std::vector<std::string> known;
  for (const auto& [key, block] : blocks_) {
    if (key == name) return block;
    known.push_back(key);
  }
  refuse_name("published block", name, known);
}

}  // namespace nonzero
