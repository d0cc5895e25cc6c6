#pragma once

#include "nonzero/hw/cost.h"

// What SCNN's parts cost, bottom-up.
namespace nonzero::hw {

struct ScnnPe {
  uint64_t weights = 4, activations = 4;  // of a vector
  uint64_t banks = 32, entries = 32;      // double-buffered
  uint64_t fifo_entries = 50;
  double activation_ram_bytes = 10 * 1024;  // of input and output, each
  uint32_t operand_bits = 16, accumulator_bits = 24;

  // A value with its 4-bit zero run.
  [[nodiscard]] uint32_t stored_bits() const { return operand_bits + 4; }
  [[nodiscard]] uint64_t multipliers() const { return weights * activations; }
};

// Multipliers, products x banks crossbar with its arbitration, banks with an adder each, weight FIFO,
// activation RAMs, output coordinates (an adder each for row and column of a product).
Block scnn_pe_block(const Technology& tech, const ScnnPe& pe, const Arithmetic& arithmetic);

Energy scnn_multiplication_energy(const Technology& tech, const Arithmetic& arithmetic);
// A product through the crossbar, read, added and written in its bank, its coordinate worked out.
Energy scnn_accumulation_energy(const Technology& tech, const ScnnPe& pe);
// A weight out of the FIFO, and an activation out of its RAM.
Energy scnn_weight_energy(const Technology& tech, const ScnnPe& pe);
Energy scnn_activation_energy(const Technology& tech, const ScnnPe& pe);
// A partial sum into a neighbour's register.
Energy scnn_link_energy(const Technology& tech, const ScnnPe& pe);

}  // namespace nonzero::hw
