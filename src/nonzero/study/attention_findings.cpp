#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/math.h"
#include "nonzero/study/attention_study.h"
#include "nonzero/tensor/diagonal.h"

namespace nonzero {
namespace {

std::string share(double value) { return fmt::format("{:.1f} %", 100 * value); }

std::string size_text(uint64_t bits) {
  const double bytes = static_cast<double>(bits) / 8;
  return bytes < 1e6 ? fmt::format("{:.1f} kB", bytes / 1e3) : fmt::format("{:.2f} MB", bytes / 1e6);
}

std::string time_text(double seconds) {
  if (seconds >= 1) return fmt::format("{:.3f} s", seconds);
  return seconds >= 1e-3 ? fmt::format("{:.3f} ms", 1e3 * seconds) : fmt::format("{:.3f} us", 1e6 * seconds);
}

std::string energy_text(double pj) {
  return pj >= 1e12 ? fmt::format("{:.3f} J", pj * 1e-12) : fmt::format("{:.3f} mJ", pj * 1e-9);
}

double ratio(double numerator, double denominator) { return denominator > 0 ? numerator / denominator : 0; }

// Layers whose patterns are alike stand in one row.
bool alike(const AttentionPattern& a, const AttentionPattern& b) {
  return a.profile == b.profile && a.slots == b.slots && a.bits == b.bits && a.heads == b.heads;
}

struct Group {
  const AttentionPattern* pattern;
  std::string name;
};

std::vector<Group> groups_of(const std::vector<AttentionPattern>& patterns) {
  std::vector<Group> groups;
  for (size_t first = 0; first < patterns.size();) {
    size_t end = first + 1;
    while (end < patterns.size() && alike(patterns[first], patterns[end])) ++end;
    const std::string& name = patterns[first].name;
    groups.push_back(
        {&patterns[first], end - first == 1 ? name : fmt::format("{} … {}", name, patterns[end - 1].name)});
    first = end;
  }
  return groups;
}

std::vector<std::string> pattern_row(const std::string& name, const AttentionPattern& p) {
  std::vector<std::string> row = {name, fmt::format("{}", p.tokens), fmt::format("{}", p.heads),
                                  fmt::format("{}", p.nnz), share(p.density)};
  for (const double within : p.within) row.push_back(share(within));
  return row;
}

// All layers as one, where they are of one length.
std::vector<std::string> whole_row(const std::vector<AttentionPattern>& patterns) {
  AttentionPattern all;
  for (const AttentionPattern& p : patterns) {
    if (p.tokens != patterns.front().tokens) return {};
    all.tokens = p.tokens;
    all.heads += p.heads;
    all.nnz += p.nnz;
    all.density += p.density * static_cast<double>(p.heads);
    for (size_t i = 0; i < all.within.size(); ++i) all.within[i] += p.within[i] * static_cast<double>(p.nnz);
  }
  all.density = ratio(all.density, static_cast<double>(all.heads));
  for (double& within : all.within) within = ratio(within, static_cast<double>(all.nnz));
  return pattern_row("all", all);
}

FindingsTable pattern_table(const std::vector<AttentionPattern>& patterns, const std::vector<Group>& groups) {
  FindingsTable table{
      "How diagonal the pattern is: non-zeros within w diagonals",
      {"attention", "tokens", "heads", "non-zeros", "density", "w = n/32", "n/16", "n/8", "n/4"},
      {}};
  for (const Group& group : groups) table.rows.push_back(pattern_row(group.name, *group.pattern));
  if (groups.size() < 2) return table;
  if (auto row = whole_row(patterns); !row.empty()) table.rows.push_back(std::move(row));
  return table;
}

FindingsTable format_table(const std::vector<Group>& groups, const std::string& window) {
  FindingsTable table{
      fmt::format("Stored by diagonals: window {}, moved to the nearest free slots", window),
      {"attention", "window", "diagonals", "overflow", "moved", "bubbles", "size", "CSR", "CSR / size"},
      {}};
  for (const Group& group : groups) {
    const AttentionPattern& p = *group.pattern;
    const auto slots = static_cast<double>(p.slots), nnz = static_cast<double>(p.nnz);
    table.rows.push_back(
        {group.name, fmt::format("{}", p.window), fmt::format("{}", p.diagonals),
         fmt::format("{}", p.overflow), share(ratio(static_cast<double>(p.moved), nnz)),
         share(ratio(slots - nnz, slots)), size_text(p.bits), size_text(p.csr_bits),
         fmt::format("{:.2f}", ratio(static_cast<double>(p.csr_bits), static_cast<double>(p.bits)))});
  }
  return table;
}

const DesignTotal* baseline_of(const AttentionStudy& study) {
  for (const DesignTotal& total : study.totals)
    if (total.design == study.baseline) return &total;
  return nullptr;
}

FindingsTable design_table(const AttentionStudy& study, const DesignTotal& base) {
  FindingsTable table{"Designs",
                      {"design", "time", fmt::format("speed / {}", base.design), "energy",
                       fmt::format("{} / energy", base.design), "a batch takes", "between batches"},
                      {}};
  for (const DesignTotal& t : study.totals)
    table.rows.push_back({t.beyond_capacity ? t.design + " (beyond capacity)" : t.design,
                          time_text(t.seconds), fmt::format("{:.2f}", ratio(base.seconds, t.seconds)),
                          energy_text(t.energy_pj), fmt::format("{:.2f}", ratio(base.energy_pj, t.energy_pj)),
                          t.interval_seconds ? time_text(t.batch_seconds) : "-",
                          t.interval_seconds ? time_text(*t.interval_seconds) : "-"});
  return table;
}

// Shares of the whole, repeats included; a column per part, in the order in which the runs first have them.
template <class Parts>  // parts(result): (name, amount) of each
FindingsTable split_table(const std::string& title, const std::vector<RunResult>& runs, const Parts& parts) {
  FindingsTable table{title, {"design"}, {}};
  std::vector<Amounts> splits;
  for (const RunResult& run : runs) {
    Amounts& split = splits.emplace_back();
    for (const Result& result : run.results)
      for (const auto& [name, amount] : parts(result))
        split.add(name, static_cast<double>(amount) * static_cast<double>(result.repeat));
    for (const auto& [name, amount] : split)
      if (amount > 0 && std::find(table.columns.begin(), table.columns.end(), name) == table.columns.end())
        table.columns.push_back(name);
  }
  for (size_t r = 0; r < runs.size(); ++r) {
    std::vector<std::string> row = {runs[r].results.front().accelerator};
    const double all = splits[r].sum();
    for (size_t c = 1; c < table.columns.size(); ++c) {
      const double part = splits[r].get(table.columns[c]);
      row.push_back(part > 0 ? share(ratio(part, all)) : "-");
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

// As the paper splits the latency: transfers stand apart from the products they feed.
Counts time_parts(const Result& result) {
  Counts parts;
  const Counts& phases = result.phases;
  parts.add("linear", phases.get("stream.linear1") + phases.get("stream.linear2"));
  parts.add("Q K", phases.get("stream.qk"));
  parts.add("softmax", phases.get("stream.softmax"));
  parts.add("S V", phases.get("stream.sv"));
  parts.add("transfers", phases.get("load.oci") + phases.get("stall_memory.cross_bank"));
  parts.add("control", phases.get("control"));
  return parts;
}

FindingsBars ratio_bars(const AttentionStudy& study, const DesignTotal& base) {
  FindingsBars bars{
      fmt::format("Speed and energy over {}", base.design), "x", {}, {{"speed", {}}, {"energy", {}}}};
  for (const DesignTotal& t : study.totals) {
    bars.labels.push_back(t.design);
    bars.series[0].values.push_back(ratio(base.seconds, t.seconds));
    bars.series[1].values.push_back(ratio(base.energy_pj, t.energy_pj));
  }
  return bars;
}

constexpr size_t kMostCurves = 8;

// Non-zeros within w diagonals, w up to all of them.
FindingsLines share_lines(const std::vector<Group>& groups) {
  FindingsLines lines{"Non-zeros within a window around the main diagonal", "%", "diagonals, % of all", {}};
  constexpr uint64_t kPoints = 64;
  for (size_t g = 0; g < std::min(groups.size(), kMostCurves); ++g) {
    const AttentionPattern& p = *groups[g].pattern;
    FindingsLines::Series series{groups[g].name, {}, {}};
    const uint64_t all = p.profile.size();
    for (uint64_t i = 1; i <= kPoints; ++i) {
      // Finer near the main diagonal, where most curves bend.
      const double place = static_cast<double>(i) / static_cast<double>(kPoints);
      const auto window =
          std::max<uint64_t>(1, static_cast<uint64_t>(place * place * static_cast<double>(all)));
      series.x.push_back(100 * static_cast<double>(window) / static_cast<double>(all));
      series.y.push_back(100 * share_within(p.profile, window));
    }
    lines.series.push_back(std::move(series));
  }
  return lines;
}

// How full the diagonals are, some of them taken together.
FindingsLines density_lines(const std::vector<Group>& groups) {
  FindingsLines lines{"Density of the diagonals", "%", "DI = column - row", {}};
  constexpr uint64_t kMostPoints = 256;
  for (size_t g = 0; g < std::min(groups.size(), kMostCurves); ++g) {
    const AttentionPattern& p = *groups[g].pattern;
    FindingsLines::Series series{groups[g].name, {}, {}};
    const uint64_t count = p.profile.size(), step = ceil_div(count, kMostPoints);
    for (uint64_t begin = 0; begin < count; begin += step) {
      const uint64_t end = std::min(begin + step, count);
      double filled = 0, places = 0;
      for (uint64_t d = begin; d < end; ++d) {
        filled += static_cast<double>(p.profile[d]);
        places += static_cast<double>(p.heads * std::min(d + 1, count - d));
      }
      series.x.push_back(static_cast<double>(begin + end - 1) / 2 - static_cast<double>(p.tokens - 1));
      series.y.push_back(100 * filled / places);
    }
    lines.series.push_back(std::move(series));
  }
  return lines;
}

FindingsLines sensitivity_lines(const Sensitivity& s, const std::string& baseline) {
  return {fmt::format("asadi over {} by {}", baseline, s.parameter),
          "x",
          s.parameter,
          {{"speed", s.x, s.speedup}, {"energy", s.x, s.energy_ratio}}};
}

FindingsTable sensitivity_table(const Sensitivity& s, const std::string& baseline) {
  FindingsTable table{fmt::format("asadi over {}", baseline), {s.parameter, "speed", "energy"}, {}};
  for (size_t i = 0; i < s.x.size(); ++i)
    table.rows.push_back({fmt::format("{:g}", s.x[i]), fmt::format("{:.2f}", s.speedup[i]),
                          fmt::format("{:.2f}", s.energy_ratio[i])});
  return table;
}

std::string without_digits(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }),
             text.end());
  return text;
}

// What the designs have to say of their results; of notes that differ by their numbers alone the first.
std::vector<std::string> notes_of(const std::vector<RunResult>& runs) {
  std::vector<std::string> notes, seen;
  for (const RunResult& run : runs)
    for (const Result& result : run.results)
      for (const std::string& note : result.notes) {
        const std::string text = fmt::format("{}, {}: {}", result.accelerator, result.operation, note);
        const std::string kind = without_digits(result.accelerator + note);
        if (std::find(seen.begin(), seen.end(), kind) != seen.end()) continue;
        seen.push_back(kind);
        notes.push_back(text);
      }
  return notes;
}

}  // namespace

Findings attention_findings(const AttentionStudy& study) {
  Findings f;
  f.id = "attention";
  f.title = study.title;
  const std::vector<Group> groups = groups_of(study.patterns);
  uint64_t empty = 0;
  for (const AttentionPattern& p : study.patterns) empty += p.empty_rows;
  if (empty > 0)
    f.text.push_back(fmt::format(
        "{} rows attend to nothing; softmax of nothing is nothing, and their output is 0.", empty));
  for (std::string& note : notes_of(study.runs)) f.text.push_back(std::move(note));
  f.tables = {pattern_table(study.patterns, groups), format_table(groups, study.window)};
  f.lines = {density_lines(groups), share_lines(groups)};
  if (const DesignTotal* base = baseline_of(study)) {
    f.tables.push_back(design_table(study, *base));
    f.tables.push_back(split_table("Where the time goes", study.runs, time_parts));
    f.tables.push_back(
        split_table("Where the energy goes", study.runs,
                    [](const Result& r) -> const Amounts& { return r.energy_pj.by_component; }));
    f.bars.push_back(ratio_bars(study, *base));
  }
  for (const Sensitivity& s : study.sensitivities) {
    f.tables.push_back(sensitivity_table(s, study.baseline));
    f.lines.push_back(sensitivity_lines(s, study.baseline));
  }
  return f;
}

}  // namespace nonzero
