#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace nonzero {

// The visible latency of a kind of worker from measured runs (HotTiles, HPCA 2024, section IV; the
// procedure is a [choice]): the seconds per byte that make the mean of |predicted - measured| / measured
// least, sought between 1e-13 and 1e-8 by 50 points on a logarithmic scale, then by golden section.

struct LatencyFit {
  double vis_lat = 0;     // seconds per byte and worker
  double mean_error = 0;  // relative, over the runs
  bool at_edge = false;   // of the range: the runs do not say where it is
};

// What the model predicts of run `run` with `vis_lat`.
using PredictRun = std::function<double(uint64_t run, double vis_lat)>;

// Throws InputError where there is no run or a measured time is not above 0.
LatencyFit fit_vis_lat(const PredictRun& predicted, std::span<const double> measured_seconds);

}  // namespace nonzero
