#include "nonzero/hw/cost_hottiles.h"

#include "nonzero/hw/cost_parts.h"

namespace nonzero::hw {
namespace {

constexpr double kLineBytes = 64;

Block without_leakage(Block block) {
  block.leakage_mw = 0;
  return block;
}

Block spade_share(const Technology& tech, const char* title, double share) {
  Block block = named(title);
  block.count = share;
  block.area_um2 = tech.block("spade_pe").area_um2 * share;
  return block;
}

}  // namespace

Block spade_block(const Technology& tech, double pes) { return spade_share(tech, "spade", pes); }

Block sextans_block(const Technology& tech, double scratchpad_bytes, double workers) {
  return without_leakage(piece("sextans", tech.sram(scratchpad_bytes, kLineBytes), workers));
}

Block merger_share_block(const Technology& tech, double share) { return spade_share(tech, "merger", share); }

Energy simd_mac_energy(const Technology& tech) { return energy_of(tech.cost(CostKind::kSimdMac)); }
Energy l1_line_energy(const Technology& tech) { return energy_of(tech.cost(CostKind::kL1Line)); }
Energy scratchpad_line_energy(const Technology& tech) {
  return energy_of(tech.cost(CostKind::kScratchpadLine));
}

}  // namespace nonzero::hw
