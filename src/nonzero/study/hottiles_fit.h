#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nonzero/arch/hottiles/config.h"
#include "nonzero/codesign/latency_fit.h"

namespace nonzero {

// The generated matrices that a machine is profiled with: uniform, banded, power law and blocks of 32,768 or 65,536
// rows [choice].
const std::vector<std::string>& profiling_matrices();

// Visible latencies of a machine's two kinds of workers; none where it has none of a kind.
struct HotTilesFit {
  std::optional<LatencyFit> hot, cold;

  // As key=value for the machine's configuration.
  [[nodiscard]] std::vector<std::string> settings() const;
};

// Fits them to homogeneous runs of the machine's own simulator on the profiling matrices, K = `columns` (HotTiles,
// HPCA 2024, section IV).
HotTilesFit fit_hottiles(const hottiles::Config& config, uint64_t columns = 32);

}  // namespace nonzero
