#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nonzero/tech/technology.h"
#include "nonzero/tensor/data_type.h"

// What the components cost, bottom-up from a technology table: area and leakage of blocks, energy of
// events. No published block figure enters here (docs/technology.md compares the two).
namespace nonzero::hw {

// Picojoules with the range the tables leave open.
struct Energy {
  double pj = 0, low_pj = 0, high_pj = 0;

  Energy& operator+=(const Energy& other);
  friend Energy operator+(Energy a, const Energy& b) { return a += b; }
  friend Energy operator*(Energy energy, double times) {
    return {energy.pj * times, energy.low_pj * times, energy.high_pj * times};
  }
};

Energy energy_of(const Cost& cost);

// A piece of hardware and what it is made of. Every figure includes `count` and the parts.
struct Block {
  std::string name;
  double count = 1;
  double area_um2 = 0, leakage_mw = 0;
  Energy busy_cycle;  // one cycle in which every part works
  std::vector<Block> parts;

  Block& add(Block part);                                        // appends it and adds its figures
  [[nodiscard]] Block times(double number) const;                // that many of the block, parts included
  [[nodiscard]] const Block* find(std::string_view part) const;  // among the direct parts
  [[nodiscard]] double area_mm2() const { return area_um2 * 1e-6; }
  // All parts busy in every cycle, plus leakage.
  [[nodiscard]] double busy_power_mw(double clock_hz) const;
};

// The operators of a data type. Integers accumulate in int32, floating point in fp32; bf16 operands
// therefore mean a bf16 multiplier and an fp32 adder. A pattern is billed as fp32 [choice].
struct Arithmetic {
  CostKind multiplier = CostKind::kFp32Multiplier, adder = CostKind::kFp32Adder;
  uint32_t operand_bits = 32, accumulate_bits = 32;

  static Arithmetic of(DataType operands);
};

// --- blocks ----------------------------------------------------------------------------------------

enum class ReductionKind : uint8_t { kFan, kArt, kLinear };

// What FAN of `lanes` (a power of two >= 2) is made of (SIGMA, IV-A2).
struct FanParts {
  uint64_t adders = 0;             // lanes - 1
  uint64_t forwarding_links = 0;   // 2, 8, 22, 52, … for 8, 16, 32, 64: links past the tree's own
  uint64_t forwarding_stages = 0;  // word flip-flops on those links: level(to) - level(from) - 1 each
  uint64_t bypass_words = 0;       // the second output of level-0 adders
  uint64_t comparators = 0;        // of vecIDs: one per adder, one per forwarding link
};
FanParts fan_parts(uint64_t lanes);

// ART of `lanes`: nodes whose neighbour has another parent share a link with it and add three inputs.
struct ArtParts {
  uint64_t nodes = 0;              // lanes - 1
  uint64_t three_input_nodes = 0;  // each two adders
};
ArtParts art_parts(uint64_t lanes);

// Lanes must be a power of two >= 2 (else InputError), `word_bits` the width of a word.
Block multipliers_block(const Technology& tech, const Arithmetic& arithmetic, uint64_t count);
Block benes_block(const Technology& tech, uint64_t lanes, uint32_t word_bits);
Block fan_block(const Technology& tech, uint64_t lanes, CostKind adder, uint32_t word_bits);
Block art_block(const Technology& tech, uint64_t lanes, CostKind adder, uint32_t word_bits);
Block linear_chain_block(const Technology& tech, uint64_t lanes, CostKind adder, uint32_t word_bits);
Block reduction_block(const Technology& tech, ReductionKind kind, uint64_t lanes, CostKind adder,
                      uint32_t word_bits);

// Fully pipelined: stationary and delivered operands and products are registered.
Block flex_dpe_block(const Technology& tech, uint64_t lanes, const Arithmetic& arithmetic,
                     ReductionKind kind);

// The compute array of Fig. 8: Flex-DPEs and, for each, the switch of the NoC that passes
// `bus_words` operands on. Without SRAM and controller, as the paper's figure.
Block sigma_array_block(const Technology& tech, uint64_t flex_dpes, uint64_t lanes, uint64_t bus_words,
                        const Arithmetic& arithmetic, ReductionKind kind);

// rows x columns cells: multiplier, adder, registers for the stationary operand, the passing operand
// and the passing partial sum.
Block systolic_array_block(const Technology& tech, uint64_t rows, uint64_t columns,
                           const Arithmetic& arithmetic);

// SIGMA's global controller (section V): 1024 AND, 1024 OR, 1024 counters of log2(multipliers) bits, a
// SRC-DEST-row table per Flex-DPE in registers.
Block sigma_controller_block(const Technology& tech, uint64_t flex_dpes, uint64_t lanes);

// An SRAM in equal banks that together deliver `bytes_per_cycle`.
struct SramBuffer {
  double capacity_bytes = 0;
  uint64_t banks = 1;
  double bytes_per_cycle = 0;
  uint32_t ports = 1;
};
Block sram_buffer_block(const Technology& tech, const std::string& name, const SramBuffer& buffer);

// --- energy of an event ----------------------------------------------------------------------------

Energy multiplication_energy(const Technology& tech, const Arithmetic& arithmetic);
Energy addition_energy(const Technology& tech, const Arithmetic& arithmetic);
// One word into (or held over a cycle by) a register.
Energy register_energy(const Technology& tech, uint32_t word_bits);
// A lane of a Flex-DPE at work: multiplier, registers of both operands and of the product.
Energy multiplier_lane_energy(const Technology& tech, const Arithmetic& arithmetic);
// A cell of the systolic array at work: multiplier, adder, its three registers.
Energy systolic_cell_energy(const Technology& tech, const Arithmetic& arithmetic);
// One addition in a network of `lanes`: its adder and an equal share of everything else that works in a
// busy cycle (links, muxes, flip-flops, comparators).
Energy reduction_addition_energy(const Technology& tech, ReductionKind kind, uint64_t lanes,
                                 const Arithmetic& arithmetic);
// One switch and its control passed by one word; times (2 log2 N + 1) for a delivery. Wires are not billed.
Energy benes_traversal_energy(const Technology& tech, uint32_t word_bits);
// One word past one switch of the NoC and over the wire to the next, as long as the side of a square of
// `block_area_um2`.
Energy noc_hop_energy(const Technology& tech, uint32_t word_bits, double block_area_um2);
Energy sram_byte_energy(const Technology& tech, const SramBuffer& buffer);
Energy dram_byte_energy(const Technology& tech, CostKind dram);
// Which DRAM a preset of common.md's list is: presets named ddr… are DDR, all others HBM [choice].
CostKind dram_kind(std::string_view preset);

// Leakage over a time: the same at low and high, as no table gives its spread.
Energy leakage_energy(double leakage_mw, double seconds);

// --- SIGMA, Fig. 6b --------------------------------------------------------------------------------

// A reduction network alone, every adder working in every cycle.
struct ReductionNetworkFigures {
  ReductionKind kind = ReductionKind::kFan;
  uint64_t lanes = 0;
  double area_um2 = 0, power_mw = 0;
  uint64_t cycles = 0;      // 100 folds x (1000 steps + drain: lanes if linear, log2 lanes otherwise)
  double energy_delay = 0;  // joule seconds
};
ReductionNetworkFigures reduction_network(const Technology& tech, ReductionKind kind, uint64_t lanes,
                                          CostKind adder = CostKind::kFp32Adder, uint32_t word_bits = 32,
                                          double clock_hz = 500e6);

}  // namespace nonzero::hw
