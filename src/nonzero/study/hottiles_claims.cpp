#include "nonzero/study/hottiles_claims.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "nonzero/io/mtx.h"
#include "nonzero/study/hottiles_iso.h"
#include "nonzero/study/hottiles_preparation.h"
#include "nonzero/study/hottiles_runs.h"
#include "nonzero/study/means.h"
#include "nonzero/tensor/generate.h"

namespace nonzero {
namespace {

using Runs = std::shared_ptr<HotTilesRuns>;
using Matrices = std::vector<HotTilesMatrix>;
using Measure = std::function<double(const HotTilesRun&)>;

const HotTilesMachine kScale4 = {"spade-sextans-s4"};

std::vector<HotTilesMachine> all_scales() {
  return {{"spade-sextans-s1"}, {"spade-sextans-s2"}, kScale4, {"spade-sextans-s8"}};
}

// Compute against the same accesses: operations per non-zero from SpMM's two to a heavy gSpMM.
std::vector<HotTilesMachine> intensities() {
  std::vector<HotTilesMachine> machines;
  for (const int operations : {2, 8, 32, 64})
    machines.push_back({"spade-sextans-pcie", {fmt::format("ops_per_nonzero={}", operations)}});
  return machines;
}

std::string label(const HotTilesMachine& machine) {
  return machine.settings.empty() ? machine.preset
                                  : fmt::format("{}, {}", machine.preset, fmt::join(machine.settings, ", "));
}

// Each matrix' value on each machine, and their mean.
Ours mean_of(const Matrices& matrices, const std::vector<HotTilesMachine>& machines,
             const std::function<double(const HotTilesMatrix&, const HotTilesMachine&)>& value) {
  Ours ours;
  ours.table = {{"matrix", "made as"}};
  for (const HotTilesMachine& machine : machines) ours.table[0].push_back(label(machine));
  std::vector<double> values;
  values.reserve(matrices.size() * machines.size());
  for (const HotTilesMatrix& matrix : matrices) {
    std::vector<std::string>& row = ours.table.emplace_back();
    row = {matrix.name, matrix.generator};
    for (const HotTilesMachine& machine : machines) {
      values.push_back(value(matrix, machine));
      row.push_back(fmt::format("{:.3g}", values.back()));
    }
  }
  ours.value = mean(values);
  return ours;
}

void add_speedups(ClaimModels& models, const Runs& runs, const std::string& id, const Matrices& matrices,
                  const std::vector<HotTilesMachine>& machines, const std::vector<std::string>& others) {
  for (const std::string& other : others)
    models[fmt::format("hottiles/{}/{}", id, other)] = [=] {
      return mean_of(matrices, machines, [&](const HotTilesMatrix& matrix, const HotTilesMachine& machine) {
        return runs->speedup(matrix, machine, other);
      });
    };
}

// HotTiles at scale 4 against a machine with twice the workers, all of one type at work.
void add_double(ClaimModels& models, const Runs& runs) {
  for (const std::string type : {"hot-only", "cold-only"})
    models[fmt::format("hottiles/double/{}-8", type)] = [=] {
      return mean_of(hottiles_matrices(), {kScale4},
                     [&](const HotTilesMatrix& matrix, const HotTilesMachine& machine) {
                       return runs->run(matrix, {"spade-sextans-s8"}, type).seconds /
                              runs->run(matrix, machine, "hottiles").seconds;
                     });
    };
}

void add_prediction_errors(ClaimModels& models, const Runs& runs) {
  for (const std::string partition : {"hot-only", "cold-only", "hottiles"})
    models["hottiles/pred-error/" + partition] = [=] {
      Ours ours = mean_of(hottiles_matrices(), {runs->fitted(kScale4)},
                          [&](const HotTilesMatrix& matrix, const HotTilesMachine& machine) {
                            return runs->run(matrix, machine, partition).error();
                          });
      const Ours defaults = mean_of(hottiles_matrices(), {kScale4},
                                    [&](const HotTilesMatrix& matrix, const HotTilesMachine& machine) {
                                      return runs->run(matrix, machine, partition).error();
                                    });
      ours.detail = fmt::format("{:.3f} with the default visible latencies", *defaults.value);
      return ours;
    };
}

// Over the matrices on which there is something to measure.
Ours geometric(const Runs& runs, const std::string& partition, const Measure& measure) {
  std::vector<double> values;
  values.reserve(hottiles_matrices().size());
  for (const HotTilesMatrix& matrix : hottiles_matrices()) {
    const double value = measure(runs->run(matrix, kScale4, partition));
    if (value > 0) values.push_back(value);
  }
  if (values.empty()) return {std::nullopt, "no worker of the type was busy"};
  return {geometric_mean(values), fmt::format("geometric mean of {} matrices", values.size())};
}

void add_geometric_means(ClaimModels& models, const Runs& runs) {
  const auto add = [&](const std::string& id, const std::string& partition, const Measure& measure) {
    models["hottiles/" + id + "/" + partition] = [=] { return geometric(runs, partition, measure); };
  };
  for (const std::string partition : {"hot-only", "cold-only", "unaware", "hottiles"}) {
    add("geo-s4-bw", partition, [](const HotTilesRun& run) { return run.gigabytes_per_second; });
    add("geo-s4-lines", partition, [](const HotTilesRun& run) { return run.lines_per_nonzero; });
    if (partition != "hot-only")
      add("geo-s4-gflops/spade", partition, [](const HotTilesRun& run) { return run.cold_gflops; });
    if (partition != "cold-only")
      add("geo-s4-gflops/sextans", partition, [](const HotTilesRun& run) { return run.hot_gflops; });
  }
}

void add_runtimes(ClaimModels& models, const Runs& runs) {
  const std::vector<std::string> names = {"pap", "kro", "myc", "ser"};
  for (size_t i = 0; i < names.size(); ++i) {
    const HotTilesMatrix matrix = hottiles_matrices()[i];
    for (const std::string partition : {"hot-only", "cold-only", "unaware", "hottiles"})
      models[fmt::format("hottiles/rt-{}/{}", names[i], partition)] = [=] {
        const HotTilesRun& run = runs->run(matrix, kScale4, partition);
        return Ours{1e3 * run.seconds,
                    fmt::format("{}; predicted {:.1f} ms", matrix.generator, 1e3 * run.predicted_seconds)};
      };
    const auto add_iso = [&](const std::string& what, bool predicted) {
      models[fmt::format("hottiles/rt-{}/iso-{}", names[i], what)] = [=] {
        const HotTilesMixes mixes = hottiles_mixes(*runs, matrix);
        const int cold = predicted ? mixes.predicted_best() : mixes.actual_best();
        return Ours{mixes.gain(cold), fmt::format("{}-{}", cold, kHotTilesScales - cold)};
      };
    };
    add_iso("predicted", true);
    add_iso("actual", false);
  }
}

void add_iso(ClaimModels& models, const Runs& runs) {
  const auto over_all = [runs](const std::function<double(const HotTilesMixes&)>& value) {
    std::vector<double> values;
    values.reserve(hottiles_matrices().size());
    for (const HotTilesMatrix& matrix : hottiles_matrices())
      values.push_back(value(hottiles_mixes(*runs, matrix)));
    return mean(values);
  };
  models["hottiles/iso/correct"] = [=] {
    return Ours{
        over_all([](const HotTilesMixes& m) { return m.predicted_best() == m.actual_best() ? 1.0 : 0.0; }),
        ""};
  };
  models["hottiles/iso/speedup"] = [=] {
    return Ours{over_all([](const HotTilesMixes& m) { return m.gain(m.predicted_best()); }), ""};
  };
  models["hottiles/iso/oracle"] = [=] {
    return Ours{over_all([](const HotTilesMixes& m) { return m.gain(m.actual_best()); }), ""};
  };
  models["hottiles/iso/best-cold"] = [=] {
    std::vector<double> gains;
    for (int cold = 0; cold <= kHotTilesScales; ++cold)
      gains.push_back(over_all([cold](const HotTilesMixes& m) { return m.gain(cold); }));
    const auto best = std::max_element(gains.begin(), gains.end()) - gains.begin();
    return Ours{static_cast<double>(best),
                fmt::format("{}-{}, {:.2f} over 4-4 in the mean", best, kHotTilesScales - best,
                            gains[static_cast<size_t>(best)])};
  };
}

void add_hot_shares(ClaimModels& models, const Runs& runs) {
  for (const std::string partition : {"unaware", "hottiles"})
    models["hottiles/pap-share/" + partition] = [=] {
      return Ours{runs->run(hottiles_matrices().front(), kScale4, partition).hot_share, ""};
    };
}

// A file of an eighth of coPapersCiteseer's rows and edges, every step five times.
HotTilesPreparation preparation() {
  const Csr csr = generate("community:rows=54263,edges=2004590");
  const std::string file =
      (std::filesystem::temp_directory_path() / fmt::format("nonzero-preparation-{}.mtx", getpid())).string();
  write_mtx(file, csr);
  const auto read = [&file] { read_mtx(file); };
  HotTilesPreparation cost = measure_preparation(csr, 32, configuration(kScale4), read);
  std::filesystem::remove(file);
  return cost;
}

void add_preparation(ClaimModels& models) {
  const auto measured = std::make_shared<std::optional<HotTilesPreparation>>();
  const auto once = [=]() -> const HotTilesPreparation& {
    if (!*measured) *measured = preparation();
    return **measured;
  };
  models["hottiles/prep/share"] = [=] { return Ours{once().hottiles_share(), once().text()}; };
  models["hottiles/prep/increase"] = [=] { return Ours{once().increase(), once().text()}; };
}

}  // namespace

void add_hottiles_claims(ClaimModels& models) {
  const Runs runs = std::make_shared<HotTilesRuns>();
  const std::vector<std::string> all = {"hot-only", "cold-only", "unaware", "best-homogeneous"};
  add_speedups(models, runs, "spse-s4", hottiles_matrices(), {kScale4}, all);
  add_speedups(models, runs, "spse-all", hottiles_matrices(), all_scales(), all);
  add_speedups(models, runs, "piuma", hottiles_matrices(), {{"piuma-like"}}, all);
  add_speedups(models, runs, "pcie", hottiles_matrices(), intensities(),
               {"hot-only", "cold-only", "best-homogeneous"});
  add_speedups(models, runs, "dense-set", hottiles_dense_matrices(), {{"spade-sextans-s1"}, kScale4}, all);
  add_double(models, runs);
  add_prediction_errors(models, runs);
  add_geometric_means(models, runs);
  add_runtimes(models, runs);
  add_iso(models, runs);
  add_hot_shares(models, runs);
  add_preparation(models);
}

}  // namespace nonzero
