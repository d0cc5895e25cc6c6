#include "nonzero/report/contenders_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nonzero/report/table.h"

namespace nonzero {
namespace {

constexpr uint64_t kLeastTiles = 16;  // of a matrix that counts in a mean
constexpr size_t kRatios = 4;

double ratio(uint64_t part, uint64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

uint64_t tiles_of(const Result& result) {
  return result.counters.get("tiles.hot") + result.counters.get("tiles.cold");
}

bool has_contenders(const Result& result) {
  return result.counters.get("hot_only.cycles") > 0 && result.counters.get("cold_only.cycles") > 0;
}

// Over hot-only, cold-only, unaware and the better of the first two.
std::vector<double> speedups(const Result& result) {
  const uint64_t hot = result.counters.get("hot_only.cycles"), cold = result.counters.get("cold_only.cycles");
  const uint64_t own = result.counters.get("simulated_cycles");
  return {ratio(hot, own), ratio(cold, own), ratio(result.counters.get("unaware.cycles"), own),
          ratio(std::min(hot, cold), own)};
}

double error_of(const Result& result) {
  const auto own = static_cast<double>(result.counters.get("simulated_cycles"));
  return own > 0 ? std::abs(static_cast<double>(result.counters.get("predicted_cycles")) - own) / own : 0;
}

class Group {
 public:
  explicit Group(std::string title)
      : title_(std::move(title)),
        table_({"matrix", "tile side", "hot", "cold", "empty", "time", "/ hot-only", "/ cold-only",
                "/ unaware", "/ best of one kind", "prediction off by"}) {}

  void add(const Result& result) {
    const std::vector<double> over = speedups(result);
    const Counts& counters = result.counters;
    std::vector<std::string> row = {
        result.operation,
        with_thousands(counters.get("tiles.side")),
        with_thousands(counters.get("tiles.hot")),
        with_thousands(counters.get("tiles.cold")),
        with_thousands(counters.get("tiles.empty")),
        engineering(static_cast<double>(counters.get("simulated_cycles")) / result.clock_hz, "s")};
    for (const double one : over) row.push_back(fmt::format("{:.2f}", one));
    row.push_back(percent(error_of(result)));
    table_.add(std::move(row));
    if (tiles_of(result) < kLeastTiles) return;
    ++counted_;
    for (size_t i = 0; i < kRatios; ++i) sums_[i] += over[i];
    error_ += error_of(result);
  }

  [[nodiscard]] std::string text() {
    if (table_.empty()) return "";
    if (counted_ > 1) {
      std::vector<std::string> row = {fmt::format("mean of {} with {} tiles or more", counted_, kLeastTiles)};
      row.resize(6);
      const auto count = static_cast<double>(counted_);
      for (const double sum : sums_) row.push_back(fmt::format("{:.2f}", sum / count));
      row.push_back(percent(error_ / count));
      table_.add(std::move(row));
    }
    return title_ + ":\n" + table_.text() + "\n";
  }

 private:
  std::string title_;
  Table table_;
  uint64_t counted_ = 0;
  std::vector<double> sums_ = std::vector<double>(kRatios);
  double error_ = 0;
};

}  // namespace

std::string contenders_text(std::span<const Result> results) {
  Group published("Speed-up over each, simulated on the same tiles"),
      reduced("Small matrices, on reduced tiles");
  for (const Result& result : results)
    if (has_contenders(result)) (result.counters.get("tiles.reduced") > 0 ? reduced : published).add(result);
  return published.text() + reduced.text();
}

}  // namespace nonzero
