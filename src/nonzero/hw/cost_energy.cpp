#include <cmath>

#include "nonzero/base/math.h"
#include "nonzero/hw/cost.h"

namespace nonzero::hw {
namespace {

constexpr double kUmPerMm = 1e3;
constexpr double kPjPerMillijoule = 1e9;
constexpr uint32_t kControlBits = 2;             // per 2x2 switch
constexpr uint64_t kFolds = 100, kSteps = 1000;  // Fig. 6b

}  // namespace

Energy multiplication_energy(const Technology& tech, const Arithmetic& arithmetic) {
  return energy_of(tech.cost(arithmetic.multiplier));
}

Energy addition_energy(const Technology& tech, const Arithmetic& arithmetic) {
  return energy_of(tech.cost(arithmetic.adder));
}

Energy register_energy(const Technology& tech, uint32_t word_bits) {
  return energy_of(tech.cost(CostKind::kRegister, word_bits));
}

Energy multiplier_lane_energy(const Technology& tech, const Arithmetic& arithmetic) {
  return multiplication_energy(tech, arithmetic) +
         register_energy(tech, 2 * arithmetic.operand_bits + arithmetic.accumulate_bits);
}

Energy systolic_cell_energy(const Technology& tech, const Arithmetic& arithmetic) {
  return multiplication_energy(tech, arithmetic) + addition_energy(tech, arithmetic) +
         register_energy(tech, 2 * arithmetic.operand_bits + arithmetic.accumulate_bits);
}

Energy reduction_addition_energy(const Technology& tech, ReductionKind kind, uint64_t lanes,
                                 const Arithmetic& arithmetic) {
  const Block network = reduction_block(tech, kind, lanes, arithmetic.adder, arithmetic.accumulate_bits);
  const Block& adders = network.parts.front();
  const double nodes = kind == ReductionKind::kLinear ? adders.count : static_cast<double>(lanes - 1);
  return network.busy_cycle * (1 / nodes);
}

Energy benes_traversal_energy(const Technology& tech, uint32_t word_bits) {
  return energy_of(tech.cost(CostKind::kSwitch, word_bits)) + register_energy(tech, kControlBits);
}

Energy noc_hop_energy(const Technology& tech, uint32_t word_bits, double block_area_um2) {
  const double millimetres = std::sqrt(block_area_um2) / kUmPerMm;
  return energy_of(tech.cost(CostKind::kSwitch, word_bits)) + register_energy(tech, word_bits) +
         energy_of(tech.cost(CostKind::kWire, word_bits * millimetres));
}

Energy sram_byte_energy(const Technology& tech, const SramBuffer& buffer) {
  const Block block = sram_buffer_block(tech, "buffer", buffer);
  return block.busy_cycle * (1 / buffer.bytes_per_cycle);
}

Energy dram_byte_energy(const Technology& tech, CostKind dram) { return energy_of(tech.cost(dram)); }

CostKind dram_kind(std::string_view preset) {
  return preset.starts_with("ddr") ? CostKind::kDramDdr : CostKind::kDramHbm;
}

Energy leakage_energy(double leakage_mw, double seconds) {
  const double pj = leakage_mw * seconds * kPjPerMillijoule;
  return {pj, pj, pj};
}

ReductionNetworkFigures reduction_network(const Technology& tech, ReductionKind kind, uint64_t lanes,
                                          CostKind adder, uint32_t word_bits, double clock_hz) {
  const Block block = reduction_block(tech, kind, lanes, adder, word_bits);
  const uint64_t drain = kind == ReductionKind::kLinear ? lanes : ceil_log2(lanes);
  ReductionNetworkFigures figures{kind, lanes, block.area_um2, block.busy_power_mw(clock_hz), 0, 0};
  figures.cycles = kFolds * (kSteps + drain);
  const double seconds = static_cast<double>(figures.cycles) / clock_hz;
  figures.energy_delay = figures.power_mw * 1e-3 * seconds * seconds;
  return figures;
}

}  // namespace nonzero::hw
