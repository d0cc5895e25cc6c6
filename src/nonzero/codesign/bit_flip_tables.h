#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nonzero {

// What a magnitude of 0 … 127 becomes when only some of its seven columns may hold a one.
struct FlipTables {
  static constexpr size_t kMasks = 128;

  std::array<uint8_t, kMasks> masks{};                      // by number of bits, then by value
  std::array<std::array<uint8_t, 128>, kMasks> near{};      // [mask][magnitude]: nearest, lower on ties
  std::array<std::array<uint16_t, kMasks>, 128> squared{};  // [magnitude][place in `masks`]: squared error

  // How many masks have up to that many bits, 7 at most.
  [[nodiscard]] size_t masks_up_to(uint32_t bits) const { return up_to_[bits]; }

  static const FlipTables& get();

 private:
  FlipTables();
  std::array<size_t, 8> up_to_{};
};

}  // namespace nonzero
