#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "nonzero/arch/layer_memory.h"
#include "nonzero/codesign/bit_flip.h"
#include "nonzero/hw/array/bit_column.h"

namespace nonzero::bitwave {

enum class SuChoice : uint8_t { kAuto, k1, k2, k3, k4, k5, k6, k7 };
enum class GroupChoice : uint8_t { kAuto, k8, k16, k32 };
enum class WeightResidency : uint8_t { kRegister, kStreaming };
enum class EnergyTable : uint8_t { kPe28, kCore16 };

// The spatial unrollings of the paper's Table I [secondary]; SU7 as its re-implementation has it
// [third-party code]. Numbers count from 1.
inline constexpr std::array<hw::Unrolling, 7> kUnrollings = {{{8, 16, 32, 256, 1024},
                                                              {16, 8, 32, 512, 1024},
                                                              {32, 4, 32, 1024, 1024},
                                                              {8, 1, 128, 1024, 64},
                                                              {16, 1, 64, 1024, 128},
                                                              {32, 1, 32, 1024, 256},
                                                              {16, 16, 1, 16, 1024}}};
inline constexpr uint32_t kDepthwiseSu = 7;

// The machine and what it does to the weights; see fields() for meaning, range and source of each.
struct Config : LayerMemory {
  SuChoice su = SuChoice::kAuto;
  bool strict_su = true;
  GroupChoice group = GroupChoice::kAuto;
  ColumnCode columns = ColumnCode::kSignMagnitude;
  bool compress = true, raw_fallback = true;
  int64_t min_tile_cycles = 1;
  hw::ColumnSync sync = hw::ColumnSync::kMax;
  WeightResidency weight_residency = WeightResidency::kRegister;

  FlipMode flip = FlipMode::kExact;
  int64_t zero_columns = 0;

  int64_t accumulator_bits = 32;
  bool stepped = false;
  EnergyTable energy_table = EnergyTable::kPe28;
  double idle_power_share = 0.2;
  std::string technology = "tsmc28";

  // Nothing where it is chosen for each layer.
  [[nodiscard]] std::optional<uint32_t> fixed_su() const;
  [[nodiscard]] std::optional<uint32_t> fixed_group() const;
  [[nodiscard]] hw::ColumnRules rules(bool raw) const;
};

std::span<const ConfigField> fields();

// Rules that span fields. Throws InputError.
void check(const Config& config);

}  // namespace nonzero::bitwave
