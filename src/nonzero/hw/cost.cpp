#include "nonzero/hw/cost.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/cost_parts.h"

namespace nonzero::hw {
namespace {

constexpr uint64_t kGates = 1024;         // AND, OR gates and counters of the controller, each
constexpr double kPjPerMillijoule = 1e9;  // milliwatts are millijoules per second

uint32_t levels_of(uint64_t lanes) {
  if (lanes < 2 || !is_power_of_two(lanes))
    throw InputError(fmt::format("a network of {} lanes", lanes), "allowed: a power of two >= 2");
  return ceil_log2(lanes);
}

}  // namespace

Energy& Energy::operator+=(const Energy& other) {
  pj += other.pj;
  low_pj += other.low_pj;
  high_pj += other.high_pj;
  return *this;
}

Energy energy_of(const Cost& cost) {
  return {cost.energy_pj, cost.energy_pj * cost.low_factor, cost.energy_pj * cost.high_factor};
}

Block& Block::add(Block part) {
  area_um2 += part.area_um2;
  leakage_mw += part.leakage_mw;
  busy_cycle += part.busy_cycle;
  parts.push_back(std::move(part));
  return *this;
}

Block Block::times(double number) const {
  Block result = *this;
  result.count *= number;
  result.area_um2 *= number;
  result.leakage_mw *= number;
  result.busy_cycle = busy_cycle * number;
  for (Block& part : result.parts) part = part.times(number);
  return result;
}

const Block* Block::find(std::string_view part) const {
  for (const Block& candidate : parts)
    if (candidate.name == part) return &candidate;
  return nullptr;
}

double Block::busy_power_mw(double clock_hz) const {
  return busy_cycle.pj * clock_hz / kPjPerMillijoule + leakage_mw;
}

Arithmetic Arithmetic::of(DataType operands) {
  switch (operands) {
    case DataType::kBf16:
      return {CostKind::kBf16Multiplier, CostKind::kFp32Adder, 16, 32};
    case DataType::kFp16:
      return {CostKind::kFp16Multiplier, CostKind::kFp32Adder, 16, 32};
    case DataType::kInt8:
      return {CostKind::kInt8Multiplier, CostKind::kInt32Adder, 8, 32};
    case DataType::kInt16:
      return {CostKind::kInt16Multiplier, CostKind::kInt32Adder, 16, 32};
    case DataType::kFp32:
    case DataType::kPattern:
      break;
  }
  return {CostKind::kFp32Multiplier, CostKind::kFp32Adder, 32, 32};
}

FanParts fan_parts(uint64_t lanes) {
  const uint32_t levels = levels_of(lanes);
  FanParts parts;
  parts.adders = lanes - 1;
  parts.bypass_words = lanes / 2;
  // An adder of level l hears l neighbours on either side, of levels 0 … l-1; only the one of level l-1 is
  // the tree's own. The word of level j waits l-1-j cycles for that one.
  for (uint64_t level = 2; level < levels; ++level) {
    const uint64_t adders = lanes >> (level + 1);
    parts.forwarding_links += adders * 2 * (level - 1);
    parts.forwarding_stages += adders * level * (level - 1);
  }
  parts.comparators = parts.adders + parts.forwarding_links;
  return parts;
}

ArtParts art_parts(uint64_t lanes) {
  const uint32_t levels = levels_of(lanes);
  ArtParts parts;
  parts.nodes = lanes - 1;
  for (uint32_t level = 0; level < levels; ++level) {
    const uint64_t nodes = lanes >> (level + 1);
    if (nodes > 2) parts.three_input_nodes += nodes - 2;  // all but the first and the last of the row
  }
  return parts;
}

Block multipliers_block(const Technology& tech, const Arithmetic& arithmetic, uint64_t count) {
  return piece("multipliers", tech.cost(arithmetic.multiplier), static_cast<double>(count));
}

Block benes_block(const Technology& tech, uint64_t lanes, uint32_t word_bits) {
  const uint64_t switches = lanes * (2 * levels_of(lanes) + 1);
  Block block = named("benes");
  block.add(bits(tech, "switches", CostKind::kSwitch, switches, word_bits));
  block.add(bits(tech, "control", CostKind::kRegister, switches, 2));
  return block;
}

Block fan_block(const Technology& tech, uint64_t lanes, CostKind adder, uint32_t word_bits) {
  const FanParts parts = fan_parts(lanes);
  const uint32_t id_bits = levels_of(lanes);
  Block block = named("fan");
  block.add(piece("adders", tech.cost(adder), static_cast<double>(parts.adders)));
  block.add(bits(tech, "pipeline", CostKind::kRegister, parts.adders + parts.bypass_words, word_bits));
  // An l-to-1 mux is l-1 muxes of two inputs, on either side of an adder of level l: one per forwarding
  // link; two choose between sum and bypass at level 0.
  block.add(bits(tech, "muxes", CostKind::kMux, parts.forwarding_links + 2 * parts.bypass_words, word_bits));
  block.add(bits(tech, "forwarding", CostKind::kRegister, parts.forwarding_stages, word_bits));
  block.add(bits(tech, "comparators", CostKind::kComparator, parts.comparators, id_bits));
  block.add(bits(tech, "vec_ids", CostKind::kRegister, lanes, id_bits));
  return block;
}

Block art_block(const Technology& tech, uint64_t lanes, CostKind adder, uint32_t word_bits) {
  const ArtParts parts = art_parts(lanes);
  Block block = named("art");
  block.add(piece("adders", tech.cost(adder), static_cast<double>(parts.nodes + parts.three_input_nodes)));
  block.add(bits(tech, "pipeline", CostKind::kRegister, parts.nodes, word_bits));
  // The lateral input counts or does not; the parent gets the sum or the neighbour does.
  block.add(bits(tech, "muxes", CostKind::kMux, 2 * parts.three_input_nodes, word_bits));
  block.add(bits(tech, "control", CostKind::kRegister, parts.three_input_nodes, 2));
  return block;
}

Block linear_chain_block(const Technology& tech, uint64_t lanes, CostKind adder, uint32_t word_bits) {
  Block block = named("linear");
  block.add(piece("adders", tech.cost(adder), static_cast<double>(lanes)));
  block.add(bits(tech, "pipeline", CostKind::kRegister, lanes, word_bits));
  return block;
}

Block reduction_block(const Technology& tech, ReductionKind kind, uint64_t lanes, CostKind adder,
                      uint32_t word_bits) {
  switch (kind) {
    case ReductionKind::kArt:
      return art_block(tech, lanes, adder, word_bits);
    case ReductionKind::kLinear:
      return linear_chain_block(tech, lanes, adder, word_bits);
    case ReductionKind::kFan:
      break;
  }
  return fan_block(tech, lanes, adder, word_bits);
}

Block flex_dpe_block(const Technology& tech, uint64_t lanes, const Arithmetic& arithmetic,
                     ReductionKind kind) {
  Block block = named("flex_dpe");
  block.add(benes_block(tech, lanes, arithmetic.operand_bits));
  block.add(bits(tech, "operands", CostKind::kRegister, 2 * lanes, arithmetic.operand_bits));
  block.add(multipliers_block(tech, arithmetic, lanes));
  block.add(bits(tech, "products", CostKind::kRegister, lanes, arithmetic.accumulate_bits));
  block.add(reduction_block(tech, kind, lanes, arithmetic.adder, arithmetic.accumulate_bits));
  return block;
}

Block sigma_array_block(const Technology& tech, uint64_t flex_dpes, uint64_t lanes, uint64_t bus_words,
                        const Arithmetic& arithmetic, ReductionKind kind) {
  const Block dpes = flex_dpe_block(tech, lanes, arithmetic, kind).times(static_cast<double>(flex_dpes));
  Block block = named("sigma_array");
  for (const Block& part : dpes.parts) block.add(part);
  Block noc = named("noc");
  noc.add(bits(tech, "switches", CostKind::kSwitch, flex_dpes * bus_words, arithmetic.operand_bits));
  noc.add(bits(tech, "pipeline", CostKind::kRegister, flex_dpes * bus_words, arithmetic.operand_bits));
  return block.add(std::move(noc));
}

Block systolic_array_block(const Technology& tech, uint64_t rows, uint64_t columns,
                           const Arithmetic& arithmetic) {
  const uint64_t cells = rows * columns;
  Block block = named("systolic_array");
  block.add(multipliers_block(tech, arithmetic, cells));
  block.add(piece("adders", tech.cost(arithmetic.adder), static_cast<double>(cells)));
  block.add(bits(tech, "operands", CostKind::kRegister, 2 * cells, arithmetic.operand_bits));
  block.add(bits(tech, "partial_sums", CostKind::kRegister, cells, arithmetic.accumulate_bits));
  return block;
}

Block sigma_controller_block(const Technology& tech, uint64_t flex_dpes, uint64_t lanes) {
  const uint32_t counter_bits = ceil_log2(flex_dpes * lanes);
  const uint32_t lane_bits = levels_of(lanes);
  Block block = named("controller");
  block.add(piece("and", tech.cost(CostKind::kGate), kGates));
  block.add(piece("or", tech.cost(CostKind::kGate), kGates));
  Block counters = named("counters");
  counters.add(bits(tech, "state", CostKind::kRegister, kGates, counter_bits));
  // A counter's incrementer: as many bits of an adder.
  counters.add(bits(tech, "increment", CostKind::kComparator, kGates, counter_bits));
  block.add(std::move(counters));
  block.add(bits(tech, "tables", CostKind::kRegister, flex_dpes * lanes, 3 * lane_bits));
  return block;
}

Block sram_buffer_block(const Technology& tech, const std::string& name, const SramBuffer& buffer) {
  if (buffer.banks == 0) throw InputError(name + " has no banks", "allowed: at least 1 bank");
  const auto banks = static_cast<double>(buffer.banks);
  return piece(name, tech.sram(buffer.capacity_bytes / banks, buffer.bytes_per_cycle / banks, buffer.ports),
               banks);
}

}  // namespace nonzero::hw
