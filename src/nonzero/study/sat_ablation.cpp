#include "nonzero/study/sat_ablation.h"

#include <fmt/format.h>

#include "nonzero/study/sat_runs.h"
#include "nonzero/workload/sat_networks.h"

namespace nonzero {
namespace {

struct Variant {
  std::string name;
  std::vector<std::string> settings;
};

// Without the schedule the array keeps to the dataflow that a fixed machine would have.
const std::vector<Variant>& variants() {
  static const std::vector<Variant> all = {
      {"sat (bdwp 2:8)", {}},
      {"no interleaving (I = 1)", {"interleave=1"}},
      {"no schedule: output-stationary", {"dataflow=os"}},
      {"no schedule: weight-stationary", {"dataflow=ws"}},
      {"no pre-generation", {"pregen=false"}},
      {"all off: output-stationary", {"interleave=1", "dataflow=os", "pregen=false"}},
      {"all off: weight-stationary", {"interleave=1", "dataflow=ws", "pregen=false"}},
      {"srste", {"method=srste"}},
      {"sdgp", {"method=sdgp"}},
      {"bponly", {"method=bponly"}},
      {"transposable", {"method=transposable"}},
      {"dense", {"method=dense"}},
  };
  return all;
}

}  // namespace

Findings sat_ablation() {
  Findings f;
  f.id = kSatAblation;
  f.title = "What SAT's optimisations are worth";
  f.text = {
      "Cycles of one training step, and the speed-up over dense training on the same machine with everything on. "
      "One thing is taken away at a time, then all of them; below stand the other methods, and dense training.",
      "The transposable mask's search runs on the host, every so many steps, and is not in the step's time. Without "
      "interleaving the schedule turns to weight-stationary, which needs none: that is why I = 1 alone costs little."};
  FindingsTable table{"Cycles of a training step (speed-up over dense)", {"variant"}, {}};
  FindingsBars bars{"Speed-up over dense training", "x", {}, {}};
  std::vector<uint64_t> dense;
  for (const SatNetwork& network : sat_networks()) {
    table.columns.push_back(network.name);
    bars.labels.push_back(network.name);
    dense.push_back(sat_cycles(network.name, {"method=dense"}));
  }
  for (const Variant& variant : variants()) {
    std::vector<std::string> row = {variant.name};
    FindingsBars::Series series{variant.name, {}};
    for (size_t i = 0; i < dense.size(); ++i) {
      const uint64_t cycles = sat_cycles(sat_networks()[i].name, variant.settings);
      series.values.push_back(static_cast<double>(dense[i]) / static_cast<double>(cycles));
      row.push_back(fmt::format("{} ({:.3f})", cycles, series.values.back()));
    }
    table.rows.push_back(std::move(row));
    bars.series.push_back(std::move(series));
  }
  f.tables.push_back(std::move(table));
  f.bars.push_back(std::move(bars));
  return f;
}

}  // namespace nonzero
