#pragma once

#include "nonzero/hw/cost.h"

// ASADI's modules as published (HPCA 2024, Table I); the links and the PIM baseline by the byte.
namespace nonzero::hw {

// A digital module of `arrays` arrays, in proportion to the published one's 512.
Block reram_digital_block(const Technology& tech, uint64_t arrays);
// One array computing for one cycle.
Energy reram_array_cycle_energy(const Technology& tech);

Block reram_analog_block(const Technology& tech);
// A module, or a PE's controllers, at work for one cycle.
Energy reram_analog_cycle_energy(const Technology& tech);
Energy reram_controller_cycle_energy(const Technology& tech);

// One byte over a tile's interconnect, and from one bank of a PIM to another.
Energy on_chip_byte_energy(const Technology& tech);
Energy cross_bank_byte_energy(const Technology& tech);

}  // namespace nonzero::hw
