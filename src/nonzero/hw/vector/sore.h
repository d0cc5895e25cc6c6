#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "nonzero/tensor/nm.h"

// SORE: produces compact N:M operands, one value per cycle and lane (Fang et al., TCAD 2023) [secondary].
namespace nonzero::hw {

// One lane at work on one group.
class SoreLane {
 public:
  explicit SoreLane(const NmRatio& ratio) : ratio_(ratio) {}

  // The next value of the group, one per cycle: kept while there is room, else in the place of the
  // smallest magnitude (the largest index among equals) where it is strictly larger.
  void take(float value);
  // Indices kept so far, ascending.
  [[nodiscard]] std::vector<uint32_t> indices() const;
  // After M values: the group's N pairs of value and index by index; the lane is empty again.
  std::vector<std::pair<float, uint32_t>> emit();

 private:
  NmRatio ratio_;
  std::vector<std::pair<float, uint32_t>> kept_;
  uint32_t next_ = 0;
};

// ceil(groups / lanes) * M.
uint64_t sore_cycles(uint64_t groups, uint64_t lanes, const NmRatio& ratio);
// Magnitudes compared: every value with each of the N kept.
uint64_t sore_comparisons(uint64_t groups, const NmRatio& ratio);

}  // namespace nonzero::hw
