#include "nonzero/arch/scnn/config.h"

#include "nonzero/tech/technology.h"

namespace nonzero::scnn {
namespace {

void add_array(ConfigFields<Config>& f) {
  f.whole(&Config::pes, "pes", 1, 1 << 20,
          {"PEs", "each with F x I multipliers", "64 [paper, Table 3]; 16384 / 16 [derived]"})
      .whole(&Config::weights_per_vector, "F", 1, 15, {"weights", "of a vector", "[paper, Table 3]"})
      .whole(&Config::activations_per_vector, "I", 1, 15, {"activations", "of a vector", "[paper, Table 3]"})
      .choice(
          &Config::weight_order, "weight_order", {"channels", "kernel"},
          {"",
           "what runs fastest in a vector of weights: output channels, which meet banks of their own, or the "
           "kernel's columns, whose products with neighbouring activations meet",
           "[choice]"})
      .whole(&Config::banks, "banks", 1, 32, {"", "accumulator banks of a PE", "[paper, Table 3]"})
      .whole(&Config::entries, "entries", 1, 1 << 20,
             {"sums", "of a bank, which is double-buffered", "[paper, Table 3]"})
      .whole(&Config::link_words, "link_words", 1, 1 << 20,
             {"words/cycle", "between PEs: partial sums and halos", "[choice]"})
      .whole(&Config::input_words_per_cycle, "input_words_per_cycle", 1, 1 << 30,
             {"words/cycle", "non-zero activations into the PEs", "[paper, SIGMA]"})
      .whole(&Config::accumulator_bits, "accumulator_bits", 16, 64,
             {"bit", "of a sum, for area and energy", "[paper, Table 3]"})
      .whole(&Config::fifo_entries, "fifo_entries", 1, 1 << 20,
             {"weights", "weight FIFO of a PE", "[paper, Table 3]"})
      .real(&Config::activation_ram_kib, "activation_ram_kib", 0.001, 1 << 20,
            {"KiB", "input and output activation RAM of a PE, each", "[paper, Table 3]"})
      .choice(&Config::data_type, "data_type", data_type_names(),
              {"", "width of multipliers and RAMs; weights and activations are int8 or less",
               "16 bit [paper, Table 3]"});
}

void add_memory(ConfigFields<Config>& f) {
  constexpr double kMostKib = 1 << 30;
  f.real(&Config::dram_gb_per_second, "dram_gb_per_second", 0, 1e6,
         {"GB/s", "DRAM, not overlapped; 0: none is modelled", "[choice]"})
      .real(&Config::weight_sram_kib, "weight_sram_kib", 1, kMostKib,
            {"KiB", "weights beyond it are read again", "[choice]"})
      .whole(&Config::output_bytes_per_cycle, "output_bytes_per_cycle", 0, 1 << 30,
             {"B/cycle", "int8 outputs leave; 0: in no time", "[choice]"})
      .real(&Config::clock_mhz, "clock_mhz", 1, 100000, {"MHz", "clock", "[choice]; just over 1 GHz [paper]"})
      .word(&Config::technology, "technology", Technology::builtin_names(),
            {"", "technology table for area and energy", "[choice]"});
}

}  // namespace

LayerMemory Config::memory() const {
  LayerMemory memory;
  memory.clock_mhz = clock_mhz;
  memory.dram_gb_per_second = dram_gb_per_second;
  memory.activation_sram_kib = 2 * activation_ram_kib * static_cast<double>(pes);
  memory.weight_sram_kib = weight_sram_kib;
  memory.output_bytes_per_cycle = output_bytes_per_cycle;
  return memory;
}

LikeConfig::LikeConfig() {
  pes = 32;
  accumulator_bits = 32;
  data_type = DataType::kInt8;
  activation_ram_kib = 4;  // 256 KiB over 32 PEs, two each
  dram_gb_per_second = 12.8;
  output_bytes_per_cycle = 128;
  clock_mhz = 250;
}

std::span<const ConfigField> fields() {
  static const ConfigFields<Config> all = [] {
    ConfigFields<Config> f;
    add_array(f);
    add_memory(f);
    return f;
  }();
  return all.all();
}

void check(const Config& config) {
  if (config.data_type != DataType::kInt8 && config.data_type != DataType::kInt16)
    throw InputError("data_type is not that of a machine of integers", "allowed: int8, int16");
}

}  // namespace nonzero::scnn
