#include "nonzero/study/attention_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "nonzero/arch/asadi/machine.h"
#include "nonzero/base/error.h"
#include "nonzero/base/parallel.h"
#include "nonzero/tensor/diagonal.h"

namespace nonzero {
namespace {

uint64_t share_of(uint64_t tokens, uint64_t share) { return std::max<uint64_t>(1, tokens / share); }

uint64_t window_of(const WindowChoice& choice, uint64_t tokens, const std::vector<uint64_t>& profile) {
  if (choice.automatic) return choose_window(profile);
  if (!choice.diagonals) return share_of(tokens, choice.share);
  if (*choice.diagonals == 0 || *choice.diagonals > 2 * tokens - 1)
    throw InputError(fmt::format("a window of {} diagonals on {} tokens", *choice.diagonals, tokens),
                     fmt::format("allowed: 1 to {}", 2 * tokens - 1));
  return *choice.diagonals;
}

// What one mask adds to a pattern.
struct HeadPattern {
  std::vector<uint64_t> profile;
  uint64_t window = 0, diagonals = 0, overflow = 0, slots = 0, moved = 0, bits = 0, csr = 0, empty_rows = 0;
};

HeadPattern head_pattern(const Csr& mask, const WindowChoice& choice) {
  HeadPattern head;
  head.profile = diagonal_profile(mask);
  head.window = window_of(choice, mask.rows, head.profile);
  DiagonalOptions options;
  options.window = head.window;
  const DiagonalMatrix stored = to_diagonal(mask, options);
  head.diagonals = stored.diagonals.size();
  head.overflow = stored.overflow();
  head.slots = stored.slots();
  head.moved = stored.grey();
  head.bits = diagonal_bits(stored);
  head.csr = csr_bits(mask);
  for (uint64_t i = 0; i < mask.rows; ++i) head.empty_rows += mask.fiber(i).empty();
  return head;
}

// `times` heads share the mask.
void add(AttentionPattern& all, const HeadPattern& head, uint64_t times) {
  if (head.diagonals >= all.diagonals) {
    all.window = head.window;
    all.diagonals = head.diagonals;
    all.overflow = head.overflow;
  }
  all.slots += times * head.slots;
  all.moved += times * head.moved;
  all.bits += times * head.bits;
  all.csr_bits += times * head.csr;
  all.empty_rows += times * head.empty_rows;
  for (size_t d = 0; d < head.profile.size(); ++d) all.profile[d] += times * head.profile[d];
}

double ratio(double numerator, double denominator) { return denominator > 0 ? numerator / denominator : 0; }

DesignTotal run_total(const Accelerator& machine, std::span<const Operation> operations) {
  return design_total(run_study(machine, operations, {}));
}

void add_point(Sensitivity& curve, double x, const DesignTotal& ours, const DesignTotal& theirs) {
  curve.x.push_back(x);
  curve.speedup.push_back(ratio(theirs.seconds, ours.seconds));
  curve.energy_ratio.push_back(ratio(theirs.energy_pj, ours.energy_pj));
}

}  // namespace

WindowChoice parse_window(const std::string& text) {
  WindowChoice choice;
  if (text == "auto") {
    choice.automatic = true;
    return choice;
  }
  for (const uint64_t share : kWindowShares) {
    if (text != fmt::format("n/{}", share)) continue;
    choice.share = share;
    return choice;
  }
  uint64_t diagonals = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), diagonals);
  if (error != std::errc() || stop != text.data() + text.size() || diagonals == 0)
    throw InputError(fmt::format("--window {}", text),
                     "allowed: a number of diagonals, n/32, n/16, n/8, n/4, auto");
  choice.diagonals = diagonals;
  return choice;
}

std::vector<std::string> window_settings(const WindowChoice& choice, uint64_t tokens) {
  const uint64_t diagonals = choice.diagonals.value_or(share_of(tokens, choice.share));
  const std::string setting = choice.automatic ? "window_rule=auto" : fmt::format("window={}", diagonals);
  std::vector<std::string> settings;
  for (const char* design : {"asadi", "reram-csr", "pim-dia"})
    settings.push_back(fmt::format("{}.{}", design, setting));
  return settings;
}

AttentionPattern attention_pattern(const Operation& operation, const WindowChoice& window) {
  const Attention& attention = *operation.attention();
  AttentionPattern pattern;
  pattern.name = operation.name;
  pattern.tokens = attention.tokens;
  pattern.heads = attention.heads;
  pattern.profile.resize(2 * attention.tokens - 1);
  std::vector<HeadPattern> heads(attention.masks.size());
  parallel_for(heads.size(), [&](uint64_t h) { heads[h] = head_pattern(*attention.masks[h], window); });
  const uint64_t times = heads.size() == 1 ? attention.heads : 1;
  for (const HeadPattern& head : heads) add(pattern, head, times);
  for (const uint64_t count : pattern.profile) pattern.nnz += count;
  const double square = static_cast<double>(attention.tokens) * static_cast<double>(attention.tokens);
  pattern.density = ratio(static_cast<double>(pattern.nnz), static_cast<double>(attention.heads) * square);
  for (size_t i = 0; i < kWindowShares.size(); ++i)
    pattern.within[i] = share_within(pattern.profile, share_of(attention.tokens, kWindowShares[i]));
  return pattern;
}

std::vector<AttentionPattern> attention_patterns(std::span<const Operation> operations,
                                                 const WindowChoice& window) {
  std::vector<AttentionPattern> patterns;
  patterns.reserve(operations.size());
  for (size_t o = 0; o < operations.size(); ++o) {
    const bool shared = o > 0 && operations[o].attention()->masks == operations[o - 1].attention()->masks &&
                        operations[o].attention()->heads == operations[o - 1].attention()->heads;
    patterns.push_back(shared ? patterns.back() : attention_pattern(operations[o], window));
    patterns.back().name = operations[o].name;
  }
  return patterns;
}

DesignTotal design_total(const RunResult& run) {
  DesignTotal total;
  total.design = run.results.front().accelerator;
  for (const Result& result : run.results) {
    const auto repeat = static_cast<double>(result.repeat);
    total.seconds += repeat * result.seconds();
    total.energy_pj += repeat * result.energy_pj.total;
    for (const std::string& note : result.notes)
      total.beyond_capacity = total.beyond_capacity || note.ends_with(asadi::kBeyondCapacity);
  }
  total.batch_seconds = static_cast<double>(run.makespan_cycles) / run.results.front().clock_hz;
  return total;
}

DesignTotal design_total(const RunResult& run, const Accelerator& machine) {
  DesignTotal total = design_total(run);
  if (const auto* layers = dynamic_cast<const asadi::Machine*>(&machine))
    total.interval_seconds =
        static_cast<double>(layers->pipeline(run.results).interval) / run.results.front().clock_hz;
  return total;
}

Sensitivity window_sensitivity(
    std::span<const Operation> operations, const DesignTotal& baseline,
    const std::function<std::unique_ptr<Accelerator>(const std::string& setting)>& make) {
  Sensitivity curve{"diagonals in the window", {}, {}, {}};
  const uint64_t tokens = operations.front().attention()->tokens;
  uint64_t before = 0;
  for (uint64_t share = 64; share >= 2; share /= 2) {
    const uint64_t window = share_of(tokens, share);
    if (window == before) continue;
    before = window;
    const auto machine = make(fmt::format("window={}", window));
    add_point(curve, static_cast<double>(window), run_total(*machine, operations), baseline);
  }
  return curve;
}

Sensitivity threshold_sensitivity(std::span<const double> thresholds,
                                  const std::function<std::vector<Operation>(double threshold)>& operations,
                                  const Accelerator& machine, const Accelerator& baseline) {
  Sensitivity curve{"threshold", {}, {}, {}};
  for (const double threshold : thresholds) {
    const std::vector<Operation> left = operations(threshold);
    add_point(curve, threshold, run_total(machine, left), run_total(baseline, left));
  }
  return curve;
}

}  // namespace nonzero
