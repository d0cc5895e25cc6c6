#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/hw/reduction/groups.h"

namespace nonzero::hw {

// LINEAR REDUCTION (the chain of SIGMA, HPCA 2020, Fig. 6; "spatio-temporal" reduction)
//
//   function    sums any contiguous groups of N products; each lane adds its product to the sum that
//               comes from the lane before it, or starts a new one
//   latency     lane i adds in cycle i + 1 (products are skewed by i cycles); a group leaves at its last
//               lane after last + 1 cycles; a set has drained after N cycles
//   throughput  one set of N products per cycle
//   activity    additions = lanes - groups
class LinearReduction {
 public:
  // Throws InputError where `lanes` is no power of two >= 2, as the trees it stands in for.
  explicit LinearReduction(uint32_t lanes);

  [[nodiscard]] uint32_t lanes() const { return lanes_; }
  [[nodiscard]] uint32_t adders() const { return lanes_ - 1; }
  [[nodiscard]] uint32_t drain_cycles() const { return lanes_; }
  static constexpr uint32_t latency(uint32_t last) { return last + 1; }
  static constexpr uint64_t additions(uint64_t lanes, uint64_t groups) { return lanes - groups; }

  // Sums of the groups in lane order, in fp32 from left to right. vec_id: group id per lane, -1 idle.
  // Throws InputError on non-contiguous groups or a wrong length.
  [[nodiscard]] std::vector<float> reduce(std::span<const int32_t> vec_id,
                                          std::span<const float> products) const;

 private:
  uint32_t lanes_;
};

}  // namespace nonzero::hw
