#include "nonzero/arch/systolic/billing.h"

#include <algorithm>

namespace nonzero::systolic {

Billing make_billing(const Config& config) {
  const Technology& tech = Technology::builtin(config.technology);
  const hw::Arithmetic arithmetic = hw::Arithmetic::of(config.data_type);
  const auto words = static_cast<uint64_t>(config.load_words);
  const hw::SramBuffer buffer{std::max(1.0, config.operand_buffer_mib * 1024 * 1024), words,
                              static_cast<double>(words * bytes_per_element(config.data_type)), 1};
  Billing billing;
  billing.component("array", hw::systolic_array_block(tech, static_cast<uint64_t>(config.rows),
                                                      static_cast<uint64_t>(config.columns), arithmetic));
  billing.component("buffer", hw::sram_buffer_block(tech, "buffer", buffer));
  billing.event("cells", "systolic.multiplications", hw::systolic_cell_energy(tech, arithmetic));
  billing.memory_bytes(hw::dram_byte_energy(tech, hw::dram_kind(config.dram)),
                       hw::sram_byte_energy(tech, buffer));
  return billing;
}

}  // namespace nonzero::systolic
