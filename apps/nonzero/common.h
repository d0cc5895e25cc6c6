#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "nonzero/arch/list.h"
#include "nonzero/study/run.h"
#include "nonzero/workload/spec.h"

namespace nonzero::app {

// Options shared by run and compare (design.md, "Common options").
struct CommonOptions {
  WorkloadOptions workload;
  std::string preset, config_file;
  std::vector<std::string> assignments;
  std::string output = "auto";
  std::string trace_file, html_file, csv_file, schedule_file;
  bool strict = false;
  bool json = false, wall = false, concurrent = false;
  int threads = 0;
};

void add_common_options(CLI::App& app, CommonOptions& options);

// The machine a name stands for, configured by preset, file and --set. With several designs a file
// or an assignment goes to the designs that know it: `sigma.flex_dpes=64` to one, `clock_mhz=500` to all.
std::unique_ptr<Accelerator> build_machine(const Design& design, const CommonOptions& options, bool alone);

// The full configuration of that machine, as YAML.
std::string expand_machine(const Design& design, const CommonOptions& options);

// The output mode that --output names; `file` receives the path where one is given.
OutputMode output_mode(const CommonOptions& options, std::span<const Operation> operations,
                       std::string& file);

// The command line as it was given, quoted for a shell.
std::string command_line(int argc, char** argv);

// Runs `body` within --threads threads.
void with_threads(int threads, const std::function<void()>& body);

// A bar on standard error where that is a terminal.
Progress terminal_progress();

void warn(const std::vector<std::string>& warnings);

// The results of all runs, in their order.
std::vector<Result> all_results(std::span<const RunResult> runs);
// A line of JSON per result, and one of a network's sums where a run has several.
void print_json(std::span<const RunResult> runs);

// Subcommands: each adds itself to `app`.
void add_run(CLI::App& app, const std::string& command);
void add_compare(CLI::App& app, const std::string& command);
void add_map(CLI::App& app, const std::string& command);
void add_reproduce(CLI::App& app, const std::string& command);
void add_study(CLI::App& app, const std::string& command);
void add_arch(CLI::App& app);
void add_formats(CLI::App& app);
void add_bits(CLI::App& app, const std::string& command);
void add_attention(CLI::App& app, const std::string& command);
void add_flip(CLI::App& app, const std::string& command);
void add_tiles(CLI::App& app, const std::string& command);
void add_shell(CLI::App& app);
void add_train(CLI::App& app, const std::string& command);

}  // namespace nonzero::app
