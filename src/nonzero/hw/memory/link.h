#pragma once

#include <cmath>
#include <cstdint>

namespace nonzero::hw {

// A link of a bandwidth without latency: the on-chip interconnect of a tile, PCIe between encoders.
struct Link {
  double gb_per_second = 1000, clock_hz = 1e9;

  // ceil(bytes / bytes per cycle), exactly.
  [[nodiscard]] uint64_t cycles(uint64_t bytes) const {
    __extension__ using Wide = unsigned __int128;
    const auto clock = static_cast<Wide>(std::llround(clock_hz));
    const auto rate = static_cast<Wide>(std::llround(gb_per_second * 1e9));
    return static_cast<uint64_t>((bytes * clock + rate - 1) / rate);
  }
};

}  // namespace nonzero::hw
