#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cmath>
#include <iostream>
#include <map>

#include "common.h"
#include "nonzero/base/suggest.h"
#include "nonzero/io/csv.h"
#include "nonzero/io/file.h"
#include "nonzero/report/findings_text.h"
#include "nonzero/report/flip_text.h"
#include "nonzero/report/page_data.h"
#include "nonzero/study/flip_cost.h"
#include "nonzero/workload/calibration.h"
#include "nonzero/workload/patched_network.h"
#include "output_path.h"

namespace nonzero::app {
namespace {

struct ImageFiles {
  std::string images, labels, take;
};

struct State {
  std::string network, mode = "exact", group = "16", budget = "1%", z, z_file, objective = "accuracy";
  std::string cost = "bytes", pixels, curves, output, html;
  ImageFiles search, test;
  std::optional<uint64_t> subgraph;
  bool warm_start = false, measured_proxy = false, json = false, force = false;
  double calibration_share = 1;
  int threads = 0;
};

constexpr uint64_t kCalibrationImages = 100;

// Points of accuracy, with or without a per cent sign; the proxy is a plain number, 1% of it 0.01.
double budget_of(const State& s) {
  size_t end = 0;
  double value = -1;
  try {
    value = std::stod(s.budget, &end);
  } catch (const std::exception&) {
    end = 0;
  }
  const std::string unit = s.budget.substr(end);
  if (end == 0 || !(unit.empty() || unit == "%") || !(value >= 0) || !std::isfinite(value))
    throw InputError(fmt::format("--budget {}", s.budget), "allowed: 0 or more, such as 1% or 0.5");
  return s.objective == "proxy" && unit == "%" ? value / 100 : value;
}

uint32_t zero_columns(const std::string& text, const Place& place) {
  if (text.size() == 1 && text[0] >= '0' && text[0] <= '8') return static_cast<uint32_t>(text[0] - '0');
  throw InputError(fmt::format("{} zero columns", text), fmt::format("allowed: 0 to {}", kMostZeroColumns),
                   place);
}

// A head `layer,z`, then a line for each layer, in any order.
std::vector<uint32_t> read_z_file(const std::string& path, const IntegerNetwork& network) {
  const auto records = io::parse_csv(read_file(path), path);
  if (records.empty() || records[0].fields != std::vector<std::string>{"layer", "z"})
    throw InputError("no head 'layer,z'", "expected as the first line", {path, 1});
  std::map<std::string, uint64_t> places;
  std::vector<std::string> names;
  for (uint64_t l = 0; l < network.layers.size(); ++l) {
    places.emplace(network.layers[l].name, l);
    names.push_back(network.layers[l].name);
  }
  std::vector<std::optional<uint32_t>> given(network.layers.size());
  for (size_t r = 1; r < records.size(); ++r) {
    const Place place{path, records[r].line};
    if (records[r].fields.size() != 2)
      throw InputError(fmt::format("{} fields", records[r].fields.size()), "expected: layer,z", place);
    const std::string& name = records[r].fields[0];
    const auto found = places.find(name);
    if (found == places.end())
      throw InputError(fmt::format("no layer '{}'{}", name, did_you_mean(name, names)), "", place);
    if (given[found->second]) throw InputError(fmt::format("layer '{}' twice", name), "allowed: once", place);
    given[found->second] = zero_columns(records[r].fields[1], place);
  }
  std::vector<uint32_t> z;
  for (uint64_t l = 0; l < given.size(); ++l) {
    if (!given[l]) throw InputError(fmt::format("layer '{}' is missing", names[l]), "", {path, 0});
    z.push_back(*given[l]);
  }
  return z;
}

// A network of floats gets its activations' codes from the images it is searched on.
IntegerNetwork calibrated(const State& s, IntegerNetwork network) {
  if (!wants_calibration(network) || s.search.images.empty()) return network;
  const ImageSet set = read_image_set(s.search.images, s.search.labels, parse_image_range(s.search.take));
  if (set.values == ImageSet::Values::kPixels && s.pixels.empty())
    throw InputError("a network of floats does not say what pixels stand for",
                     "use: --pixels 0..255, 0..1 or -1..1");
  const PixelRange range = s.pixels.empty() ? PixelRange::kByte : parse_pixel_range(s.pixels);
  IntegerNetwork made = calibrated_network(
      network, real_inputs(set, set.elements(), range, kCalibrationImages), s.calibration_share);
  made.warnings.push_back(fmt::format("{}: activations quantised by what the first {} images make of them",
                                      network.source, std::min(set.count(), kCalibrationImages)));
  return made;
}

LabelledCodes read_inputs(const ImageFiles& files, const State& s, const IntegerNetwork& network) {
  if (files.images.empty()) {
    if (!files.labels.empty() || !files.take.empty())
      throw InputError("labels or a range without images", "use: --images FILE, --test-images FILE");
    return {};
  }
  const IntegerInference inference(network);
  ImageSet set = read_image_set(files.images, files.labels, parse_image_range(files.take));
  PixelRange range = PixelRange::kByte;
  if (!s.pixels.empty()) range = parse_pixel_range(s.pixels);
  if (s.pixels.empty() && set.values == ImageSet::Values::kPixels)
    range = pixel_range_for(inference.input().quantisation);
  return {input_codes(set, inference.input().quantisation, inference.input().elements, range),
          std::move(set.labels)};
}

std::string source_text(const ImageFiles& files) {
  return files.take.empty() ? files.images : fmt::format("{}, {}", files.images, files.take);
}

FlipStudyOptions study_options(const State& s, const IntegerNetwork& network, const Progress& progress) {
  FlipStudyOptions options;
  options.group = static_cast<uint32_t>(std::stoul(s.group));
  options.mode = parse_flip_mode(s.mode);
  options.objective = s.objective == "proxy" ? FlipObjective::kProxy : FlipObjective::kAccuracy;
  options.budget = budget_of(s);
  options.warm_start = s.warm_start;
  options.measured_proxy = s.measured_proxy;
  options.curves = !s.curves.empty() || !s.html.empty();
  options.progress = &progress;
  if (!s.z.empty()) options.z.emplace(network.layers.size(), zero_columns(s.z, {}));
  if (!s.z_file.empty()) options.z = read_z_file(s.z_file, network);
  return options;
}

// Where the flipped network goes: the file patched, or a folder where that cannot be. Checked before the search.
OutputPath output_of(const State& s, const IntegerNetwork& network) {
  const std::string stem = s.output.empty() ? network.name + ".flipped" : s.output;
  const bool patches = patched_network(network).has_value(), named = s.output.ends_with(".tflite");
  if (!patches && named)
    throw InputError(
        fmt::format("{} cannot be written as .tflite: not all of its weights are int8 constants of "
                    "convolutions and fully connected operators",
                    network.name),
        "use: -o FOLDER", {network.source, 0});
  OutputPath output{stem, !patches || (!s.output.empty() && !named), s.force};
  if (s.output.empty() && patches) output.path += ".tflite";
  output.check(s.network);
  for (const std::string& file : {s.curves, s.html})
    if (!file.empty()) check_parent(file);
  return output;
}

void write_network(const OutputPath& output, const IntegerNetwork& network) {
  if (output.folder)
    output.replace_folder([&](const std::string& path) { write_integer_network(path, network); });
  else
    write_atomically(output.path, patched_network(network).value());
}

// The command that gives the same again: its output is there by then.
std::string with_force(const State& s, std::string command) {
  const std::string name = " flip";
  if (const size_t at = command.find(name); !s.force && at != std::string::npos)
    command.insert(at + name.size(), " --force");
  return command;
}

void print_study(const State& s, const IntegerNetwork& network, const FlipStudy& study,
                 const FlipTitle& title) {
  const FlipPage page = flip_page_data(network, study, title);
  if (!s.curves.empty()) write_atomically(s.curves, curves_table(network, study).csv());
  if (!s.html.empty()) write_atomically(s.html, flip_page(page));
  if (s.json) {
    std::cout << flip_json(network, study, title).dump() << "\n";
    return;
  }
  std::cout << findings_text(flip_findings(page));
  fmt::print("\nwrote {}\nagain: {}\n", title.written, title.command);
  for (const std::string& file : {s.curves, s.html})
    if (!file.empty()) spdlog::info("wrote {}", file);
}

void flip_network(const State& s, const std::string& command) {
  if (!s.html.empty()) require_page();
  const IntegerNetwork network = calibrated(s, read_integer_network(s.network, {s.subgraph}));
  warn(network.warnings);
  const OutputPath output = output_of(s, network);
  const Progress progress = terminal_progress();
  FlipStudyOptions options = study_options(s, network, progress);
  const LabelledCodes search = read_inputs(s.search, s, network), test = read_inputs(s.test, s, network);
  FlipStudy study;
  if (s.cost == "cycles")
    options.cost = [&](const NetworkFlips& flips) { return bitwave_cycles(network, flips); };
  with_threads(s.threads, [&] { study = run_flip_study(network, search, test, options); });
  FlipTitle title;
  title.command = with_force(s, command);
  title.search_set = source_text(s.search);
  title.test_set = source_text(s.test);
  title.gain = s.cost == "cycles" ? "cycles saved" : "bytes saved";
  title.objective = options.objective;
  title.budget = options.budget;
  write_network(output, flipped_network(network, *study.flips, study.z));
  title.written = output.path;
  print_study(s, network, study, title);
}

void add_images(CLI::App& sub, ImageFiles& files, const std::string& prefix, const std::string& use) {
  sub.add_option("--" + prefix + "images", files.images, use + ": .npz, .npy or idx file (also .gz)");
  sub.add_option("--" + prefix + "labels", files.labels, "their classes, where the .npz does not hold them");
  sub.add_option("--" + prefix + "take", files.take, "only images FIRST:END of the file");
}

}  // namespace

void add_flip(CLI::App& app, const std::string& command) {
  const auto s = std::make_shared<State>();
  CLI::App* sub = app.add_subcommand("flip", "flip bits of a network's weights for more zero bit columns");
  sub->add_option("network", s->network, "a .tflite or .onnx file, or folder with layers.json")->required();
  sub->add_option("--subgraph", s->subgraph, "of a .tflite with several");
  add_images(*sub, s->search, "", "images to search on");
  add_images(*sub, s->test, "test-", "other images, to report on");
  sub->add_option(
      "--pixels", s->pixels,
      "what pixels stand for: 0..255, 0..1 or -1..1; default: what the input's codes can express");
  sub->add_option("--calibration-share", s->calibration_share,
                  "of a network of floats: how much of an activation's values its codes cover, 1 or 0.999")
      ->check(CLI::Range(0.5, 1.0));
  auto* budget =
      sub->add_option("--budget", s->budget, "points of accuracy, or of the proxy, that may be lost");
  sub->add_option("--mode", s->mode, "exact: least squared error; lsb: the low columns")
      ->check(CLI::IsMember({"exact", "lsb"}));
  sub->add_option("--group", s->group, "weights of a group")->check(CLI::IsMember({"8", "16", "32"}));
  auto* z = sub->add_option("--z", s->z, "zero columns of every group of every layer, instead of a search");
  auto* z_file = sub->add_option("--z-file", s->z_file, "the same by layer: CSV with the head layer,z");
  auto* objective =
      sub->add_option("--objective", s->objective,
                      "what may be lost: accuracy on --images, or the proxy sum s |W - W'|^2 / |W|^2")
          ->check(CLI::IsMember({"accuracy", "proxy"}));
  auto* proxy =
      sub->add_flag("--measured-proxy", s->measured_proxy,
                    "s of a layer: points lost on --images with it alone at 4 zero columns; else 1");
  auto* cost =
      sub->add_option("--cost", s->cost, "what is saved: compressed bytes, or cycles of the design bitwave")
          ->check(CLI::IsMember({"bytes", "cycles"}));
  auto* warm = sub->add_flag("--warm-start", s->warm_start,
                             "start at 4 zero columns in the heavy layers, if that is in the budget");
  z->excludes(z_file);
  for (CLI::Option* of_search : {budget, objective, proxy, cost, warm})
    of_search->excludes(z)->excludes(z_file);
  sub->add_option("--curves", s->curves, "CSV: every layer alone at 0 to 7 zero columns");
  sub->add_option("--html", s->html, "a page with layers, curves, search and a group bit by bit");
  sub->add_option("-o,--output", s->output,
                  "the flipped network: a .tflite file, or a folder; default: NAME.flipped here");
  sub->add_flag("--force", s->force, "replace the flipped network if it exists");
  sub->add_option("--threads", s->threads, "0: as many as there are cores")->check(CLI::NonNegativeNumber);
  sub->add_flag("--json", s->json, "machine-readable output and nothing else");
  sub->footer(
      "Examples:\n"
      "  nonzero flip NETWORK.tflite --images train.npz --test-images test.npz --budget 1%\n"
      "  nonzero flip FOLDER --images digits.idx.gz --labels labels.idx.gz --take 0:5000 -o flipped\n"
      "  nonzero flip NETWORK.tflite --z 4 --mode lsb\n"
      "  nonzero flip NETWORK.tflite --objective proxy --budget 0.05");
  sub->callback([s, command] { flip_network(*s, command); });
}

}  // namespace nonzero::app
