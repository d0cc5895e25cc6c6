#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nonzero/arch/layer_memory.h"
#include "nonzero/hw/array/weight_serial.h"

namespace nonzero::bit_peers {

enum class Kind : uint8_t { kStripes, kPragmatic, kBitlet, kDenseInt8, kHuaaLike };
enum class Depthwise : uint8_t { kChannels, kBroadcast };

inline constexpr uint64_t kPortBits = 1024;  // of either SRAM, a cycle

// A peer on BitWave's terms; see fields() for meaning, range and source of each.
struct Config : LayerMemory {
  int64_t precision = 8;
  bool precision_per_layer = false;
  Depthwise depthwise = Depthwise::kChannels;
  int64_t min_tile_cycles = 1;
  int64_t accumulator_bits = 32;
  double idle_power_share = 0.2;
  std::string technology = "tsmc28";
};

std::span<const ConfigField> fields(Kind kind);

constexpr const char* name_of(Kind kind) {
  constexpr const char* kNames[] = {"stripes", "pragmatic", "bitlet", "dense-int8", "huaa-like"};
  return kNames[static_cast<size_t>(kind)];
}

constexpr const char* summary_of(Kind kind) {
  constexpr const char* kSummaries[] = {
      "Every bit of every weight, one after the other (Judd et al., MICRO 2016), on BitWave's terms",
      "The one-bits of every weight, one after the other (Albericio et al., MICRO 2017), on BitWave's terms",
      "One-bits of a significance from 64 weights at once (Lu et al., MICRO 2021), on BitWave's terms",
      "512 int8 multipliers, every weight multiplied, on BitWave's terms",
      "512 int8 multipliers in the best of six unrollings a layer, on BitWave's terms"};
  return kSummaries[static_cast<size_t>(kind)];
}

// One-bit or 8-bit multipliers.
constexpr bool is_serial(Kind kind) { return kind < Kind::kDenseInt8; }
hw::SerialKind serial_kind(Kind kind);
uint64_t multipliers(Kind kind);

// How the loops may lie on the array.
std::vector<hw::SerialTile> tiles_of(Kind kind);

}  // namespace nonzero::bit_peers
