#include "nonzero/arch/asadi/machine.h"
#include "nonzero/hw/cost_reram.h"

namespace nonzero::asadi {

// Published powers while a module works [choice]; the areas are the published ones.
Billing make_billing(const Config& config) {
  const Technology& tech = Technology::builtin(config.technology);
  const double tiles = static_cast<double>(config.encoders) * static_cast<double>(config.tiles);
  Billing billing;
  billing.component("digital",
                    hw::reram_digital_block(tech, static_cast<uint64_t>(config.arrays)).times(tiles));
  billing.component("analog",
                    hw::reram_analog_block(tech).times(tiles * static_cast<double>(config.analog_modules)));
  billing.event("digital", "digital.array_cycles", hw::reram_array_cycle_energy(tech));
  billing.event("analog", "analog.module_cycles", hw::reram_analog_cycle_energy(tech));
  billing.event("controllers", "controller.cycles", hw::reram_controller_cycle_energy(tech));
  billing.event("oci", "oci.bytes", hw::on_chip_byte_energy(tech));
  return billing;
}

}  // namespace nonzero::asadi
