#include "nonzero/hw/cost_sat.h"

#include <algorithm>

#include "nonzero/base/math.h"
#include "nonzero/hw/cost_parts.h"

namespace nonzero::hw {
namespace {

constexpr uint32_t kOperandBits = 16, kSumBits = 32;
const Arithmetic kHalf = Arithmetic::of(DataType::kFp16);
const Arithmetic kSingle = Arithmetic::of(DataType::kFp32);

double number(uint64_t count) { return static_cast<double>(count); }

}  // namespace

Block stce_block(const Technology& tech, const StceArray& array, const NmRatio& ratio) {
  const uint64_t cells = array.cells();
  const auto held = static_cast<uint32_t>(
      std::max<uint64_t>(ratio.n * (kOperandBits + ratio.index_bits()), array.interleave * kSumBits));
  Block block = named("stce");
  block.add(multipliers_block(tech, kHalf, cells));
  block.add(piece("adders", tech.cost(kHalf.adder), number(cells)));
  block.add(bits(tech, "selectors", CostKind::kMux, cells * (ratio.m - 1), kOperandBits));
  block.add(bits(tech, "activation_links", CostKind::kRegister, cells * ratio.m, kOperandBits));
  block.add(bits(tech, "held_values", CostKind::kRegister, cells, held));
  block.add(bits(tech, "partial_sums", CostKind::kRegister, cells, kSumBits));
  return block;
}

Energy stce_multiply_add_energy(const Technology& tech) {
  return multiplication_energy(tech, kHalf) + addition_energy(tech, kHalf) +
         register_energy(tech, kOperandBits + kSumBits);
}

Energy stce_selection_energy(const Technology& tech, const NmRatio& ratio) {
  return energy_of(tech.cost(CostKind::kMux, kOperandBits)) * number(ratio.m - 1);
}

Energy stce_link_energy(const Technology& tech, uint64_t columns) {
  return register_energy(tech, kOperandBits) * number(columns);
}

Block sore_block(const Technology& tech, uint64_t lanes, const NmRatio& ratio) {
  Block block = named("sore");
  block.add(bits(tech, "comparators", CostKind::kComparator, lanes * ratio.n, kOperandBits));
  block.add(bits(tech, "kept", CostKind::kRegister, lanes * ratio.n, kOperandBits + ratio.index_bits()));
  return block;
}

Energy sore_comparison_energy(const Technology& tech) {
  return energy_of(tech.cost(CostKind::kComparator, kOperandBits));
}

Block weight_update_block(const Technology& tech, uint64_t lanes, uint64_t depth) {
  Block block = named("wuve");
  block.add(multipliers_block(tech, kSingle, 3 * lanes));
  block.add(piece("adders", tech.cost(kSingle.adder), number(3 * lanes)));
  // w and v travel along the pipeline.
  block.add(bits(tech, "pipeline", CostKind::kRegister, lanes * depth, 2 * kSumBits));
  return block;
}

Energy weight_update_energy(const Technology& tech) {
  return (multiplication_energy(tech, kSingle) + addition_energy(tech, kSingle)) * 3;
}

Block element_wise_block(const Technology& tech, uint64_t lanes) {
  Block block = named("vector_unit");
  block.add(multipliers_block(tech, kSingle, lanes));
  block.add(piece("adders", tech.cost(kSingle.adder), number(lanes)));
  return block;
}

Energy element_wise_energy(const Technology& tech) {
  return multiplication_energy(tech, kSingle) + addition_energy(tech, kSingle);
}

FpgaResources sat_resources(const StceArray& array, const StceBuffers& buffers) {
  constexpr uint64_t kBramBytes = 4608, kUramBytes = 36864, kLarge = 1U << 20U;
  constexpr uint64_t kDspPerPe = 3;
  FpgaResources r;
  r.dsp = kDspPerPe * array.cells();
  for (const uint64_t capacity : {buffers.activation_bytes, buffers.weight_bytes, array.psum_bytes})
    (capacity >= kLarge ? r.uram : r.bram36) +=
        ceil_div(capacity, capacity >= kLarge ? kUramBytes : kBramBytes);
  return r;
}

}  // namespace nonzero::hw
