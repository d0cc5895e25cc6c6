#include "nonzero/hw/cost_bitwave.h"

#include "nonzero/hw/cost_parts.h"

namespace nonzero::hw {

Block published_engine_block(const Technology& tech, std::string_view table_block) {
  const PublishedBlock& published = tech.block(table_block);
  const double pj = published.cycle_energy_pj();
  Block block = named(std::string(table_block));
  block.area_um2 = published.area_um2;
  block.busy_cycle = {pj, pj * published.low_factor, pj * published.high_factor};
  return block;
}

Block parallel_array_block(const Technology& tech, uint64_t multipliers) {
  return systolic_array_block(tech, multipliers, 1, Arithmetic::of(DataType::kInt8));
}

CoreEnergy core_energy(const Energy& busy_cycle, uint64_t lanes, double idle) {
  return {busy_cycle * idle, busy_cycle * ((1 - idle) / static_cast<double>(lanes))};
}

}  // namespace nonzero::hw
