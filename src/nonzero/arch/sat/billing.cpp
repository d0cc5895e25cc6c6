#include "nonzero/arch/sat/billing.h"

#include "nonzero/hw/cost_sat.h"

namespace nonzero::sat {
namespace {

constexpr double kBytesPerAccess = 8;

}  // namespace

Billing make_billing(const Config& config) {
  const Technology& tech = Technology::builtin(config.technology);
  const hw::StceArray array = config.array();
  const hw::StceBuffers buffers = config.buffers();
  const NmRatio ratio = config.ratio();
  Billing billing;
  billing.component("stce", hw::stce_block(tech, array, ratio));
  billing.event("stce", "stce.multiplications", hw::stce_multiply_add_energy(tech));
  billing.event("stce", "stce.selections", hw::stce_selection_energy(tech, ratio));
  billing.event("links", "stce.link_words", hw::stce_link_energy(tech, array.columns));
  const auto buffer = [&](const std::string& name, uint64_t capacity, uint64_t lines) {
    // A line of 8 bytes per row or column of the array in every cycle.
    const hw::SramBuffer sram{static_cast<double>(capacity), lines,
                              kBytesPerAccess * static_cast<double>(lines), 1};
    billing.component(name, hw::sram_buffer_block(tech, name, sram));
    billing.event(name, name + ".bytes", hw::sram_byte_energy(tech, sram));
  };
  buffer("act_buf", buffers.activation_bytes, array.rows);
  buffer("wgt_buf", buffers.weight_bytes, array.columns);
  buffer("psum_buf", array.psum_bytes, array.columns);
  billing.component("sore", hw::sore_block(tech, static_cast<uint64_t>(config.sore_lanes), ratio));
  billing.event("sore", "sore.comparisons", hw::sore_comparison_energy(tech));
  billing.component("wuve", hw::weight_update_block(tech, static_cast<uint64_t>(config.wuve_lanes),
                                                    static_cast<uint64_t>(config.wuve_depth)));
  billing.event("wuve", "wuve.updates", hw::weight_update_energy(tech));
  billing.component("vector_unit", hw::element_wise_block(tech, static_cast<uint64_t>(config.vec_lanes)));
  billing.event("vector_unit", "vector_unit.operations", hw::element_wise_energy(tech));
  hw::Block board;
  board.leakage_mw = config.static_power_mw;
  billing.component("board", board);
  billing.memory_bytes(hw::dram_byte_energy(tech, hw::dram_kind(config.dram)), {});
  return billing;
}

}  // namespace nonzero::sat
