#include "nonzero/arch/scnn/billing.h"

#include "nonzero/hw/cost_scnn.h"

namespace nonzero::scnn {

Billing make_billing(const Config& config) {
  const Technology& tech = Technology::builtin(config.technology);
  const hw::Arithmetic arithmetic = hw::Arithmetic::of(config.data_type);
  const auto count = [](int64_t value) { return static_cast<uint64_t>(value); };
  const hw::ScnnPe pe{count(config.weights_per_vector),
                      count(config.activations_per_vector),
                      count(config.banks),
                      count(config.entries),
                      count(config.fifo_entries),
                      config.activation_ram_kib * 1024,
                      arithmetic.operand_bits,
                      static_cast<uint32_t>(config.accumulator_bits)};
  const hw::SramBuffer weights{config.weight_sram_kib * 1024, 16, 128, 1};
  Billing billing;
  billing.component("pes", hw::scnn_pe_block(tech, pe, arithmetic).times(static_cast<double>(config.pes)));
  billing.component("weight_buffer", hw::sram_buffer_block(tech, "weight_buffer", weights));
  billing.event("multipliers", "scnn.multiplications", hw::scnn_multiplication_energy(tech, arithmetic));
  billing.event("accumulators", "scnn.accumulations", hw::scnn_accumulation_energy(tech, pe));
  billing.event("weight_fifos", "scnn.weight_reads", hw::scnn_weight_energy(tech, pe));
  billing.event("activation_rams", "scnn.activation_reads", hw::scnn_activation_energy(tech, pe));
  billing.event("activation_rams", "scnn.activation_writes", hw::scnn_activation_energy(tech, pe));
  billing.event("links", "scnn.link_words", hw::scnn_link_energy(tech, pe));
  billing.memory_bytes(hw::dram_byte_energy(tech, CostKind::kDramBitsim),
                       hw::sram_byte_energy(tech, weights));
  return billing;
}

}  // namespace nonzero::scnn
