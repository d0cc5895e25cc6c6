#include "nonzero/study/hottiles_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "nonzero/arch/hottiles/hottiles.h"
#include "nonzero/base/embedded.h"
#include "nonzero/study/hottiles_fit.h"
#include "nonzero/tensor/generate.h"

namespace nonzero {
namespace {

constexpr uint64_t kColumns = 32;
constexpr double kLineBytes = 64;

double real(uint64_t number) { return static_cast<double>(number); }
double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

double dram_bytes(const Result& result) {
  const LevelTraffic& dram = result.traffic_bytes.at("dram");
  return real(dram.read.sum() + dram.write.sum());
}

double gflops(const Result& result, const std::string& type) {
  const double active = real(result.counters.get(type + ".active_cycles")) / result.clock_hz;
  return share(2 * real(kColumns) * real(result.counters.get(type + ".nnz")), active) * 1e-9;
}

HotTilesRun summed_up(const Result& result) {
  HotTilesRun run;
  run.seconds = result.seconds();
  run.predicted_seconds = real(result.counters.get("predicted_cycles")) / result.clock_hz;
  run.gigabytes_per_second = share(dram_bytes(result), run.seconds) * 1e-9;
  run.lines_per_nonzero = share(dram_bytes(result) / kLineBytes, real(result.nnz_a));
  run.hot_gflops = gflops(result, "hot");
  run.cold_gflops = gflops(result, "cold");
  run.hot_share = share(real(result.counters.get("hot.nnz")), real(result.nnz_a));
  return run;
}

std::string preset_text(const std::string& name) {
  const auto found = embedded_files().find("presets/" + name + ".yaml");
  if (found == embedded_files().end()) throw std::logic_error("no preset " + name);
  return found->second;
}

HotTilesRun simulate(const Operation& operation, const HotTilesMachine& machine,
                     const std::string& partition) {
  hottiles::Config config = configuration(machine);
  config.partition = partition;
  config.contenders = false;
  return summed_up(hottiles::HotTiles(config).simulate({&operation, 1}, {}).results.front());
}

}  // namespace

hottiles::Config configuration(const HotTilesMachine& machine) {
  hottiles::Config config;
  read_config(hottiles::fields(), &config, preset_text(machine.preset), machine.preset, "hottiles");
  for (const std::string& setting : machine.settings) set_field(hottiles::fields(), &config, setting);
  hottiles::check(config);
  return config;
}

double HotTilesRun::error() const { return share(std::abs(predicted_seconds - seconds), seconds); }

const std::vector<HotTilesMatrix>& hottiles_matrices() {
  static const std::vector<HotTilesMatrix> matrices = {
      {"coPapersCiteseer", "community:rows=434102,edges=16036720"},
      {"kron_g500-logn19", "kronecker:19"},
      {"mycielskian17", "mycielskian:17"},
      {"Serena", "banded:rows=1391349,half_bandwidth=12464,density=0.0018490"},
      {"delaunay_n22", "delaunay:22"},
      {"packing-500x100x100-b050", "packing"}};
  return matrices;
}

const std::vector<HotTilesMatrix>& hottiles_dense_matrices() {
  static const std::vector<HotTilesMatrix> matrices = {
      {"gearbox", "banded:rows=153746,half_bandwidth=2870,density=0.010288"},
      {"mouse_gene", "community:rows=45101,edges=14461095,size=2048"},
      {"nd24k", "banded:rows=72000,half_bandwidth=1731,density=0.11517"},
      {"RM07R", "banded:rows=381689,half_bandwidth=5262,density=0.0093265"},
      {"Si41Ge41H72", "community:rows=185639,edges=7412813,size=1024"}};
  return matrices;
}

const Operation& HotTilesRuns::operation(const HotTilesMatrix& matrix) {
  const auto found = operations_.find(matrix.generator);
  if (found != operations_.end()) return found->second;
  Csr a = generate(matrix.generator);
  a.values = {};
  const uint64_t columns = a.columns;
  const auto dense = [columns] {
    Bitmap b{columns, kColumns, {}, {}};
    b.words.assign(columns, (uint64_t{1} << kColumns) - 1);
    return Matrix(std::move(b));
  };
  Operation made = make_gemm(matrix.name, Operand::of(std::move(a), "generated " + matrix.generator),
                             Operand::lazy(columns, kColumns, 1, "dense", 1, dense));
  made.kind = "spmm";
  return operations_.emplace(matrix.generator, std::move(made)).first->second;
}

const HotTilesRun& HotTilesRuns::run(const HotTilesMatrix& matrix, const HotTilesMachine& machine,
                                     const std::string& partition) {
  const std::string key = fmt::format("{} {} {} {}", matrix.generator, machine.preset,
                                      fmt::join(machine.settings, " "), partition);
  const auto found = runs_.find(key);
  if (found != runs_.end()) return found->second;
  return runs_[key] = simulate(operation(matrix), machine, partition);
}

double HotTilesRuns::speedup(const HotTilesMatrix& matrix, const HotTilesMachine& machine,
                             const std::string& other) {
  const double theirs = other == "best-homogeneous" ? std::min(run(matrix, machine, "hot-only").seconds,
                                                               run(matrix, machine, "cold-only").seconds)
                                                    : run(matrix, machine, other).seconds;
  return share(theirs, run(matrix, machine, "hottiles").seconds);
}

const HotTilesMachine& HotTilesRuns::fitted(const HotTilesMachine& machine) {
  const std::string key = fmt::format("{} {}", machine.preset, fmt::join(machine.settings, " "));
  const auto found = fitted_.find(key);
  if (found != fitted_.end()) return found->second;
  HotTilesMachine made = machine;
  for (std::string& setting : fit_hottiles(configuration(machine)).settings())
    made.settings.push_back(std::move(setting));
  return fitted_[key] = std::move(made);
}

HotTilesMachine hottiles_mix(int cold) {
  return {"spade-sextans-s4", {fmt::format("cold_scale={}", cold), fmt::format("hot_scale={}", 8 - cold)}};
}

}  // namespace nonzero
