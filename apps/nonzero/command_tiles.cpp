#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <iostream>

#include "common.h"
#include "nonzero/arch/hottiles/hottiles.h"
#include "nonzero/io/file.h"
#include "nonzero/io/matrix_file.h"
#include "nonzero/io/picture.h"
#include "nonzero/io/tile_files.h"
#include "nonzero/report/tile_text.h"
#include "nonzero/study/hottiles_fit.h"
#include "output_path.h"

namespace nonzero::app {
namespace {

namespace fs = std::filesystem;

struct State {
  CommonOptions options;
  std::string map, densities, tiles, save, fit;
  bool cost = false, force = false;
};

hottiles::Config machine_of(const CommonOptions& options) {
  const Design& design = find_accelerator("hottiles");
  hottiles::Config config;
  read_config(hottiles::fields(), &config, expand_machine(design, options), "the configuration", design.name);
  return config;
}

bool has_workload(const WorkloadOptions& w) {
  return !w.word.empty() || !w.a_file.empty() || !w.generate_a.empty() || !w.matrices.empty();
}

// Before anything is computed.
void check_outputs(const State& s) {
  for (const std::string& file : {s.map, s.densities})
    if (!file.empty() && !file.ends_with(".png") && !file.ends_with(".pgm"))
      throw InputError(fmt::format("{}: no suffix of a picture", file), "allowed: .png, .pgm");
  for (const std::string& file : {s.map, s.densities, s.tiles})
    if (!file.empty()) check_parent(file);
  for (const std::string& path : {s.save, s.fit}) {
    if (path.empty()) continue;
    check_parent(path);
    std::error_code unknown;
    if (!s.force && fs::exists(path, unknown) && !fs::is_other(path, unknown))
      throw InputError(
          "exists already",
          path == s.fit ? "--config takes it as it is; --force fits again" : "--force replaces its files",
          {path, 0});
  }
  const bool files = !s.map.empty() || !s.densities.empty() || !s.tiles.empty() || !s.save.empty();
  if (files && !has_workload(s.options.workload))
    throw InputError("a file to write, but no matrix", "give --a FILE or --generate DESCRIPTION");
}

// Fits the machine's latencies, writes its configuration, and goes on with them.
void fit_machine(const State& s, hottiles::Config& config) {
  const uint64_t columns = s.options.workload.dense_columns.value_or(hottiles::HotTiles::kDenseColumns);
  const HotTilesFit fit = fit_hottiles(config, columns);
  for (const std::string& setting : fit.settings()) set_field(hottiles::fields(), &config, setting);
  write_atomically(s.fit, write_config(hottiles::fields(), &config, "hottiles"));
  const auto say = [](const char* type, const std::optional<LatencyFit>& one) {
    if (!one) return;
    spdlog::info("{} workers: {:.4g} ps per byte, mean error {} on {} profiling matrices", type,
                 one->vis_lat * 1e12, percent(one->mean_error), profiling_matrices().size());
    if (one->at_edge)
      spdlog::warn(
          "{} workers: that is the edge of the range; what the profiling runs wait for is not latency", type);
  };
  say("hot", fit.hot);
  say("cold", fit.cold);
  spdlog::info("wrote {}", s.fit);
}

WorkerMatrix part_of(const TileStudy& study, TileType type, const TileWorker& worker) {
  return worker_matrix(*study.matrix, study.mapping.matrix, study.mapping.partition.of_tile, type,
                       worker.format, worker.traversal);
}

void save_formats(const std::string& folder, const TileStudy& study) {
  const TileMachine& machine = study.mapping.machine;
  fs::create_directories(folder);
  const fs::path path(folder);
  if (machine.hot.count > 0)
    write_tile_file((path / "hot.tiles").string(), part_of(study, TileType::hot, machine.hot));
  if (machine.cold.count > 0)
    write_tile_file((path / "cold.tiles").string(), part_of(study, TileType::cold, machine.cold));
  write_atomically((path / "tiles.csv").string(), tile_table(study).csv());
}

void write_outputs(const State& s, const TileStudy& study) {
  const TiledMatrix& matrix = study.mapping.matrix;
  if (!s.map.empty()) write_picture(s.map, tile_map(matrix, study.mapping.partition.of_tile));
  if (!s.densities.empty()) write_picture(s.densities, tile_densities(matrix));
  if (!s.tiles.empty()) write_atomically(s.tiles, tile_table(study).csv());
  if (!s.save.empty()) save_formats(s.save, study);
  for (const std::string& file : {s.map, s.densities, s.tiles, s.save})
    if (!file.empty()) spdlog::info("wrote {}", file);
}

void print(const State& s, const TileStudy& study, const HotTilesPreparation* cost,
           const std::string& command) {
  if (s.options.json) {
    std::cout << tiles_json(study, cost, command).dump() << "\n";
    return;
  }
  std::cout << tile_headline(study) << "\n" << tile_partitions(study).text();
  if (study.mapping.matrix.tiles.size() > kMostOracleTiles)
    fmt::print("(*: the machine's own; the oracle of all splits takes at most {} tiles with a non-zero)\n",
               kMostOracleTiles);
  else
    fmt::print("(*: the machine's own)\n");
  if (cost == nullptr) return;
  fmt::print("\n{}HotTiles takes {} of preprocessing{}; medians of 5 runs, {} thread{}\n",
             preparation_table(*cost).text(), percent(cost->hottiles_share()),
             cost->read > 0 ? fmt::format(", {} more with reading", percent(cost->increase())) : "",
             cost->threads, cost->threads == 1 ? "" : "s");
}

void study_operation(const State& s, const Operation& operation, const hottiles::Config& config,
                     const std::string& command) {
  const TileStudy study = study_tiles(operation, config);
  write_outputs(s, study);
  std::optional<HotTilesPreparation> cost;
  if (s.cost) {
    const std::string& source = operation.gemm().a.source();
    std::error_code unknown;
    std::function<void()> read;
    if (fs::is_regular_file(source, unknown)) read = [&source] { (void)read_matrix(source); };
    cost = measure_preparation(*study.matrix, study.columns, config, read);
  }
  print(s, study, cost ? &*cost : nullptr, command);
}

void study_matrices(State& s, const std::string& command) {
  check_outputs(s);
  hottiles::Config config = machine_of(s.options);
  if (!s.fit.empty()) fit_machine(s, config);
  if (!has_workload(s.options.workload) && !s.fit.empty()) return;
  s.options.workload.usual_columns = hottiles::HotTiles::kDenseColumns;
  if (const std::string notice = workload_notice(s.options.workload); !notice.empty())
    spdlog::info("{}", notice);
  const Workload workload = make_workload(s.options.workload);
  for (const Operation& operation : workload.operations)
    if (!std::holds_alternative<Gemm>(operation.body) || !operation.gemm().a.at_hand())
      throw InputError("no matrix that is given",
                       "allowed: --a, --generate, --matrices, file:, generate:, matrices:");
  warn(workload.warnings);
  if (workload.operations.size() > 1 &&
      !(s.map.empty() && s.densities.empty() && s.tiles.empty() && s.save.empty()))
    throw InputError("a file to write of several matrices", "allowed of one");
  for (size_t i = 0; i < workload.operations.size(); ++i) {
    Progress::throw_if_stopped();
    if (i > 0 && !s.options.json) fmt::print("\n");
    study_operation(s, workload.operations[i], config, command);
  }
}

}  // namespace

void add_tiles(CLI::App& app, const std::string& command) {
  const auto s = std::make_shared<State>();
  CLI::App* sub =
      app.add_subcommand("tiles", "split a matrix between hot and cold workers, by prediction alone");
  WorkloadOptions& w = s->options.workload;
  sub->add_option("workload", w.word, "e.g. file:A.mtx@k=32 or generate:mycielskian:12");
  sub->add_option("--a", w.a_file, "a matrix: .mtx, .smtx, .npy, .npz (also .gz)");
  sub->add_option("--generate", w.generate_a, "a generated matrix, e.g. kronecker:16 or delaunay:18");
  sub->add_option("--matrices", w.matrices, "a folder: every matrix file below it, one after another");
  sub->add_option("--k", w.dense_columns, "columns of the dense operand (default: 32)");
  sub->add_option("--preset", s->options.preset,
                  "a machine: spade-sextans-s1, -s2, -s4, -s8, -pcie, piuma-like");
  sub->add_option("--config", s->options.config_file, "a configuration as YAML, e.g. of --fit");
  sub->add_option("--set", s->options.assignments, "key=value of the design hottiles, repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  sub->add_option("--map", s->map, "picture of the tiles, .png or .pgm: hot black, cold white, empty grey");
  sub->add_option("--densities", s->densities, "picture of the non-zeros per tile, logarithmic");
  sub->add_option("--tiles", s->tiles, "the tiles as CSV");
  sub->add_option("--save", s->save,
                  "a folder for what hot and cold workers read: hot.tiles, cold.tiles, tiles.csv");
  sub->add_option("--fit", s->fit,
                  "fit the visible latencies to the machine's simulation and write its configuration here");
  sub->add_flag("--force", s->force, "write --save and --fit over what is there");
  sub->add_flag("--cost", s->cost, "time the preprocessing on this processor, beside one SpMM");
  sub->add_flag("--json", s->options.json, "a line of JSON per matrix on standard output");
  sub->add_option("--threads", s->options.threads, "threads (default: all)")->check(CLI::PositiveNumber);
  sub->footer(
      "Examples:\n"
      "  nonzero tiles --a A.mtx --map map.png --cost\n"
      "  nonzero tiles --generate mycielskian:14 --preset spade-sextans-s8\n"
      "  nonzero tiles --fit fitted.yaml && nonzero run hottiles --a A.mtx --config fitted.yaml");
  sub->callback([s, command] { with_threads(s->options.threads, [&] { study_matrices(*s, command); }); });
}

}  // namespace nonzero::app
