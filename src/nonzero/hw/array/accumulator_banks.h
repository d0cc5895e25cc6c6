#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

// SCNN's accumulators (Parashar et al., ISCA 2017): banks behind a crossbar, into which every product of a
// step is scattered at its own output's place.
namespace nonzero::hw {

inline constexpr uint64_t kMostBanks = 32;

// ACCUMULATOR BANKS
//
//   function    an output is (output channel m, column x, row y); which bank holds it, the third-party
//               simulator's way:  (((m&4)<<2) ^ ((x&2)<<3) ^ ((y&2)<<3)) + ((x&1)<<3) + ((y&1)<<2) + (m&3)
//               mod banks
//   throughput  a bank takes one product a cycle; a step's products enter together, so that it takes as many
//               cycles as the fullest bank has products, one at least
//   capacity    banks x entries, double-buffered
constexpr uint32_t bank_of(uint32_t m, uint32_t x, uint32_t y, uint32_t banks) {
  const uint32_t upper = ((m & 4U) << 2U) ^ ((x & 2U) << 3U) ^ ((y & 2U) << 3U);
  return (upper + ((x & 1U) << 3U) + ((y & 1U) << 2U) + (m & 3U)) % banks;
}

// A weight as the crossbar sees it: its product with an activation at (column, row) goes to output channel m,
// column - x, row - y.
struct ScatterWeight {
  uint32_t m = 0;
  int32_t x = 0, y = 0;
};

// What places of activations share: the low two bits of column and row, and which weights lead inside the
// output (those from low to high, both included; the others' products are dropped).
struct ScatterPlace {
  uint32_t x = 0, y = 0;  // 0 to 3
  int32_t low_x = 0, high_x = 0, low_y = 0, high_y = 0;
  bool operator==(const ScatterPlace&) const = default;
};

// The steps of one vector of weights with vectors of activations: the banks that each place's products meet
// are counted once, and a step adds up the counts of its places.
class ScatterTable {
 public:
  // `places` must outlive the table. Up to kMostBanks banks; vectors of up to 15.
  ScatterTable(std::span<const ScatterPlace> places, uint32_t banks);

  void hold(std::span<const ScatterWeight> weights);
  // Products that land for an activation at this place.
  [[nodiscard]] uint32_t landing(size_t place) const { return landing_[place]; }
  // Cycles of the steps that take `activations` (each an index of a place) in vectors of `lanes`.
  [[nodiscard]] uint64_t cycles(std::span<const uint32_t> activations, uint64_t lanes) const;

 private:
  struct alignas(kMostBanks) Counts {
    std::array<uint8_t, kMostBanks> products{};
  };
  std::span<const ScatterPlace> places_;
  uint32_t banks_;
  std::vector<Counts> counts_;
  std::vector<uint32_t> landing_;
};

}  // namespace nonzero::hw
