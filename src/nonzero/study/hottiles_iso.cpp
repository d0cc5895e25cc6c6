#include "nonzero/study/hottiles_iso.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/study/means.h"

namespace nonzero {
namespace {

std::string name_of_mix(int cold) { return fmt::format("{}-{}", cold, kHotTilesScales - cold); }

template <class Seconds>
int least(const std::array<HotTilesRun, kHotTilesScales + 1>& runs, const Seconds& seconds) {
  const auto best =
      std::min_element(runs.begin(), runs.end(),
                       [&](const HotTilesRun& a, const HotTilesRun& b) { return seconds(a) < seconds(b); });
  return static_cast<int>(best - runs.begin());
}

FindingsTable empty_table(std::string title, std::vector<std::string> columns) {
  return {std::move(title), std::move(columns), {}};
}

}  // namespace

int HotTilesMixes::predicted_best() const {
  return least(by_cold, [](const HotTilesRun& run) { return run.predicted_seconds; });
}

int HotTilesMixes::actual_best() const {
  return least(by_cold, [](const HotTilesRun& run) { return run.seconds; });
}

double HotTilesMixes::gain(int cold) const {
  return by_cold[kHotTilesScales / 2].seconds / by_cold[static_cast<size_t>(cold)].seconds;
}

HotTilesMixes hottiles_mixes(HotTilesRuns& runs, const HotTilesMatrix& matrix) {
  HotTilesMixes mixes;
  for (int cold = 0; cold <= kHotTilesScales; ++cold)
    mixes.by_cold[static_cast<size_t>(cold)] = runs.run(matrix, hottiles_mix(cold), "hottiles");
  return mixes;
}

Findings hottiles_iso() {
  HotTilesRuns runs;
  Findings findings{
      kHottilesIso, "HotTiles: which mix of cold and hot workers, by prediction", {}, {}, {}, {}};
  FindingsTable times = empty_table("Milliseconds, simulated (predicted), by cold-hot scales", {"matrix"});
  for (int cold = 0; cold <= kHotTilesScales; ++cold) times.columns.push_back(name_of_mix(cold));
  FindingsTable choice =
      empty_table("The machine to reconfigure to",
                  {"matrix", "predicted best", "its gain over 4-4", "best", "its gain over 4-4"});
  std::vector<double> chosen, possible;
  for (const HotTilesMatrix& matrix : hottiles_matrices()) {
    const HotTilesMixes mixes = hottiles_mixes(runs, matrix);
    std::vector<std::string>& row = times.rows.emplace_back();
    row.push_back(matrix.name);
    for (const HotTilesRun& run : mixes.by_cold)
      row.push_back(fmt::format("{:.2f} ({:.2f})", 1e3 * run.seconds, 1e3 * run.predicted_seconds));
    const int predicted = mixes.predicted_best(), actual = mixes.actual_best();
    chosen.push_back(mixes.gain(predicted));
    possible.push_back(mixes.gain(actual));
    choice.rows.push_back({matrix.name, name_of_mix(predicted), fmt::format("{:.2f}", chosen.back()),
                           name_of_mix(actual), fmt::format("{:.2f}", possible.back())});
    runs.forget_matrices();
  }
  findings.text.push_back(fmt::format(
      "Choosing each matrix the machine that is predicted best gains {:.2f} over 4-4 in the mean; an oracle {:.2f}. "
      "Matrices but mycielskian17 are generated stand-ins of the named ones.",
      mean(chosen), mean(possible)));
  findings.tables = {std::move(times), std::move(choice)};
  return findings;
}

}  // namespace nonzero
