#pragma once

#include "nonzero/hw/array/stce.h"
#include "nonzero/hw/cost.h"

// What SAT's components cost, bottom-up, and as resources of an FPGA.
namespace nonzero::hw {

// rows x columns PEs: fp16 multiplier, fp32 adder, M:1 selector, the link's M activations, and registers for
// the larger of N weights with indices and I partial sums.
Block stce_block(const Technology& tech, const StceArray& array, const NmRatio& ratio);
// One multiply-add: operands, accumulator, and where the GEMM is sparse the selector.
Energy stce_multiply_add_energy(const Technology& tech);
Energy stce_selection_energy(const Technology& tech, const NmRatio& ratio);
// One activation of 16 bit over one row's link, past `columns` PEs.
Energy stce_link_energy(const Technology& tech, uint64_t columns);

// Lanes that compare a value with N kept magnitudes a cycle.
Block sore_block(const Technology& tech, uint64_t lanes, const NmRatio& ratio);
Energy sore_comparison_energy(const Technology& tech);
// Lanes of three fp32 multipliers and adders: decay, momentum, step.
Block weight_update_block(const Technology& tech, uint64_t lanes, uint64_t depth);
Energy weight_update_energy(const Technology& tech);
// Lanes of one fp32 multiplier and adder.
Block element_wise_block(const Technology& tech, uint64_t lanes);
Energy element_wise_energy(const Technology& tech);

// Three DSP slices per PE; buffers of 1 MiB and more in UltraRAM (36 KiB), smaller ones in BRAM36 (4.5 KiB)
// [choice]. Of an XCVU9P: 6840 DSP, 2160 BRAM36, 960 URAM.
struct FpgaResources {
  uint64_t dsp = 0, bram36 = 0, uram = 0;
};
inline constexpr FpgaResources kXcvu9p{6840, 2160, 960};
FpgaResources sat_resources(const StceArray& array, const StceBuffers& buffers);

}  // namespace nonzero::hw
