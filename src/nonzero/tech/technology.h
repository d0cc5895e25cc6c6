#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nonzero/base/error.h"

namespace nonzero {

// What a technology table prices. The unit of `size` in cost(): an operator (multipliers, adders,
// arrays, converters, lanes), a bit (comparator to gate), a bit carried one millimetre (wire), a byte
// (DRAM and links), a line of 64 bytes, a byte of capacity (SRAM).
enum class CostKind : uint8_t {
  kFp32Multiplier,
  kFp32Adder,
  kFp16Multiplier,
  kFp16Adder,
  kBf16Multiplier,
  kBf16Adder,
  kInt8Multiplier,
  kInt8Adder,
  kInt16Multiplier,
  kInt16Adder,
  kInt32Multiplier,
  kInt32Adder,
  kComparator,
  kMux,     // 2:1
  kSwitch,  // 2x2
  kRegister,
  kGate,  // two inputs
  kWire,
  kDramDdr,
  kDramHbm,
  kDramBitsim,  // 64-bit accesses as BitWave's simulator prices them
  kCrossBankByte,
  kOnChipByte,
  kSimdMac,  // one lane of a vector unit, multiply and add
  kL1Line,   // 64 bytes
  kScratchpadLine,
  kReramArray,
  kAdc,
  kSram,  // of `size` bytes, read 8 bytes wide through one port
};

inline constexpr size_t kCostKinds = static_cast<size_t>(CostKind::kSram) + 1;

// Area, leakage and the energy of one event; the true energy is thought to lie between energy_pj
// times low_factor and times high_factor. `source` lives as long as the table.
struct Cost {
  double area_um2 = 0, leakage_mw = 0, energy_pj = 0;
  double low_factor = 1, high_factor = 1;
  std::string_view source;
};

// A block as a paper publishes it after layout.
struct PublishedBlock {
  double area_um2 = 0;
  std::optional<double> power_mw, clock_mhz;
  double low_factor = 1, high_factor = 1;  // of an energy derived from the power
  std::string source;

  // A busy cycle: power over clock. Throws std::logic_error where the table gives not both.
  [[nodiscard]] double cycle_energy_pj() const;
};

// One node's table (common.md, "Technology tables"), scaled to that node.
class Technology {
 public:
  // A table the binary carries, read once; the reference stays valid. Throws InputError with the
  // nearest name where there is none. Thread-safe.
  static const Technology& builtin(std::string_view name);
  static std::vector<std::string> builtin_names();

  // Throws InputError naming `file` and line for an unknown, missing or repeated key and for a value
  // out of range.
  static Technology parse(const std::string& yaml, const std::string& file);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] double node_nm() const { return node_nm_; }

  // `size` units of `kind`: area, leakage and energy grow linearly (SRAM: see sram()).
  [[nodiscard]] Cost cost(CostKind kind, double size = 1) const;
  // The same by name; throws InputError with the nearest name.
  [[nodiscard]] Cost cost(std::string_view kind, double size = 1) const;

  // A macro of `capacity_bytes`; the event is one read or write of `width_bytes`.
  // Throws InputError unless capacity and width are positive and ports >= 1.
  [[nodiscard]] Cost sram(double capacity_bytes, double width_bytes, uint32_t ports = 1) const;

  // Throws InputError with the nearest name.
  [[nodiscard]] const PublishedBlock& block(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, PublishedBlock>>& blocks() const { return blocks_; }

 private:
  friend class TechnologyReader;

  struct Entry {
    double area_um2 = 0, leakage_mw = 0, energy_pj = 0, low = 1, high = 1;
    std::string source;
  };
  struct Sram {
    double energy_pj = 0, exponent = 0;  // one access of one byte: energy_pj * capacity^exponent
    double area_um2_per_bit = 0, area_um2_per_io_bit = 0;
    double area_per_further_port = 0, energy_per_further_port = 0;
    double leakage_mw_per_um2 = 0, low = 1, high = 1;
    std::string source;
  };

  std::string name_;
  double node_nm_ = 0;
  std::array<Entry, kCostKinds> entries_;
  Sram sram_;
  std::vector<std::pair<std::string, PublishedBlock>> blocks_;
};

std::string_view name(CostKind kind);
// Throws InputError with the nearest name.
CostKind cost_kind(std::string_view name);

}  // namespace nonzero
