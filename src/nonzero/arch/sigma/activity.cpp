#include "nonzero/arch/sigma/activity.h"

#include <algorithm>

#include "nonzero/arch/gemm_memory.h"
#include "nonzero/base/math.h"

namespace nonzero::sigma {
namespace {

hw::ReductionKind reduction_kind(Reduction reduction) {
  switch (reduction) {
    case Reduction::kArt:
      return hw::ReductionKind::kArt;
    case Reduction::kLinear:
      return hw::ReductionKind::kLinear;
    default:
      return hw::ReductionKind::kFan;
  }
}

}  // namespace

void count_activity(Result& r, const Mapping& mapping, const Config& config) {
  const uint64_t issued = r.multiplications_issued;
  const bool reuse = mapping.ones > 0;
  const uint64_t delivered = mapping.ones + (reuse ? mapping.useful : 2 * mapping.useful);
  const uint64_t levels = 2 * ceil_log2(mapping.lanes_per_dpe) + 1;
  const uint64_t flex_dpes = std::min(static_cast<uint64_t>(config.flex_dpes),
                                      ceil_div(reuse ? mapping.ones : issued, mapping.lanes_per_dpe));
  r.counters.add("sigma.stationary_words", mapping.ones);
  r.counters.add("sigma.streamed_words", mapping.streamed_words);
  r.counters.add("multiplier.multiplications", issued);
  r.counters.add("benes.words_delivered", delivered);
  // An upper bound: words of a multicast share switches (spec of the Benes network).
  r.counters.add("benes.traversals_upper_bound", delivered * levels);
  r.counters.add("reduction.additions", reuse ? (mapping.ones - mapping.segments) * mapping.steps : issued);
  r.counters.add("output.straddle_additions", mapping.spilled_psums());
  // A bus within the Flex-DPU: a word passes every Flex-DPE's switch [choice].
  r.counters.add("noc.hops", (mapping.ones + mapping.streamed_words) * flex_dpes);
}

uint64_t count_memory(Result& r, const Mapping& mapping, bool a_stationary, const Config& config) {
  const uint64_t word = bytes_per_element(config.data_type);
  const uint64_t stationary = a_stationary ? r.nnz_a : r.nnz_b;
  const uint64_t streaming = a_stationary ? r.nnz_b : r.nnz_a;
  GemmTraffic traffic;
  traffic.a_stationary = a_stationary;
  traffic.stationary_bytes = stationary * word;
  traffic.streaming_bytes = streaming * word;
  traffic.metadata_bytes = ceil_div(r.m * r.k, 8) + ceil_div(r.k * r.n, 8);
  traffic.refetched_bytes = mapping.streamed_words * word;
  traffic.outputs = r.m * r.n;
  traffic.spilled_psums = mapping.spilled_psums();
  traffic.streamed_bytes = (mapping.ones + mapping.streamed_words) * word;
  return move_gemm_operands(r, traffic,
                            {config.operand_buffer_mib, config.dram, static_cast<uint32_t>(word)});
}

Billing make_billing(const Config& config) {
  const Technology& tech = Technology::builtin(config.technology);
  const hw::Arithmetic arithmetic = hw::Arithmetic::of(config.data_type);
  const auto flex_dpes = static_cast<uint64_t>(config.flex_dpes);
  const auto lanes = static_cast<uint64_t>(config.multipliers_per_dpe);
  const auto words = static_cast<uint64_t>(config.load_words);
  const hw::ReductionKind reduction = reduction_kind(config.reduction);
  const hw::Block array = hw::sigma_array_block(tech, flex_dpes, lanes, words, arithmetic, reduction);
  const hw::SramBuffer buffer{std::max(1.0, config.operand_buffer_mib * 1024 * 1024), words,
                              static_cast<double>(words * bytes_per_element(config.data_type)), 1};
  Billing billing;
  for (const hw::Block& part : array.parts) billing.component(part.name, part);
  billing.component("controller", hw::sigma_controller_block(tech, flex_dpes, lanes));
  billing.component("buffer", hw::sram_buffer_block(tech, "buffer", buffer));
  billing.event("multipliers", "multiplier.multiplications", hw::multiplier_lane_energy(tech, arithmetic));
  billing.event("reduction", "reduction.additions",
                hw::reduction_addition_energy(tech, reduction, lanes, arithmetic));
  billing.event("reduction", "output.straddle_additions", hw::addition_energy(tech, arithmetic));
  billing.event("benes", "benes.traversals_upper_bound",
                hw::benes_traversal_energy(tech, arithmetic.operand_bits));
  billing.event(
      "noc", "noc.hops",
      hw::noc_hop_energy(tech, arithmetic.operand_bits, array.area_um2 / static_cast<double>(flex_dpes)));
  billing.memory_bytes(hw::dram_byte_energy(tech, hw::dram_kind(config.dram)),
                       hw::sram_byte_energy(tech, buffer));
  return billing;
}

}  // namespace nonzero::sigma
