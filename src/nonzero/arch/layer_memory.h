#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nonzero/base/config.h"
#include "nonzero/hw/array/bit_column.h"
#include "nonzero/result/result.h"
#include "nonzero/workload/operation.h"

namespace nonzero {

// Why a machine that knows nothing but layers with int8 weights refuses `operation`, if it does.
std::optional<std::string> refuse_all_but_integer_layers(const char* machine, const Operation& operation);

// The memory that BitWave and its peers have alike (BitWave spec, "Configuration" and "Equal terms").
struct LayerMemory {
  double clock_mhz = 250;
  double dram_gb_per_second = 12.8;
  double activation_sram_kib = 256, weight_sram_kib = 256;
  int64_t output_bytes_per_cycle = 128;
  bool overlap_dram = false;

  // Cycles for that many bytes between DRAM and chip, exact.
  [[nodiscard]] uint64_t dram_cycles(uint64_t bytes) const;
  [[nodiscard]] uint64_t activation_bytes() const {
    return static_cast<uint64_t>(activation_sram_kib * 1024);
  }
  [[nodiscard]] uint64_t weight_bytes() const { return static_cast<uint64_t>(weight_sram_kib * 1024); }
};

// The description of a configuration that derives from it.
template <class Config>
void add_layer_memory(ConfigFields<Config>& f) {
  constexpr double kMostKib = 1 << 30;
  f.real(&Config::clock_mhz, "clock_mhz", 0.001, 100000, {"MHz", "clock", "[secondary]"})
      .real(&Config::dram_gb_per_second, "dram_gb_per_second", 0.001, 1e6,
            {"GB/s", "DRAM; 51.2 B a cycle", "[choice]"})
      .real(&Config::activation_sram_kib, "activation_sram_kib", 0.0625, kMostKib,
            {"KiB", "activation SRAM: input and output that stay between layers; 16 banks x 64 bit",
             "[secondary]"})
      .real(&Config::weight_sram_kib, "weight_sram_kib", 0.0625, kMostKib,
            {"KiB", "weight SRAM, 16 banks x 64 bit", "[secondary]"})
      .whole(&Config::output_bytes_per_cycle, "output_bytes_per_cycle", 1, 1 << 20,
             {"B/cycle", "int8 outputs into the activation SRAM", "[choice]"})
      .flag(&Config::overlap_dram, "overlap_dram",
            {"", "DRAM works while the array does, instead of before it",
             "off as in the paper's Eq. 5 [choice]"});
}

// What a layer asks of memory and array; cycles and bits of the whole layer.
struct LayerDemand {
  uint64_t compute = 0, activation_reads = 0, weight_reads = 0;  // cycles
  uint64_t stored_bits = 0, metadata_bits = 0;                   // of the weights in DRAM; metadata: index
  uint64_t weight_sram_bits = 0, activation_sram_bits = 0;       // read while computing
};

// Bytes between DRAM and chip: weights once; the input unless the layer before left it on the chip; the output
// where input and output exceed the activation SRAM. Where weights and input both exceed their SRAM,
// the cheaper of reading the one again for every part of the other.
struct LayerDram {
  uint64_t weights = 0, metadata = 0, input = 0, output = 0;

  [[nodiscard]] uint64_t sum() const { return weights + metadata + input + output; }
};
LayerDram layer_dram(const IntegerLayerShape& shape, const LayerDemand& demand, const LayerMemory& memory,
                     bool input_on_chip);

// Whether `previous`, which ran just before, left `operation`'s input on the chip: a layer of the same network
// with as many outputs as inputs are wanted, which fitted beside its own input. A network read
// without its graph says no more [choice].
bool input_on_chip(const Operation& operation, const Operation* previous, const LayerMemory& memory);

// latency = dram + write + max(compute, activation_reads, weight_reads); disjoint parts.
struct LayerCycles {
  uint64_t load_dram = 0, write = 0, stream = 0, stall_sram = 0, stall_dram = 0;

  [[nodiscard]] uint64_t total() const { return load_dram + write + stream + stall_sram + stall_dram; }
  // Without those that wait for DRAM.
  [[nodiscard]] uint64_t core() const { return write + stream + stall_sram; }
};
LayerCycles layer_cycles(const IntegerLayerShape& shape, const LayerDemand& demand, const LayerDram& dram,
                         const LayerMemory& memory);

// Writes cycles, phases, traffic, the lanes' PE-cycles and the shares that follow from them into a result whose
// slots are known, and the counters that a billing of `array_cycles` goes by.
void charge_layer(Result& result, const IntegerLayerShape& shape, const LayerDemand& demand,
                  const LayerDram& dram, const LayerCycles& cycles, const hw::LaneCycles& lanes);

// Says how many weights of -128 were taken as -127, if any.
void note_clamped(Result& result, uint64_t weights);

// Keeps the accumulators K x (OY * OX) as the product.
void keep_sums(Result& result, const IntegerLayerShape& shape, const std::vector<int32_t>& sums);

// The phases one after the other.
void fill_layer_timeline(Result& result);

}  // namespace nonzero
