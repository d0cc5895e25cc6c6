#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>

#include "common.h"
#include "nonzero/arch/asadi/views.h"
#include "nonzero/io/file.h"
#include "nonzero/report/attention_text.h"
#include "nonzero/report/findings_text.h"
#include "nonzero/report/page_data.h"
#include "nonzero/report/text.h"
#include "nonzero/result/json.h"
#include "nonzero/study/attention_study.h"
#include "nonzero/tensor/diagonal_picture.h"
#include "nonzero/workload/attention_models.h"
#include "nonzero/workload/attention_workload.h"

namespace nonzero::app {
namespace {

constexpr const char* kBaseline = "pim-csr";

struct State {
  AttentionOptions attention;
  CommonOptions options;
  std::vector<std::string> designs = {"asadi", "asadi-dense", "reram-csr", "pim-dia", "pim-csr"};
  std::vector<std::string> names = {"q", "k", "v"};
  std::string window, baseline = kBaseline, demo, scores_are = "auto";
  std::vector<std::string> pruning;    // the options of it that were given
  std::vector<std::string> for_asadi;  // its settings where it is not among the designs
  bool raw = false, pattern_only = false, sensitivity = false, picture = false;
};

void write_demo(const State& s) {
  constexpr uint64_t kHeads = 4, kTokens = 512, kHeadDim = 64;
  const AttentionOptions& a = s.attention;
  const uint64_t heads = a.heads.value_or(kHeads), tokens = a.tokens.value_or(kTokens);
  const uint64_t head_dim = a.head_dim.value_or(kHeadDim);
  constexpr uint64_t kMost = uint64_t{1} << 28U;
  if (heads == 0 || tokens == 0 || head_dim == 0 || heads > kMost / tokens / head_dim)
    throw InputError(fmt::format("Q, K and V of {} heads x {} tokens x {}", heads, tokens, head_dim),
                     fmt::format("allowed: 1 to {} elements each", kMost));
  write_attention_tensors(s.demo, demo_attention_tensors(heads, tokens, head_dim, a.seed));
  fmt::print("wrote {}: q, k and v of {} heads x {} tokens x {}\nnext: nonzero attention --qkv {}\n", s.demo,
             heads, tokens, head_dim, s.demo);
}

bool of_one_length(std::span<const Operation> operations) {
  return std::all_of(operations.begin(), operations.end(), [&](const Operation& operation) {
    return operation.attention()->tokens == operations.front().attention()->tokens;
  });
}

// What holds here ahead of the user's own settings: --window, and that a pattern beyond the arrays' capacity is
// timed with a note instead of refused.
void add_settings(State& s, const WindowChoice& window, std::span<const Operation> operations) {
  std::vector<std::string> settings = {"asadi.check_capacity=false", "reram-csr.check_capacity=false"};
  if (!s.window.empty()) {
    if (!window.diagonals && !window.automatic && !of_one_length(operations))
      throw InputError(fmt::format("--window {} on layers of several lengths", s.window),
                       "allowed: a number of diagonals, auto");
    for (std::string& setting : window_settings(window, operations.front().attention()->tokens))
      settings.push_back(std::move(setting));
  }
  std::vector<std::string> ours;
  for (std::string& setting : settings) {
    const std::string design = setting.substr(0, setting.find('.'));
    if (std::find(s.designs.begin(), s.designs.end(), design) != s.designs.end())
      ours.push_back(std::move(setting));
    else if (design == "asadi")
      s.for_asadi.push_back(std::move(setting));
  }
  s.options.assignments.insert(s.options.assignments.begin(), ours.begin(), ours.end());
}

// Thresholds around the one asked for, where pruning is by a threshold.
std::vector<double> thresholds(const AttentionOptions& a) {
  const bool predicted = (!a.qkv.empty() || a.model == kStories) && a.mask.empty();
  std::vector<double> all;
  if ((!predicted && a.scores.empty()) || a.sanger.top_k) return all;
  for (const double factor : {0.5, 1.0, 1.5, 2.0, 3.0, 4.0})
    if (factor * a.sanger.tau < 1) all.push_back(factor * a.sanger.tau);
  return all;
}

void add_sensitivities(const State& s, std::span<const Operation> operations, AttentionStudy& study) {
  const Design& asadi = find_accelerator("asadi");
  CommonOptions for_asadi = s.options;
  const bool alone = s.designs.size() == 1 && s.designs.front() == asadi.name;
  if (s.designs.size() == 1 && !alone)  // settings without a design are of the only one
    std::erase_if(for_asadi.assignments, [](const std::string& setting) {
      return setting.substr(0, setting.find('=')).find('.') == std::string::npos;
    });
  for_asadi.assignments.insert(for_asadi.assignments.begin(), s.for_asadi.begin(), s.for_asadi.end());
  const auto make = [&](const std::string& setting) {
    CommonOptions options = for_asadi;
    options.assignments.push_back("asadi." + setting);
    return build_machine(asadi, options, alone);
  };
  const auto base = build_machine(find_accelerator(study.baseline), s.options, s.designs.size() == 1);
  const DesignTotal total = design_total(run_study(*base, operations, {}));
  if (of_one_length(operations)) study.sensitivities.push_back(window_sensitivity(operations, total, make));
  const std::vector<double> taus = thresholds(s.attention);
  if (taus.empty()) return;
  const auto at = [&](double tau) {
    AttentionOptions options = s.attention;
    options.sanger.tau = tau;
    return attention_workload(options).operations;
  };
  study.sensitivities.push_back(
      threshold_sensitivity(taus, at, *build_machine(asadi, for_asadi, alone), *base));
}

// The design that ratios are over: the one asked for, else the first.
std::string baseline_of(const State& s) {
  if (std::find(s.designs.begin(), s.designs.end(), s.baseline) != s.designs.end()) return s.baseline;
  if (s.baseline != kBaseline)
    throw InputError(fmt::format("--baseline {}", s.baseline),
                     fmt::format("allowed: one of the designs, {}", fmt::join(s.designs, ", ")));
  return s.designs.front();
}

void compare(State& s, std::span<const Operation> operations, const std::string& command,
             AttentionStudy& study) {
  std::vector<std::unique_ptr<Accelerator>> machines;
  machines.reserve(s.designs.size());
  for (const std::string& name : s.designs)
    machines.push_back(build_machine(find_accelerator(name), s.options, s.designs.size() == 1));
  const Progress progress = terminal_progress();
  std::string no_file;
  StudyOptions options;
  options.output = output_mode(s.options, operations, no_file);
  if (!no_file.empty()) throw InputError("--output FILE", "allowed: none, check, auto");
  options.views = !s.options.html_file.empty();
  options.command = command;
  options.progress = &progress;
  study.runs = compare_study(machines, operations, options);
  for (size_t d = 0; d < machines.size(); ++d)
    study.totals.push_back(design_total(study.runs[d], *machines[d]));
  study.baseline = baseline_of(s);
  if (s.sensitivity || !s.options.html_file.empty()) add_sensitivities(s, operations, study);
}

std::string pictures(const Operation& operation, const WindowChoice& window) {
  constexpr uint64_t kSide = 48;
  const Csr& mask = operation.attention()->mask(0);
  DiagonalOptions options;
  Attention first{mask.rows, 1, 1, {operation.attention()->masks[0]}, "", nullptr};
  options.window = attention_pattern(attention_operation("first head", std::move(first)), window).window;
  return fmt::format(
      "\n{}, first head, before:\n{}\nand by diagonals (window {}, moved to the nearest free slots), the slots "
      "from left to right:\n{}",
      operation.name, picture_of_matrix(mask, options.window, kSide), options.window,
      picture_of_diagonals(to_diagonal(mask, options), kSide));
}

// For a page without results: each pattern that differs from the one before.
nlohmann::ordered_json pattern_views(std::span<const Operation> operations, const AttentionStudy& study) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (size_t o = 0; o < operations.size(); ++o) {
    const Attention& attention = *operations[o].attention();
    if (o > 0 && attention.masks == operations[o - 1].attention()->masks) continue;
    asadi::Config config;
    if (parse_window(study.window).automatic)  // each head its own
      config.window_rule = asadi::WindowRule::kAuto;
    else
      config.window = static_cast<int64_t>(study.patterns[o].window);
    for (auto& view : asadi::diagonals_view(operations[o].name, attention, config, 0))
      all.push_back(std::move(view));
  }
  return {{"diagonals", std::move(all)}};
}

void write_files(const State& s, std::span<const Operation> operations, const AttentionStudy& study,
                 const Findings& findings, const std::string& command) {
  if (!s.options.csv_file.empty())
    write_atomically(s.options.csv_file, results_table(all_results(study.runs)).csv());
  if (s.options.html_file.empty()) return;
  const nlohmann::ordered_json json = findings_json(findings, command);
  PageExtras extras;
  extras.studies = {json};
  write_atomically(s.options.html_file, study.runs.empty() ? study_page(findings.title, command, {&json, 1},
                                                                        pattern_views(operations, study))
                                                           : result_page(study.runs, extras));
}

std::string title_of(std::span<const Operation> operations) {
  const Operation& first = operations.front();
  const Attention& a = *first.attention();
  const std::string name = first.network.empty() ? first.name : first.network;
  return fmt::format(
      "Sparse attention: {}, {} tokens, {} heads of {}{}; pattern: {}", name, a.tokens, a.heads, a.head_dim,
      operations.size() > 1 ? fmt::format(", {} layers", operations.size()) : "", a.mask_source);
}

void study_attention(State& s, const std::string& command) {
  if (!s.options.html_file.empty()) require_page();
  const WindowChoice window = parse_window(s.window.empty() ? "n/8" : s.window);
  const Workload workload = attention_workload(s.attention);
  warn(workload.warnings);
  const std::vector<Operation>& operations = workload.operations;
  add_settings(s, window, operations);
  AttentionStudy study;
  study.title = title_of(operations);
  if (!s.window.empty()) study.window = s.window;
  study.patterns = attention_patterns(operations, window);
  if (!s.pattern_only) compare(s, operations, command, study);
  const Findings findings = attention_findings(study);
  write_files(s, operations, study, findings, command);
  if (s.options.json) {
    print_json(study.runs);
    std::cout << attention_json(study, command).dump() << "\n";
    return;
  }
  std::cout << findings_text(findings);
  if (s.picture) std::cout << pictures(operations.front(), window);
  fmt::print("\nagain: {}\n", command);
  for (const std::string& file : {s.options.csv_file, s.options.html_file})
    if (!file.empty()) spdlog::info("wrote {}", file);
}

// What prunes Q and K, or attention weights, has nothing to prune where the pattern is given.
void check_pruning(const State& s) {
  const AttentionOptions& a = s.attention;
  const bool given = !a.mask.empty() || (!a.model.empty() && a.model != kStories);
  for (const std::string& option : s.pruning) {
    if (given)
      throw InputError(fmt::format("{} with a pattern that is given", option),
                       "allowed: with --qkv, --scores or --model stories260k, without --mask");
    if (!a.scores.empty() && (option == "--bits" || option == "--raw"))
      throw InputError(fmt::format("{} with --scores", option), "allowed: with --qkv or --model stories260k");
  }
}

void run(State& s, const std::string& command) {
  if (!s.demo.empty()) {
    write_demo(s);
    return;
  }
  AttentionOptions& a = s.attention;
  a.selection.q = s.names[0];
  a.selection.k = s.names[1];
  a.selection.v = s.names[2];
  a.sanger.normalise = !s.raw;
  a.scores_are = parse_scores_are(s.scores_are);
  check_pruning(s);
  if (s.pattern_only && (!s.options.csv_file.empty() || s.sensitivity))
    throw InputError("--csv or --sensitivity with --pattern-only", "allowed: one of them");
  for (std::string& design : s.designs) design = find_accelerator(design).name;
  with_threads(s.options.threads, [&] { study_attention(s, command); });
}

void add_workload(CLI::App& sub, State& s) {
  AttentionOptions& a = s.attention;
  sub.add_option("--mask", a.mask,
                 "a pattern, e.g. longformer:window=256 (docs/attention.md), or a file: .npy, .mtx");
  sub.add_option("--qkv", a.qkv, "Q, K and V: one .npz or .safetensors, or three .npy")
      ->delimiter(',')
      ->expected(1, 3);
  sub.add_option("--names", s.names, "of Q, K and V in the file")
      ->delimiter(',')
      ->expected(3)
      ->capture_default_str();
  sub.add_option("--prefix", a.selection.prefix, "in front of these names, e.g. layer0.");
  sub.add_option("--scores", a.scores, "attention weights of a model: .npz, .npy or .safetensors");
  sub.add_option(
         "--scores-are", s.scores_are,
         "weights (rows sum to 1), logits (before softmax) or auto (weights where all rows sum to 1 or 0)")
      ->capture_default_str();
  sub.add_option("--model", a.model,
                 "bert-base, bart, gpt2 or vil with --mask; stories260k from its weights");
  sub.add_option("--tokens", a.tokens, "length of the sequence (default: 512, or the file's)");
  sub.add_option("--heads", a.heads, "heads (default: 12, or the file's); splits Q, K, V of two dimensions");
  sub.add_option("--head-dim", a.head_dim, "dimensions of a head (default: 64, or the file's)");
  sub.add_flag("--causal", a.sanger.causal, "no attention to later tokens");
  sub.add_option("--padding", a.sanger.padding, "of the last tokens");
  sub.add_option("--bits", a.sanger.bits, "of Q and K where they predict the pattern (Sanger)")
      ->capture_default_str();
  sub.add_option("--tau", a.sanger.tau, "keep probabilities above it")->capture_default_str();
  sub.add_option("--top-k", a.sanger.top_k, "keep the K largest of each row instead");
  sub.add_flag("--raw", s.raw, "quantise Q and K as they are, not divided by their norms");
  sub.add_option("--seed", a.seed, "seed of values drawn, and of a random mask that names none");
  sub.add_option("--demo-qkv", s.demo, "only write an example of Q, K and V: .npz or .safetensors");
}

}  // namespace

void add_attention(CLI::App& app, const std::string& command) {
  const auto s = std::make_shared<State>();
  CLI::App* sub = app.add_subcommand(
      "attention", "sparse attention: how diagonal a pattern is, and what designs make of it");
  add_workload(*sub, *s);
  sub->add_option(
      "--window", s->window,
      "diagonals kept by asadi, reram-csr and pim-dia: a number, n/8 (default), n/4, n/16, n/32 or auto");
  sub->add_option("--designs", s->designs, "to compare")->delimiter(',')->capture_default_str();
  sub->add_option("--baseline", s->baseline, "of the ratios")->capture_default_str();
  sub->add_flag("--pattern-only", s->pattern_only, "describe the pattern, run no machine");
  sub->add_flag("--sensitivity", s->sensitivity,
                "also ASADI by window and threshold; the page has it anyway");
  sub->add_flag("--picture", s->picture, "draw the first head's matrix and its diagonals");
  sub->add_option("--set", s->options.assignments, "design.key=value, repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  sub->add_option("--output", s->options.output,
                  "the product: none, check or auto (check up to 10^8 multiplications)");
  sub->add_option("--html", s->options.html_file, "report page");
  sub->add_option("--csv", s->options.csv_file, "results as CSV");
  sub->add_flag("--json", s->options.json, "machine-readable output and nothing else");
  sub->add_option("--threads", s->options.threads, "threads (default: all)")->check(CLI::PositiveNumber);
  sub->footer(
      "Examples:\n"
      "  nonzero attention --mask longformer:window=256 --tokens 4096 --heads 12\n"
      "  nonzero attention --demo-qkv q.npz && nonzero attention --qkv q.npz\n"
      "  nonzero attention --model bert-base --tokens 512 --html page.html\n"
      "  nonzero attention --scores weights.npz --pattern-only --picture");
  sub->callback([s, sub, command] {
    for (const char* option : {"--bits", "--tau", "--top-k", "--raw"})
      if (sub->count(option) > 0) s->pruning.emplace_back(option);
    run(*s, command);
  });
}

}  // namespace nonzero::app
