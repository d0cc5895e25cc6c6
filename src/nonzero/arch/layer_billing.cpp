#include "nonzero/arch/layer_billing.h"

#include "nonzero/hw/cost_bitwave.h"

namespace nonzero {

void add_core_events(Billing& billing, const std::string& component, const hw::Energy& busy_cycle,
                     uint64_t lanes, double idle) {
  const hw::CoreEnergy energy = hw::core_energy(busy_cycle, lanes, idle);
  billing.event(component, "core.cycles", energy.cycle);
  billing.event(component, "core.active_lane_cycles", energy.lane_cycle);
}

void add_layer_srams(Billing& billing, const Technology& tech, const LayerMemory& memory) {
  constexpr uint64_t kBanks = 16;
  constexpr double kBytesPerCycle = 128;
  const auto add = [&](const char* name, const char* counter, uint64_t bytes) {
    const hw::SramBuffer buffer{static_cast<double>(bytes), kBanks, kBytesPerCycle, 1};
    billing.component(name, hw::sram_buffer_block(tech, name, buffer));
    billing.event(name, counter, hw::sram_byte_energy(tech, buffer));
  };
  add("activation_sram", "activation_sram.bytes", memory.activation_bytes());
  add("weight_sram", "weight_sram.bytes", memory.weight_bytes());
}

}  // namespace nonzero
