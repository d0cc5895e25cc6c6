#include "common.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <tbb/global_control.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "nonzero/base/embedded.h"
#include "nonzero/base/suggest.h"
#include "nonzero/io/file.h"
#include "nonzero/result/json.h"

namespace nonzero::app {
namespace {

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto& [path, text] : embedded_files()) {
    constexpr std::string_view kFolder = "presets/";
    if (!path.starts_with(kFolder) || path.find('/', kFolder.size()) != std::string::npos) continue;
    names.push_back(
        path.substr(kFolder.size(), path.size() - kFolder.size() - std::string_view(".yaml").size()));
  }
  return names;
}

std::string preset_text(const std::string& name) {
  const auto found = embedded_files().find("presets/" + name + ".yaml");
  if (found != embedded_files().end()) return found->second;
  const std::vector<std::string> names = preset_names();
  throw InputError(fmt::format("unknown preset '{}'{}", name, did_you_mean(name, names)),
                   fmt::format("allowed: {}", fmt::join(names, ", ")));
}

// The assignments meant for `design`: bare keys, and keys prefixed with its name.
std::vector<std::string> assignments_for(const Design& design, const CommonOptions& options, bool alone) {
  std::vector<std::string> mine;
  for (const std::string& assignment : options.assignments) {
    const std::string key = assignment.substr(0, assignment.find('='));
    const size_t dot = key.find('.');
    const std::string owner = dot == std::string::npos ? "" : key.substr(0, dot);
    if (owner == design.name ||
        std::find(design.aliases.begin(), design.aliases.end(), owner) != design.aliases.end()) {
      mine.push_back(assignment.substr(dot + 1));
      continue;
    }
    if (!owner.empty() && !alone) {
      find_accelerator(owner);
      continue;
    }
    mine.push_back(assignment);
  }
  return mine;
}

struct Configured {
  std::string yaml, file;
  std::vector<std::string> assignments;
};

// What preset, file and --set say of `design`.
Configured configured(const Design& design, const CommonOptions& options, bool alone) {
  std::string yaml, file;
  if (!options.preset.empty() && !options.config_file.empty())
    throw InputError("--preset and --config together", "allowed: one of them");
  if (!options.preset.empty()) {
    yaml = preset_text(options.preset);
    file = "preset " + options.preset;
  }
  if (!options.config_file.empty()) {
    yaml = read_file(options.config_file);
    file = options.config_file;
  }
  // In a comparison a configuration that names its accelerator is for that one alone.
  if (!alone && !yaml.empty()) {
    const std::string owner = accelerator_of_config(yaml, file);
    if (!owner.empty() && find_accelerator(owner).name != design.name) yaml.clear();
  }
  return {yaml, file, assignments_for(design, options, alone)};
}

}  // namespace

void add_common_options(CLI::App& app, CommonOptions& o) {
  WorkloadOptions& w = o.workload;
  app.add_option("--a", w.a_file, "matrix A: .mtx, .smtx, .npy, .npz (also .gz); without --b: A*A or A*A^T");
  app.add_option("--b", w.b_file, "matrix B");
  app.add_option("--matrices", w.matrices, "a folder: one operation for each matrix file below it");
  app.add_option("--k", w.dense_columns, "B is dense with so many columns (of --a, --generate, --matrices)");
  app.add_option_function<std::string>(
      "--semiring", [&w](const std::string& text) { w.semiring = parse_semiring(text); },
      fmt::format("of the product: {}", fmt::join(semiring_names(), ", ")));
  app.add_option("--gemm", w.gemm, "a random GEMM, MxNxK");
  app.add_option("--density-a", w.density_a, "share of non-zeros of A");
  app.add_option("--density-b", w.density_b, "share of non-zeros of B");
  app.add_option("--generate", w.generate_a,
                 "generated A, e.g. rmat:rows=4096,edges=40000,seed=1 or mycielskian:17");
  app.add_option("--generate-b", w.generate_b, "generated B (default: A)");
  app.add_option("--suite", w.suite, "a built-in suite, e.g. sigma-gemms");
  app.add_option("--layers", w.layers_file, "a layer table, CSV");
  app.add_option("--step", w.step_folder, "an exported training step, as nonzero train --export leaves it");
  app.add_option("--model", w.model, "an int8 network: .tflite, .onnx or a folder with layers.json");
  app.add_option("--subgraph", w.subgraph, "of a .tflite with several");
  app.add_option("--attention", w.attention,
                 "sparse attention: a mask, a model or Q, K and V (nonzero attention has more)");
  app.add_option("--tokens", w.tokens, "of --attention");
  app.add_option("--heads", w.heads, "of --attention");
  app.add_option("--head-dim", w.head_dim, "of --attention");
  app.add_option("--batch", w.batch, "batch of a suite of training steps");
  app.add_flag("--strict", o.strict, "training steps: refuse channels that are no multiple of M");
  app.add_option("--seed", w.seed, "seed of generated operands and values");
  app.add_flag("--drop-zeros", w.drop_zeros, "remove zeros that a file stores");
  app.add_option("--preset", o.preset, "a published machine's configuration");
  app.add_option("--config", o.config_file, "a configuration as YAML");
  app.add_option("--set", o.assignments, "key=value, repeatable; design.key=value for one of several designs")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--output", o.output,
                 "the product: none, check, FILE.mtx or auto (check up to 10^8 multiplications)");
  app.add_option("--trace", o.trace_file, "timeline as Chrome trace (opens in Perfetto)");
  app.add_option("--schedule", o.schedule_file, "training steps: the offline schedule as CSV");
  app.add_option("--html", o.html_file, "report page");
  app.add_option("--csv", o.csv_file, "results as CSV");
  app.add_flag("--json", o.json, "results as JSON lines on standard output, and nothing else there");
  app.add_flag("--wall", o.wall, "add the simulation's own time to the JSON");
  app.add_flag("--concurrent", o.concurrent, "place several operations on the machine at once, where it can");
  app.add_option("--threads", o.threads, "threads (default: all)")->check(CLI::PositiveNumber);
}

std::unique_ptr<Accelerator> build_machine(const Design& design, const CommonOptions& options, bool alone) {
  const Configured c = configured(design, options, alone);
  return design.make(c.yaml, c.file, c.assignments);
}

std::string expand_machine(const Design& design, const CommonOptions& options) {
  const Configured c = configured(design, options, true);
  return design.expand(c.yaml, c.file, c.assignments);
}

OutputMode output_mode(const CommonOptions& options, std::span<const Operation> operations,
                       std::string& file) {
  constexpr double kMostChecked = 1e8;
  if (options.output == "none") return OutputMode::kNone;
  if (options.output == "check") return OutputMode::kCheck;
  if (options.output == "auto") {
    double expected = 0;
    for (const Operation& op : operations) {
      if (op.step() != nullptr) continue;  // only what was exported is computed, and then checked
      if (const IntegerConvolution* convolution = op.convolution()) {
        expected += static_cast<double>(convolution->layer->shape.multiplications());
        continue;
      }
      if (const Attention* attention = op.attention()) {
        for (uint64_t h = 0; h < attention->heads; ++h)
          expected += 2 * static_cast<double>(attention->mask(h).nnz() * attention->head_dim);
        continue;
      }
      const double k = std::max<double>(1, static_cast<double>(op.k()));
      expected += static_cast<double>(op.gemm().a.expected_nnz()) *
                  static_cast<double>(op.gemm().b.expected_nnz()) / k;
    }
    return expected <= kMostChecked ? OutputMode::kCheck : OutputMode::kNone;
  }
  if (!options.output.ends_with(".mtx"))
    throw InputError(fmt::format("--output '{}'", options.output), "allowed: none, check, auto or FILE.mtx");
  if (operations.size() != 1)
    throw InputError(fmt::format("--output {} with {} operations", options.output, operations.size()),
                     "allowed: a file for one operation");
  if (operations.front().step() != nullptr)
    throw InputError("--output FILE.mtx of a training step", "allowed: none, check, auto");
  file = options.output;
  return OutputMode::kKeep;
}

std::string command_line(int argc, char** argv) {
  std::string line = "nonzero";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool plain =
        !word.empty() && word.find_first_of(" \t\n'\"\\$`*?&|;<>(){}[]~#!") == std::string::npos;
    if (plain) {
      line += " " + word;
      continue;
    }
    line += " '";
    for (const char c : word) line += c == '\'' ? "'\\''" : std::string(1, c);
    line += "'";
  }
  return line;
}

void with_threads(int threads, const std::function<void()>& body) {
  if (threads <= 0) {
    body();
    return;
  }
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(threads));
  body();
}

Progress terminal_progress() {
  if (isatty(STDERR_FILENO) == 0) return {};
  return Progress([](const std::string& what, uint64_t done, uint64_t total) {
    if (total < 2) return;
    if (done == total) {
      std::fputs("\r\x1b[K", stderr);
      return;
    }
    constexpr uint64_t kWidth = 30;
    const uint64_t filled = done * kWidth / total;
    fmt::print(stderr, "\r\x1b[K[{}{}] {}/{} {}", std::string(filled, '#'), std::string(kWidth - filled, ' '),
               done, total, what);
    std::fflush(stderr);
  });
}

void warn(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) spdlog::warn("{}", warning);
}

std::vector<Result> all_results(std::span<const RunResult> runs) {
  std::vector<Result> all;
  for (const RunResult& run : runs) all.insert(all.end(), run.results.begin(), run.results.end());
  return all;
}

void print_json(std::span<const RunResult> runs) {
  for (const RunResult& run : runs) {
    for (const Result& result : run.results) std::cout << to_json(result).dump() << "\n";
    if (run.results.size() > 1) std::cout << summary_json(run).dump() << "\n";
  }
}

}  // namespace nonzero::app
