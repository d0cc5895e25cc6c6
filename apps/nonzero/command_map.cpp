#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>

#include "common.h"
#include "nonzero/io/file.h"
#include "nonzero/report/map_text.h"
#include "nonzero/report/page_data.h"
#include "nonzero/report/text.h"
#include "nonzero/result/json.h"

namespace nonzero::app {
namespace {

struct State {
  std::string design;
  CommonOptions options;
  std::string mapper = "exact", activations = "A", conversion = "memory-pass";
};

// The machine's configuration; only Flexagon and its relatives choose among dataflows.
flexagon::Config config_of(const Design& design, const CommonOptions& options) {
  const bool chooses = std::any_of(design.fields.begin(), design.fields.end(),
                                   [](const ConfigField& field) { return field.name == "dataflows"; });
  if (!chooses)
    throw InputError(fmt::format("{} cannot be mapped: only designs with several dataflows can", design.name),
                     "allowed: flexagon, sigma-like, sparch-like, gamma-like");
  flexagon::Config config;
  read_config(flexagon::fields(), &config, expand_machine(design, options), design.name, design.name);
  return config;
}

// What the mapper does not decide by, or decides itself.
void refuse_unused(const flexagon::Config& config) {
  if (config.objective != flexagon::Objective::kCycles)
    throw InputError("map finds the fewest cycles of a chain, not the best objective",
                     "allowed: objective=cycles");
  if (!config.conversion)
    throw InputError("map sets conversions between layers against their cost", "allowed: conversion=true");
  if (config.format_a != flexagon::FixedFormat::kAny || config.format_b != flexagon::FixedFormat::kAny)
    throw InputError("in a chain, operands lie in the format that the layer before left or in both",
                     "allowed: format_a=any, format_b=any");
}

void refuse_unused(const CommonOptions& options) {
  if (options.concurrent)
    throw InputError("--concurrent has no meaning for a chain of layers, which run one after the other");
  if (!options.trace_file.empty()) throw InputError("map writes no timeline", "use: nonzero run --trace");
}

StudyOptions study_options(const State& state, std::span<const Operation> layers, const std::string& command,
                           const Progress& progress) {
  StudyOptions study;
  std::string product_file;
  // Products of every dataflow would take most of the time: on request only.
  if (state.options.output != "auto") study.output = output_mode(state.options, layers, product_file);
  if (!product_file.empty()) throw InputError("map writes no product", "allowed: --output none or check");
  study.views = !state.options.html_file.empty();
  study.wall = state.options.wall;
  study.command = command;
  study.progress = &progress;
  return study;
}

void print_json(const MapStudy& study, ActivationOperand activations) {
  for (const Result& result : study.run.results) std::cout << to_json(result).dump() << "\n";
  std::cout << map_json(study, activations).dump() << "\n";
}

void map_layers(const State& state, const std::string& command) {
  refuse_unused(state.options);
  if (!state.options.html_file.empty()) require_page();
  const Design& design = find_accelerator(state.design);
  MapOptions options;
  options.config = config_of(design, state.options);
  refuse_unused(options.config);
  options.mapper = state.mapper == "exact" ? Mapper::kExact : Mapper::kPredict;
  options.activations = state.activations == "A" ? ActivationOperand::kA : ActivationOperand::kB;
  options.conversion = state.conversion == "authors" ? ConversionRule::kAuthors : ConversionRule::kMemoryPass;
  options.make = [&](flexagon::Dataflow dataflow) {
    CommonOptions one = state.options;
    one.assignments.push_back(fmt::format("dataflow={}", name(dataflow)));
    return build_machine(design, one, true);
  };
  const Workload workload = make_workload(state.options.workload);
  warn(workload.warnings);
  const Progress progress = terminal_progress();
  options.study = study_options(state, workload.operations, command, progress);

  MapStudy study;
  with_threads(state.options.threads, [&] { study = map_study(workload.operations, options); });
  if (!state.options.csv_file.empty())
    write_atomically(state.options.csv_file, results_table(study.run.results).csv());
  if (!state.options.html_file.empty())
    write_atomically(state.options.html_file,
                     result_page({&study.run, 1}, {{map_json(study, options.activations)}, {}}));
  if (state.options.json) return print_json(study, options.activations);
  std::cout << map_text(study);
  for (const std::string& file : {state.options.csv_file, state.options.html_file})
    if (!file.empty()) spdlog::info("wrote {}", file);
}

}  // namespace

void add_map(CLI::App& app, const std::string& command) {
  const auto state = std::make_shared<State>();
  CLI::App* sub = app.add_subcommand("map", "the best sequence of dataflows over a network's layers");
  sub->add_option("design", state->design, "flexagon or one of its relatives")->required();
  sub->add_option("workload", state->options.workload.word, "e.g. suite:flexagon-resnet50 or layers:net.csv");
  sub->add_option("--mapper", state->mapper,
                  "exact: simulate every dataflow; predict: choose by row lengths, simulate the choice")
      ->check(CLI::IsMember({"exact", "predict"}));
  sub->add_option("--activation-operand", state->activations, "which operand is the previous layer's output")
      ->check(CLI::IsMember({"A", "B"}));
  sub->add_option("--conversion", state->conversion,
                  "cost between CSR and CSC: memory-pass, or authors (10 cycles per non-zero)")
      ->check(CLI::IsMember({"memory-pass", "authors"}));
  add_common_options(*sub, state->options);
  sub->footer(
      "Examples:\n"
      "  nonzero map flexagon --suite flexagon-resnet50 --mapper predict\n"
      "  nonzero map flexagon --suite flexagon-squeezenet --activation-operand B --json\n"
      "  nonzero map flexagon --preset flexagon-published --suite flexagon-published");
  sub->callback([state, command] { map_layers(*state, command); });
}

}  // namespace nonzero::app
