#include "nonzero/arch/bitwave/billing.h"

#include "nonzero/arch/layer_billing.h"
#include "nonzero/hw/cost_bitwave.h"

namespace nonzero::bitwave {

Billing make_billing(const Config& config) {
  const Technology& tech = Technology::builtin(config.technology);
  Billing billing;
  if (config.energy_table == EnergyTable::kCore16) {
    const hw::Block chip = hw::published_engine_block(tech, "bitwave_chip_16nm");
    billing.component("chip", chip);
    add_core_events(billing, "chip", chip.busy_cycle, hw::kBitLanes, config.idle_power_share);
  } else {
    constexpr double kEngines = 512;
    const hw::Block engines = hw::published_engine_block(tech, "bit_pe_bitwave").times(kEngines);
    billing.component("engines", engines);
    add_core_events(billing, "engines", engines.busy_cycle, hw::kBitLanes, config.idle_power_share);
    add_layer_srams(billing, tech, config);
  }
  billing.memory_bytes(hw::dram_byte_energy(tech, CostKind::kDramBitsim), {});
  return billing;
}

}  // namespace nonzero::bitwave
