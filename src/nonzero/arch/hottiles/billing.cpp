#include "nonzero/arch/hottiles/billing.h"

#include "nonzero/hw/cost_hottiles.h"

namespace nonzero::hottiles {

Billing make_billing(const Config& config) {
  const Technology& tech = Technology::builtin(config.technology);
  Billing billing;
  if (config.cold_count() > 0)
    billing.component("spade", hw::spade_block(tech, static_cast<double>(config.cold_count())));
  if (config.hot_count() > 0)
    billing.component("sextans", hw::sextans_block(tech, static_cast<double>(config.scratchpad_bytes()),
                                                   static_cast<double>(config.hot_count())));
  if (config.cold_count() > 0 && config.hot_count() > 0 && !config.atomic_output)
    billing.component("merger", hw::merger_share_block(tech, config.merger_share));
  billing.event("macs", "hot.macs", hw::simd_mac_energy(tech));
  billing.event("macs", "cold.macs", hw::simd_mac_energy(tech));
  billing.event("l1", "cold.l1_lines", hw::l1_line_energy(tech));
  billing.event("scratchpad", "hot.scratchpad_lines", hw::scratchpad_line_energy(tech));
  billing.memory_bytes(hw::dram_byte_energy(tech, CostKind::kDramHbm), {});
  return billing;
}

}  // namespace nonzero::hottiles
