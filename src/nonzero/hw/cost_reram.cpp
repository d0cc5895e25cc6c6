#include "nonzero/hw/cost_reram.h"

#include "nonzero/hw/cost_bitwave.h"

namespace nonzero::hw {
namespace {

constexpr double kPublishedArrays = 512;

}  // namespace

Block reram_digital_block(const Technology& tech, uint64_t arrays) {
  return published_engine_block(tech, "asadi_digital_module")
      .times(static_cast<double>(arrays) / kPublishedArrays);
}

Energy reram_array_cycle_energy(const Technology& tech) {
  return published_engine_block(tech, "asadi_digital_module").busy_cycle * (1 / kPublishedArrays);
}

Block reram_analog_block(const Technology& tech) {
  return published_engine_block(tech, "asadi_analog_module");
}

Energy reram_analog_cycle_energy(const Technology& tech) { return reram_analog_block(tech).busy_cycle; }

Energy reram_controller_cycle_energy(const Technology& tech) {
  return published_engine_block(tech, "asadi_controllers").busy_cycle;
}

Energy on_chip_byte_energy(const Technology& tech) { return energy_of(tech.cost(CostKind::kOnChipByte)); }

Energy cross_bank_byte_energy(const Technology& tech) {
  return energy_of(tech.cost(CostKind::kCrossBankByte));
}

}  // namespace nonzero::hw
