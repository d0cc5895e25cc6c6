#include "nonzero/codesign/latency_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

constexpr double kLeastExponent = -13, kMostExponent = -8;
constexpr uint32_t kPoints = 50, kSteps = 60;

double exponent_at(uint32_t point) {
  return kLeastExponent + (kMostExponent - kLeastExponent) * point / (kPoints - 1);
}

}  // namespace

LatencyFit fit_vis_lat(const PredictRun& predicted, std::span<const double> measured_seconds) {
  if (measured_seconds.empty())
    throw InputError("no run to fit a visible latency to", "expected: at least one");
  for (const double seconds : measured_seconds)
    if (!std::isfinite(seconds) || seconds <= 0)
      throw InputError(fmt::format("a measured time of {} s", seconds), "allowed: above 0");
  const auto error = [&](double exponent) {
    double sum = 0;
    for (uint64_t run = 0; run < measured_seconds.size(); ++run) {
      const double measured = measured_seconds[run];
      sum += std::abs(predicted(run, std::pow(10, exponent)) - measured) / measured;
    }
    return sum / static_cast<double>(measured_seconds.size());
  };
  uint32_t best = 0;
  double least = error(exponent_at(0));
  for (uint32_t point = 1; point < kPoints; ++point) {
    const double here = error(exponent_at(point));
    if (here >= least) continue;
    least = here;
    best = point;
  }
  double low = exponent_at(best == 0 ? 0 : best - 1), high = exponent_at(std::min(best + 1, kPoints - 1));
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double left = high - ratio * (high - low), right = low + ratio * (high - low);
  double left_error = error(left), right_error = error(right);
  for (uint32_t step = 0; step < kSteps; ++step) {
    if (left_error <= right_error) {
      high = right;
      right = left;
      right_error = left_error;
      left = high - ratio * (high - low);
      left_error = error(left);
    } else {
      low = left;
      left = right;
      left_error = right_error;
      right = low + ratio * (high - low);
      right_error = error(right);
    }
  }
  const double found = (low + high) / 2;
  return {std::pow(10, found), error(found), best == 0 || best == kPoints - 1};
}

}  // namespace nonzero
