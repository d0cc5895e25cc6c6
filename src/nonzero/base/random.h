#pragma once

#include <cstdint>

namespace nonzero {

// Seeded generator (xoshiro256**, Blackman and Vigna 2018) whose numbers are the same on every
// platform, unlike the distributions of <random>.
class Random {
 public:
  explicit Random(uint64_t seed);

  uint64_t bits();
  // Uniform in [0, bound), bound >= 1.
  uint64_t below(uint64_t bound);
  // Uniform in [0, 1).
  double unit();
  // Standard normal.
  double normal();
  bool chance(double probability) { return unit() < probability; }

 private:
  uint64_t state_[4];
};

// A seed for a sub-stream, so that operand B does not repeat operand A's numbers.
uint64_t derive_seed(uint64_t seed, uint64_t stream);

}  // namespace nonzero
