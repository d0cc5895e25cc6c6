#pragma once

#include <array>

#include "nonzero/study/findings.h"
#include "nonzero/study/hottiles_runs.h"

namespace nonzero {

// Iso-scale exploration (HotTiles, HPCA 2024): machines whose cold and hot scales add up to eight, and choosing
// among them by prediction.

inline constexpr const char* kHottilesIso = "hottiles-iso";
inline constexpr int kHotTilesScales = 8;

// HotTiles on one matrix by the machine's cold scale, 0 to 8; the rest is hot.
struct HotTilesMixes {
  std::array<HotTilesRun, kHotTilesScales + 1> by_cold;

  [[nodiscard]] int predicted_best() const;
  [[nodiscard]] int actual_best() const;
  // Simulated speed-up of the machine of cold scale `cold` over 4-4.
  [[nodiscard]] double gain(int cold) const;
};
HotTilesMixes hottiles_mixes(HotTilesRuns& runs, const HotTilesMatrix& matrix);

// Every machine on every matrix: gains over 4-4, predicted and simulated, and what choosing by prediction is worth.
Findings hottiles_iso();

}  // namespace nonzero
