#include "nonzero/study/asadi_claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "nonzero/arch/list.h"
#include "nonzero/study/attention_study.h"
#include "nonzero/study/means.h"
#include "nonzero/tech/technology.h"
#include "nonzero/tensor/attention_masks.h"
#include "nonzero/workload/attention_models.h"
#include "nonzero/workload/attention_workload.h"
#include "nonzero/workload/data_folder.h"

namespace nonzero {
namespace {

constexpr std::array<uint64_t, 6> kLengths = {384, 512, 1024, 2048, 4096, 8192};

RunResult simulate(const std::string& design, std::span<const Operation> operations,
                   const std::vector<std::string>& settings = {}) {
  return find_accelerator(design).make("", "", settings)->simulate(operations, {});
}

// Twelve heads that share a mask.
std::vector<Operation> heads_of(uint64_t tokens, const std::string& mask) {
  Attention attention;
  attention.tokens = tokens;
  attention.heads = 12;
  attention.masks = {std::make_shared<const Csr>(attention_mask(mask, tokens))};
  attention.mask_source = mask;
  std::vector<Operation> operations;
  operations.push_back(attention_operation(fmt::format("{} tokens", tokens), std::move(attention)));
  return operations;
}

// The diagloc run of one length on the machines that the claims compare; run once.
struct LengthRun {
  Result asadi, pim_csr, pim_dia, reram_csr;
};

const LengthRun& length_run(uint64_t tokens) {
  static std::map<uint64_t, LengthRun> made;
  const auto found = made.find(tokens);
  if (found != made.end()) return found->second;
  const std::vector<Operation> operations = heads_of(tokens, kModelMask);
  const auto result = [&](const char* design) { return simulate(design, operations).results.front(); };
  return made
      .emplace(tokens, LengthRun{result("asadi"), result("pim-csr"), result("pim-dia"), result("reram-csr")})
      .first->second;
}

double speedup(const Result& ours, const Result& baseline) { return baseline.seconds() / ours.seconds(); }

// As the golden table of the specification has it: the baseline over the digital modules.
double energy_ratio(const LengthRun& run) {
  return run.pim_csr.energy_pj.total / run.asadi.energy_pj.by_component.get("digital");
}

double share(const Result& result, std::initializer_list<const char*> phases) {
  uint64_t cycles = 0;
  for (const char* phase : phases) cycles += result.phases.get(phase);
  return static_cast<double>(cycles) / static_cast<double>(result.cycles);
}

std::vector<std::vector<std::string>> length_table() {
  std::vector<std::vector<std::string>> table = {
      {"tokens", "asadi over pim-csr", "pim-dia over pim-csr", "reram-csr over pim-csr", "energy saving"}};
  for (const uint64_t tokens : kLengths) {
    const LengthRun& run = length_run(tokens);
    table.push_back({fmt::format("{}", tokens), fmt::format("{:.2f}", speedup(run.asadi, run.pim_csr)),
                     fmt::format("{:.2f}", speedup(run.pim_dia, run.pim_csr)),
                     fmt::format("{:.2f}", speedup(run.reram_csr, run.pim_csr)),
                     fmt::format("{:.2f}", energy_ratio(run))});
  }
  return table;
}

// The mean of a figure over the six lengths.
template <class Figure>
Ours mean_of_lengths(const Figure& figure) {
  std::vector<double> all;
  all.reserve(kLengths.size());
  for (const uint64_t tokens : kLengths) all.push_back(figure(length_run(tokens)));
  return {mean(all), fmt::format("mean of 384 to 8192 tokens, masks {}", kModelMask)};
}

// Layers with the same mask take the same time: each mask is simulated once.
std::vector<Operation> merged(const std::vector<Operation>& operations) {
  std::vector<Operation> distinct;
  for (const Operation& one : operations) {
    const auto same = std::find_if(distinct.begin(), distinct.end(), [&](const Operation& other) {
      return other.attention()->masks.front() == one.attention()->masks.front();
    });
    if (same == distinct.end())
      distinct.push_back(one);
    else
      ++same->repeat;
  }
  return distinct;
}

Ours model_speedup(const std::string& name, uint64_t tokens) {
  const auto operations = merged(attention_model_operations(find_attention_model(name), tokens, kModelMask));
  const double asadi = design_total(simulate("asadi", operations)).seconds;
  return {design_total(simulate("pim-csr", operations)).seconds / asadi,
          fmt::format("{} at {} tokens, masks {}", name, tokens, kModelMask)};
}

// The largest or least of a share over lengths.
template <class Figure>
Ours extreme(std::span<const uint64_t> lengths, bool largest, const Figure& figure) {
  std::vector<double> all;
  all.reserve(lengths.size());
  for (const uint64_t tokens : lengths) all.push_back(figure(length_run(tokens)));
  const auto ends = std::minmax_element(all.begin(), all.end());
  return {largest ? *ends.second : *ends.first, fmt::format("{:.3f} to {:.3f}", *ends.first, *ends.second)};
}

constexpr std::array<uint64_t, 3> kShort = {384, 512, 1024};
constexpr std::array<uint64_t, 4> kLong = {1024, 2048, 4096, 8192};

void add_splits(ClaimModels& models) {
  models["asadi/latency-split/qk-sv"] = [] {
    return extreme(kShort, false, [](const LengthRun& r) {
      return share(r.asadi, {"stream.qk", "stream.sv"});
    });
  };
  models["asadi/latency-split/softmax"] = [] {
    constexpr uint64_t kTokens = 512;
    return Ours{share(length_run(kTokens).asadi, {"stream.softmax"}), "512 tokens"};
  };
  models["asadi/latency-split/transfers"] = [] {
    return extreme(kShort, true, [](const LengthRun& r) { return share(r.asadi, {"load.oci", "control"}); });
  };
  models["asadi/energy-split/digital"] = [] {
    return extreme(kLengths, false, [](const LengthRun& r) {
      return r.asadi.energy_pj.by_component.get("digital") / r.asadi.energy_pj.total;
    });
  };
  models["asadi/energy-split/control"] = [] {
    return extreme(kLengths, true, [](const LengthRun& r) {
      return r.asadi.energy_pj.by_component.get("controllers") / r.asadi.energy_pj.total;
    });
  };
}

// How diagonal the attention of stories260K is: the shares of all layers' non-zeros within each window.
using Shares = decltype(AttentionPattern::within);

std::optional<Shares> stories_shares() {
  const auto data = data_folder();
  if (!data) return std::nullopt;
  AttentionOptions options;
  options.scores = (*data / "attention" / "stories260K_story_T256.npz").string();
  Shares inside{};
  double all = 0;
  for (const Operation& layer : attention_workload(options).operations) {
    const AttentionPattern pattern = attention_pattern(layer, {});
    const auto nnz = static_cast<double>(pattern.nnz);
    for (size_t i = 0; i < inside.size(); ++i) inside[i] += pattern.within[i] * nnz;
    all += nnz;
  }
  for (double& share : inside) share /= all;
  return inside;
}

// Read once, for all the claims on it.
const std::optional<Shares>& stories() {
  static const std::optional<Shares> shares = stories_shares();
  return shares;
}

const char* const kNoStories = "needs stored attention: name the data folder with NONZERO_DATA";
const char* const kStory = "stories260K on a story of 256 tokens, causal, all layers together";

Ours locality(size_t share_index) {
  return stories() ? Ours{(*stories())[share_index], kStory} : Ours{std::nullopt, kNoStories};
}

// Of the paper's window of n/8 diagonals: the share inside over the share of the matrix that it covers, over the
// same of the rest.
Ours density_ratio() {
  constexpr size_t kEighth = 2;
  if (!stories()) return {std::nullopt, kNoStories};
  const double share = (*stories())[kEighth];
  constexpr uint64_t kTokens = 256;
  const double covered = static_cast<double>(attention_mask("window", kTokens).nnz()) / (kTokens * kTokens);
  return {share / covered / ((1 - share) / (1 - covered)), kStory};
}

uint64_t falls(const std::vector<double>& values) {
  uint64_t count = 0;
  for (size_t i = 1; i < values.size(); ++i) count += values[i] < values[i - 1] ? 1 : 0;
  return count;
}

std::string listed(const std::vector<double>& values) {
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const double value : values) texts.push_back(fmt::format("{:.4g}", value));
  return fmt::format("{}", fmt::join(texts, ", "));
}

Ours locality_sensitivity() {
  std::vector<double> speedups;
  for (const double phi : {0.6, 0.5, 0.4, 0.3, 0.2, 0.1}) {
    const auto operations = heads_of(512, fmt::format("diagloc:rho=0.1,phi={},seed=7", phi));
    speedups.push_back(
        speedup(simulate("asadi", operations).results[0], simulate("pim-csr", operations).results[0]));
  }
  return {static_cast<double>(falls(speedups)), "speed-up over the PIM baseline: " + listed(speedups)};
}

Ours threshold_sensitivity_of_stories() {
  if (!data_folder()) return {std::nullopt, "needs stories260K: name the data folder with NONZERO_DATA"};
  std::vector<double> speedups;
  for (const double times : {1.5, 2.0, 3.0, 4.0}) {
    AttentionOptions options;
    options.model = kStories;
    options.sanger.tau *= times;
    options.sanger.causal = true;
    const std::vector<Operation> operations = attention_workload(options).operations;
    speedups.push_back(design_total(simulate("pim-csr", operations)).seconds /
                       design_total(simulate("asadi", operations, {"check_capacity=false"})).seconds);
  }
  return {
      static_cast<double>(falls(speedups)),
      "speed-up over the PIM baseline: " + listed(speedups) +
          "; heads of 8 dimensions leave 8 arrays for all diagonals, which do not fit: timed as if they did"};
}

Ours window_iterations() {
  constexpr uint64_t kTokens = 512;
  const auto operations = heads_of(kTokens, "window");
  const AttentionPattern pattern = attention_pattern(operations[0], {});
  return {
      static_cast<double>(kTokens) / static_cast<double>(pattern.diagonals),
      fmt::format("{} rows, each with a non-zero, against {} stored diagonals", kTokens, pattern.diagonals)};
}

// --- Table I ------------------------------------------------------------------------------------------

constexpr double kTilesOfChip = 12.0 * 12, kPesOfChip = 12, kAnalogOfTile = 2;
constexpr double kDigitalArrays = 512, kDigitalSide = 1024, kAnalogArrays = 96, kAnalogSide = 64;

// Of a module of the table: its published parts added up, and itself.
struct Module {
  PublishedBlock parts, printed;
};

Module module_of(const std::string& name, std::initializer_list<const char*> parts) {
  const Technology& tech = Technology::builtin("tsmc28");
  Module module{{}, tech.block("asadi_" + name + "_module")};
  module.parts.power_mw = 0;
  for (const char* part : parts) {
    const PublishedBlock& block = tech.block("asadi_" + name + "_" + part);
    module.parts.area_um2 += block.area_um2;
    *module.parts.power_mw += block.power_mw.value();
  }
  return module;
}

Module digital_module() { return module_of("digital", {"arrays", "ir", "or", "drivers", "shift_add"}); }
Module analog_module() { return module_of("analog", {"arrays", "ir", "or", "adcs", "drivers", "shift_add"}); }

Ours chip_area() {
  const Module digital = digital_module(), analog = analog_module();
  return {
      kTilesOfChip * (digital.parts.area_um2 + kAnalogOfTile * analog.parts.area_um2) * 1e-6,
      fmt::format(
          "sum of the table's parts; a digital module {:.4g} of {:.4g} mm2, an analog one {:.4g} of {:.4g}",
          digital.parts.area_um2 * 1e-6, digital.printed.area_um2 * 1e-6, analog.parts.area_um2 * 1e-6,
          analog.printed.area_um2 * 1e-6)};
}

Ours chip_power() {
  const Module digital = digital_module(), analog = analog_module();
  const double controllers = Technology::builtin("tsmc28").block("asadi_controllers").power_mw.value();
  return {
      (kTilesOfChip * (*digital.parts.power_mw + kAnalogOfTile * *analog.parts.power_mw) +
       kPesOfChip * controllers) *
          1e-3,
      fmt::format(
          "sum of the table's parts; a digital module {:.5g} of {:.5g} mW, an analog one {:.4g} of {:.4g}",
          *digital.parts.power_mw, *digital.printed.power_mw, *analog.parts.power_mw,
          *analog.printed.power_mw)};
}

// From the number of cells, 1 bit each.
Ours chip_memory() {
  const double digital = kDigitalArrays * kDigitalSide * kDigitalSide / 8;
  const double analog = kAnalogArrays * kAnalogSide * kAnalogSide / 8;
  return {kTilesOfChip * (digital + kAnalogOfTile * analog) * 1e-9,
          fmt::format("cells of 1 bit: {:.1f} MB of a digital module, {:.1f} kB of an analog one",
                      digital * 1e-6, analog * 1e-3)};
}

// Crossbars of the technology table by their cells: those it prices are 128 x 128.
double crossbar_area_mm2(double arrays, double side) {
  constexpr double kPriced = 128.0 * 128;
  return Technology::builtin("tsmc28").cost(CostKind::kReramArray, arrays * side * side / kPriced).area_um2 *
         1e-6;
}

// One 8-bit converter of 1.2 GS/s serves as four of six bits.
constexpr double kConverters = 16.0 / 4, kSamplesPerSecond = 1.2e9;

void add_table1(ClaimModels& models) {
  models["asadi/area-power/area"] = chip_area;
  models["asadi/area-power/power"] = chip_power;
  models["asadi/area-power/memory"] = chip_memory;
  models["asadi/bottom-up/digital-arrays"] = [] {
    return Ours{crossbar_area_mm2(kDigitalArrays, kDigitalSide), "ISAAC's crossbars, by the cell"};
  };
  models["asadi/bottom-up/analog-arrays"] = [] {
    return Ours{crossbar_area_mm2(kAnalogArrays, kAnalogSide), "ISAAC's crossbars, by the cell"};
  };
  models["asadi/bottom-up/adc-area"] = [] {
    const Cost adcs = Technology::builtin("tsmc28").cost(CostKind::kAdc, kConverters);
    return Ours{adcs.area_um2 * 1e-6, "four 8-bit converters as ISAAC has them"};
  };
  models["asadi/bottom-up/adc-power"] = [] {
    const Cost adcs = Technology::builtin("tsmc28").cost(CostKind::kAdc, kConverters);
    return Ours{adcs.energy_pj * kSamplesPerSecond * 1e-9, "four 8-bit converters at 1.2 GS/s"};
  };
}

void add_ranges(ClaimModels& models) {
  for (const auto& [claim, model] : {std::pair{"bert", "bert-base"}, {"bart", "bart"}, {"gpt2", "gpt2"}}) {
    const std::string id = fmt::format("asadi/range-{}/", claim), name = model;
    models[id + "low"] = [name] { return model_speedup(name, kLengths.front()); };
    models[id + "high"] = [name] { return model_speedup(name, kLengths.back()); };
  }
  models["asadi/vil"] = [] { return model_speedup("vil", 1024); };
}

}  // namespace

void add_asadi_claims(ClaimModels& models) {
  models["asadi/headline-speedup"] = [] {
    Ours ours = mean_of_lengths([](const LengthRun& r) { return speedup(r.asadi, r.pim_csr); });
    ours.table = length_table();
    return ours;
  };
  models["asadi/headline-energy"] = [] { return mean_of_lengths(energy_ratio); };
  models["asadi/dia-pim"] = [] {
    return mean_of_lengths([](const LengthRun& r) { return speedup(r.pim_dia, r.pim_csr); });
  };
  add_ranges(models);
  const auto csr = [](uint64_t tokens) {
    const LengthRun& run = length_run(tokens);
    return Ours{speedup(run.reram_csr, run.pim_csr), fmt::format("{} tokens", tokens)};
  };
  models["asadi/csr-asadi/short"] = [csr] { return csr(384); };
  models["asadi/csr-asadi/squad"] = [csr] { return csr(512); };
  models["asadi/csr-asadi/long"] = [] {
    return extreme(kLong, false, [](const LengthRun& r) { return speedup(r.reram_csr, r.pim_csr); });
  };
  add_splits(models);
  models["asadi/ops"] = [] {
    const Result& result = length_run(kLengths.front()).asadi;
    const uint64_t steps =
        result.phases.get("stream.qk") + result.phases.get("stream.softmax") + result.phases.get("stream.sv");
    return Ours{static_cast<double>(steps), "cycles of the digital modules, one bit-wise step each"};
  };
  models["asadi/locality/sixteenth"] = [] { return locality(1); };
  models["asadi/locality/eighth"] = [] { return locality(2); };
  models["asadi/locality/quarter"] = [] { return locality(3); };
  models["asadi/locality/density"] = density_ratio;
  models["asadi/energy-range/low"] = [] { return extreme(kLengths, false, energy_ratio); };
  models["asadi/energy-range/high"] = [] { return extreme(kLengths, true, energy_ratio); };
  models["asadi/energy-range/vil"] = [] { return Ours{energy_ratio(length_run(1024)), "1024 tokens"}; };
  models["asadi/energy-split/linear"] = [] {
    return mean_of_lengths([](const LengthRun& r) {
      return r.asadi.energy_pj.by_component.get("analog") / r.asadi.energy_pj.total;
    });
  };
  models["asadi/iterations/toy"] = [] { return Ours{std::nullopt, "the paper's toy matrix is not at hand"}; };
  models["asadi/iterations/window"] = window_iterations;
  models["asadi/sensitivity/locality"] = locality_sensitivity;
  models["asadi/sensitivity/threshold"] = threshold_sensitivity_of_stories;
  add_table1(models);
}

}  // namespace nonzero
