#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <iostream>

#include "common.h"
#include "nonzero/io/file.h"
#include "nonzero/io/mtx.h"
#include "nonzero/report/contenders_text.h"
#include "nonzero/report/page_data.h"
#include "nonzero/report/text.h"
#include "nonzero/report/trace.h"
#include "nonzero/result/json.h"

namespace nonzero::app {
namespace {

void write_product(const std::string& file, const Product& product) {
  Csr csr{product.rows, product.columns, product.offsets, product.indices, {}};
  csr.values.assign(product.values.begin(), product.values.end());
  write_mtx(file, csr);
}

std::string run_text(const RunResult& run) {
  if (run.results.size() == 1) return describe_result(run.results.front());
  std::string text = results_table(run.results).text() + stages_text(run.results);
  text += fmt::format("total: {} cycles, one after the other\n", with_thousands(run.sequential_cycles));
  if (run.makespan_cycles != run.sequential_cycles)
    text += fmt::format("makespan: {} cycles, {}\n", with_thousands(run.makespan_cycles),
                        run.makespan_cycles < run.sequential_cycles ? "sharing the machine"
                                                                    : "with the transfers between them");
  return text + fmt::format("again: {}\n", run.results.front().command);
}

void write_files(std::span<const RunResult> runs, const CommonOptions& options) {
  const std::vector<Result> all = all_results(runs);
  if (!options.trace_file.empty()) write_atomically(options.trace_file, chrome_trace(all));
  if (!options.csv_file.empty()) write_atomically(options.csv_file, results_table(all).csv());
  if (!options.schedule_file.empty()) write_atomically(options.schedule_file, schedule_table(all).csv());
  if (!options.html_file.empty()) write_atomically(options.html_file, result_page(runs));
}

// What the workload says of a machine, before what the user says of it.
void add_workload_settings(const Workload& workload, const std::vector<std::string>& names,
                           CommonOptions& options) {
  std::vector<std::string> first;
  for (const std::string& setting : workload.settings)
    for (const std::string& name : names)
      if (setting.starts_with(find_accelerator(name).name + ".")) first.push_back(setting);
  if (options.strict) first.emplace_back("sat.strict=true");
  options.assignments.insert(options.assignments.begin(), first.begin(), first.end());
}

// One machine or several on one workload; `runs` of several are compared.
void run_machines(const std::vector<std::string>& names, CommonOptions& options, const std::string& command) {
  const bool alone = names.size() == 1;
  if (!options.html_file.empty()) require_page();
  for (const std::string& name : names)
    if (const uint64_t columns = find_accelerator(name).dense_columns; columns > 0)
      options.workload.usual_columns = columns;
  if (const std::string notice = workload_notice(options.workload); !notice.empty())
    spdlog::info("{}", notice);
  const Workload workload = make_workload(options.workload);
  warn(workload.warnings);
  add_workload_settings(workload, names, options);
  std::vector<std::unique_ptr<Accelerator>> machines;
  machines.reserve(names.size());
  for (const std::string& name : names)
    machines.push_back(build_machine(find_accelerator(name), options, alone));
  std::string product_file;
  const Progress progress = terminal_progress();
  StudyOptions study;
  study.output = output_mode(options, workload.operations, product_file);
  if (!product_file.empty() && !alone)
    throw InputError("--output FILE with several designs", "allowed: none, check");
  study.timeline = !options.trace_file.empty();
  study.views = !options.html_file.empty();
  study.concurrent = options.concurrent;
  study.wall = options.wall;
  study.command = command;
  study.progress = &progress;

  std::vector<RunResult> runs;
  with_threads(options.threads, [&] { runs = compare_study(machines, workload.operations, study); });
  if (!product_file.empty()) write_product(product_file, *runs[0].results[0].product);
  write_files(runs, options);
  if (options.json) {
    print_json(runs);
    return;
  }
  std::cout << (alone ? run_text(runs[0]) : comparison(runs));
  for (const RunResult& run : runs)
    if (const std::string text = contenders_text(run.results); !text.empty()) std::cout << "\n" << text;
  for (const std::string& file :
       {options.trace_file, options.csv_file, options.schedule_file, options.html_file, product_file})
    if (!file.empty()) spdlog::info("wrote {}", file);
}

}  // namespace

void add_run(CLI::App& app, const std::string& command) {
  struct State {
    std::string design;
    CommonOptions options;
  };
  const auto state = std::make_shared<State>();
  CLI::App* sub =
      app.add_subcommand("run", "one design on a workload: cycles and the reason for each of them");
  sub->add_option("design", state->design, "accelerator, e.g. sigma (see: nonzero arch list)")->required();
  sub->add_option("workload", state->options.workload.word,
                  "e.g. gemm:512x512x512@a=0.2,b=0.5,seed=1 or square:A.mtx");
  add_common_options(*sub, state->options);
  sub->footer(
      "Examples:\n"
      "  nonzero run sigma --gemm 512x512x512 --density-a 0.2 --density-b 0.5\n"
      "  nonzero run sigma --a A.mtx --b B.mtx --html report.html\n"
      "  nonzero run hottiles --generate mycielskian:17 --k 32 --output none\n"
      "  nonzero run sat --suite sat-resnet18 --set method=dense\n"
      "  nonzero run tpu gemm:2048x4096x32 --set rows=32 --set columns=512 --json");
  sub->callback([state, command] { run_machines({state->design}, state->options, command); });
}

void add_compare(CLI::App& app, const std::string& command) {
  struct State {
    std::vector<std::string> designs;
    CommonOptions options;
  };
  const auto state = std::make_shared<State>();
  CLI::App* sub = app.add_subcommand("compare", "several designs on the same workload, side by side");
  sub->add_option("designs", state->designs, "accelerators; the first is compared with the others")
      ->required();
  sub->add_option("--workload", state->options.workload.word, "e.g. gemm:512x512x512@a=0.2 or square:A.mtx");
  add_common_options(*sub, state->options);
  sub->footer(
      "Examples:\n"
      "  nonzero compare sigma tpu --suite sigma-gemms\n"
      "  nonzero compare sigma tpu --a A.mtx --html report.html\n"
      "  nonzero compare flexagon gamma-like --matrices FOLDER\n"
      "  nonzero compare sigma tpu --gemm 2048x4096x32 --set tpu.rows=32 --set tpu.columns=512");
  sub->callback([state, command] { run_machines(state->designs, state->options, command); });
}

}  // namespace nonzero::app
