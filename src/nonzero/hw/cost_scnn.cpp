#include "nonzero/hw/cost_scnn.h"

#include <algorithm>

#include "nonzero/base/math.h"
#include "nonzero/hw/cost_parts.h"

namespace nonzero::hw {
namespace {

constexpr uint32_t kCoordinateBits = 8;

double number(uint64_t count) { return static_cast<double>(count); }

SramBuffer activation_ram(const ScnnPe& pe) {
  return {pe.activation_ram_bytes, 1, number(pe.activations * pe.stored_bits()) / 8, 1};
}

}  // namespace

Block scnn_pe_block(const Technology& tech, const ScnnPe& pe, const Arithmetic& arithmetic) {
  Block block = named("pe");
  block.add(multipliers_block(tech, arithmetic, pe.multipliers()));
  // Each bank picks among all products: a 2:1 mux per product and bank, its request compared.
  Block crossbar = named("scatter_crossbar");
  crossbar.add(bits(tech, "muxes", CostKind::kMux, pe.banks * (pe.multipliers() - 1), pe.accumulator_bits));
  crossbar.add(bits(tech, "arbiters", CostKind::kComparator, pe.banks * pe.multipliers(),
                    std::max(1U, ceil_log2(pe.banks))));
  block.add(std::move(crossbar));
  Block accumulators = named("accumulators");
  accumulators.add(piece("adders", tech.cost(CostKind::kInt32Adder), number(pe.banks)));
  accumulators.add(bits(tech, "sums", CostKind::kRegister, 2 * pe.banks * pe.entries, pe.accumulator_bits));
  block.add(std::move(accumulators));
  block.add(bits(tech, "weight_fifo", CostKind::kRegister, pe.fifo_entries, pe.stored_bits()));
  block.add(sram_buffer_block(tech, "input_ram", activation_ram(pe)));
  block.add(sram_buffer_block(tech, "output_ram", activation_ram(pe)));
  block.add(piece("coordinates", tech.cost(CostKind::kInt8Adder), number(2 * pe.multipliers())));
  return block;
}

Energy scnn_multiplication_energy(const Technology& tech, const Arithmetic& arithmetic) {
  return multiplication_energy(tech, arithmetic) + register_energy(tech, 2 * arithmetic.operand_bits);
}

Energy scnn_accumulation_energy(const Technology& tech, const ScnnPe& pe) {
  const Energy route =
      energy_of(tech.cost(CostKind::kMux, pe.accumulator_bits)) * number(ceil_log2(pe.multipliers()));
  const Energy coordinate =
      energy_of(tech.cost(CostKind::kInt8Adder)) * 2 + register_energy(tech, 2 * kCoordinateBits);
  return route + coordinate + energy_of(tech.cost(CostKind::kInt32Adder)) +
         register_energy(tech, 2 * pe.accumulator_bits);
}

Energy scnn_weight_energy(const Technology& tech, const ScnnPe& pe) {
  return register_energy(tech, pe.stored_bits());
}

Energy scnn_activation_energy(const Technology& tech, const ScnnPe& pe) {
  return sram_byte_energy(tech, activation_ram(pe)) * (pe.stored_bits() / 8.0);
}

Energy scnn_link_energy(const Technology& tech, const ScnnPe& pe) {
  return register_energy(tech, pe.accumulator_bits);
}

}  // namespace nonzero::hw
