#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "nonzero/arch/layer_memory.h"
#include "nonzero/base/config.h"
#include "nonzero/tensor/data_type.h"

namespace nonzero::scnn {

// What runs fastest in a vector of weights.
enum class WeightOrder : uint8_t { kChannelsFirst, kKernelFirst };

// SCNN scaled to 16384 multipliers; see fields() for meaning, range and source of each.
struct Config {
  int64_t pes = 1024;
  int64_t weights_per_vector = 4;      // F
  int64_t activations_per_vector = 4;  // I
  WeightOrder weight_order = WeightOrder::kChannelsFirst;
  int64_t banks = 32;
  int64_t entries = 32;
  int64_t link_words = 1;
  int64_t input_words_per_cycle = 128;
  int64_t accumulator_bits = 24;
  int64_t fifo_entries = 50;
  double activation_ram_kib = 10;
  DataType data_type = DataType::kInt16;
  double dram_gb_per_second = 0;
  double weight_sram_kib = 256;
  int64_t output_bytes_per_cycle = 0;
  double clock_mhz = 1000;
  std::string technology = "tsmc28";

  [[nodiscard]] uint64_t multipliers() const {
    return static_cast<uint64_t>(pes * weights_per_vector * activations_per_vector);
  }
  // What DRAM and the buffers hold and move; the activations' are all PEs' RAMs together.
  [[nodiscard]] LayerMemory memory() const;
  // Accumulators of a PE, the half that is not drained.
  [[nodiscard]] uint64_t accumulators() const { return static_cast<uint64_t>(banks * entries); }
};

// As many multipliers, buffers and DRAM as BitWave is compared with (BitWave spec, "Equal terms").
struct LikeConfig : Config {
  LikeConfig();
};

std::span<const ConfigField> fields();

// Rules that span fields. Throws InputError.
void check(const Config& config);

}  // namespace nonzero::scnn
