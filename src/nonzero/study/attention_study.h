#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nonzero/study/findings.h"
#include "nonzero/study/run.h"

namespace nonzero {

// How many diagonals the window keeps: a number, n/8 as the paper has it (or another share of the length), or
// the smallest with enough empty slots.
struct WindowChoice {
  std::optional<uint64_t> diagonals;
  uint64_t share = 8;  // of n, where no number is given
  bool automatic = false;
};

// `256`, `n/8`, `n/16`, `n/32`, `n/4` or `auto`. Throws InputError for anything else.
WindowChoice parse_window(const std::string& text);
// Settings of the machines that have a window, design.key=value.
std::vector<std::string> window_settings(const WindowChoice& choice, uint64_t tokens);

// The shares of the length whose windows the paper looks at, narrow to wide.
inline constexpr std::array<uint64_t, 4> kWindowShares = {32, 16, 8, 4};

// How diagonal the pattern of one attention is, over all its heads.
struct AttentionPattern {
  std::string name;
  uint64_t tokens = 0, heads = 0, nnz = 0;
  double density = 0;
  std::array<double, kWindowShares.size()> within{};  // share of the non-zeros within n/32, n/16, n/8, n/4
  // Stored by diagonals, a window for each head.
  uint64_t window = 0, diagonals = 0, overflow = 0;  // of the head with most diagonals
  uint64_t slots = 0, moved = 0;                     // of all heads
  uint64_t bits = 0, csr_bits = 0;
  uint64_t empty_rows = 0;        // softmax of nothing: their output is 0
  std::vector<uint64_t> profile;  // non-zeros of each diagonal, DI from -(n - 1) to n - 1
};

AttentionPattern attention_pattern(const Operation& operation, const WindowChoice& window);
// Of each; operations that share their masks with the one before are not counted again.
std::vector<AttentionPattern> attention_patterns(std::span<const Operation> operations,
                                                 const WindowChoice& window);

// What one design makes of all operations, repeats included.
struct DesignTotal {
  std::string design;
  double seconds = 0, energy_pj = 0;
  double batch_seconds = 0;                // through the pipeline of layers, where there is one
  std::optional<double> interval_seconds;  // between two batches, where there is a pipeline
  bool beyond_capacity = false;            // timed as if the arrays held what they do not
};

DesignTotal design_total(const RunResult& run);
// With the interval of the machine's pipeline.
DesignTotal design_total(const RunResult& run, const Accelerator& machine);

// The design's speed and energy over those of a baseline, as a parameter grows.
struct Sensitivity {
  std::string parameter;  // axis: "diagonals in the window", "threshold"
  std::vector<double> x, speedup, energy_ratio;
};

// asadi with windows from n/64 to n/2 against `baseline`. `make` builds asadi with one more setting.
Sensitivity window_sensitivity(
    std::span<const Operation> operations, const DesignTotal& baseline,
    const std::function<std::unique_ptr<Accelerator>(const std::string& setting)>& make);

// Both machines on the operations that remain at each threshold.
Sensitivity threshold_sensitivity(std::span<const double> thresholds,
                                  const std::function<std::vector<Operation>(double threshold)>& operations,
                                  const Accelerator& machine, const Accelerator& baseline);

// All that a comparison of designs on sparse attention found.
struct AttentionStudy {
  std::string title;
  std::string window = "n/8";  // of the patterns, whatever the designs' settings say
  std::vector<AttentionPattern> patterns;
  std::vector<DesignTotal> totals;
  std::string baseline;  // design that ratios are over
  std::vector<RunResult> runs;
  std::vector<Sensitivity> sensitivities;
};

// Paragraphs, tables, bars and curves; the curves are for the page.
Findings attention_findings(const AttentionStudy& study);

}  // namespace nonzero
