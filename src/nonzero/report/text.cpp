#include "nonzero/report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "nonzero/study/means.h"

namespace nonzero {
namespace {

std::string shares(const Counts& counts, uint64_t whole) {
  std::string text;
  for (const auto& [key, value] : counts) {
    if (value == 0) continue;
    const double share = whole > 0 ? static_cast<double>(value) / static_cast<double>(whole) : 0;
    text += fmt::format("  {:<20} {:>18}  {:>7}\n", key, with_thousands(value), percent(share));
  }
  return text;
}

std::string traffic_text(const std::map<std::string, LevelTraffic>& traffic) {
  std::string text;
  const auto side = [&](const std::string& level, const char* direction, const Counts& bytes) {
    for (const auto& [tensor, count] : bytes)
      if (count > 0)
        text += fmt::format("  {:<20} {:>18}\n", fmt::format("{} {} {}", level, direction, tensor),
                            with_thousands(count));
  };
  for (const auto& [level, bytes] : traffic) {
    side(level, "read", bytes.read);
    side(level, "write", bytes.write);
  }
  return text;
}

std::string bill_text(const Bill& bill, const char* unit) {
  std::string text;
  for (const auto& [component, amount] : bill.by_component)
    if (amount > 0) text += fmt::format("  {:<20} {:>18.4g} {}\n", component, amount, unit);
  return text;
}

std::string output_text(const Result& r) {
  if (r.output.checked)
    return fmt::format("output: {} non-zeros, checked against {} (relative error {:.2g})\n",
                       with_thousands(r.output.nnz.value_or(0)), r.output.method, r.output.relative_error);
  if (r.output.nnz) return fmt::format("output: {} non-zeros, not checked\n", with_thousands(*r.output.nnz));
  return "output: not computed\n";
}

// Some stage runs GEMMs, whose order was decided offline.
bool has_schedule(const Result& result) {
  return std::any_of(result.stages.begin(), result.stages.end(),
                     [](const Stage& stage) { return !stage.gemms.empty(); });
}

}  // namespace

std::string describe_result(const Result& r) {
  std::string text = fmt::format("{} on {} ({}, {} timing)\n", r.operation, r.accelerator, r.kind, r.timing);
  text +=
      fmt::format("M={} N={} K={}, non-zeros A {} and B {}{}\n", r.m, r.n, r.k, with_thousands(r.nnz_a),
                  with_thousands(r.nnz_b), r.repeat > 1 ? fmt::format(", repeated {} times", r.repeat) : "");
  text += fmt::format("mapping: {}\n\n", r.explanation);
  text += fmt::format("cycles: {} = {} at {}\n{}", with_thousands(r.cycles), engineering(r.seconds(), "s"),
                      engineering(r.clock_hz, "Hz"), shares(r.phases, r.cycles));
  if (!r.stages.empty()) text += stages_text({&r, 1});
  if (has_schedule(r)) text += schedule_table({&r, 1}).text();
  if (r.slots > 0)
    text += fmt::format("{}-cycles: {} x {}\n{}", r.slot_unit, with_thousands(r.slots),
                        with_thousands(r.cycles), shares(r.pe_cycles, r.slots * r.cycles));
  text +=
      fmt::format("utilisation: stationary {}, compute {}, overall {}\n", percent(r.stationary_utilisation),
                  percent(r.compute_utilisation), percent(r.overall_utilisation));
  text += fmt::format("multiplications: {} issued, {} effectual\n", with_thousands(r.multiplications_issued),
                      with_thousands(r.multiplications_effectual));
  text += "traffic, bytes:\n" + traffic_text(r.traffic_bytes);
  text += fmt::format("energy: {} ({} to {})\n{}", engineering(r.energy_pj.total * 1e-12, "J"),
                      engineering(r.energy_pj.low * 1e-12, "J"), engineering(r.energy_pj.high * 1e-12, "J"),
                      bill_text(r.energy_pj, "pJ"));
  text += fmt::format("area: {:.4g} mm2\n{}", r.area_mm2.total, bill_text(r.area_mm2, "mm2"));
  text += output_text(r);
  for (const std::string& note : r.notes) text += "note: " + note + "\n";
  if (!r.command.empty()) text += "again: " + r.command + "\n";
  return text;
}

Table schedule_table(std::span<const Result> results) {
  Table table({"layer", "stage", "gemm", "dataflow", "cycles", "dram bytes"});
  for (const Result& r : results)
    for (const Stage& stage : r.stages) {
      for (const Stage::Gemm& gemm : stage.gemms)
        table.add({r.operation, stage.name, gemm.name, gemm.dataflow, fmt::format("{}", gemm.cycles),
                   fmt::format("{}", gemm.dram_bytes)});
    }
  return table;
}

std::string stages_text(std::span<const Result> results) {
  Counts stages;
  for (const Result& r : results)
    for (const Stage& stage : r.stages) stages.add(stage.name, stage.cycles * r.repeat);
  return stages.empty() ? "" : "stages:\n" + shares(stages, stages.sum());
}

Table results_table(std::span<const Result> results) {
  Table table({"operation", "accelerator", "M", "N", "K", "nnz A", "nnz B", "repeat", "cycles", "time",
               "overall", "energy", "mapping"});
  for (const Result& r : results) {
    table.add({r.operation, r.accelerator, fmt::format("{}", r.m), fmt::format("{}", r.n),
               fmt::format("{}", r.k), fmt::format("{}", r.nnz_a), fmt::format("{}", r.nnz_b),
               fmt::format("{}", r.repeat), fmt::format("{}", r.cycles), engineering(r.seconds(), "s"),
               percent(r.overall_utilisation), engineering(r.energy_pj.total * 1e-12, "J"), r.explanation});
  }
  return table;
}

namespace {

// The fastest design on operation `o` - all of them where several tie - and how much longer the next one takes.
std::vector<std::string> winner_cells(std::span<const RunResult> runs, size_t o) {
  double least = std::numeric_limits<double>::infinity(), next = least;
  for (const RunResult& run : runs) least = std::min(least, run.results[o].seconds());
  std::string names;
  for (const RunResult& run : runs) {
    const Result& r = run.results[o];
    if (r.seconds() > least)
      next = std::min(next, r.seconds());
    else
      names += (names.empty() ? "" : " = ") + r.accelerator;
  }
  if (std::isinf(next) || least == 0) return {names, "-"};
  return {names, fmt::format("{:.2f}", next / least)};
}

// `other` over `base`; 1 where there is nothing to divide by.
double ratio_of(double other, double base) { return base > 0 ? std::max(other / base, 1e-300) : 1; }

double energy_of(const Result& result) { return result.energy_pj.total; }
double seconds_of(const Result& result) { return result.seconds(); }

// Of all operations, each as often as it is repeated.
double in_all(const RunResult& run, double (*measure)(const Result&)) {
  double sum = 0;
  for (const Result& result : run.results) sum += measure(result) * static_cast<double>(result.repeat);
  return sum;
}

const std::string& design_of(const RunResult& run) { return run.results.front().accelerator; }

std::string energy_comparison(std::span<const RunResult> runs) {
  std::vector<std::string> head = {"operation"};
  for (const RunResult& run : runs) head.push_back(design_of(run) + " energy");
  for (size_t d = 1; d < runs.size(); ++d)
    head.push_back(fmt::format("{} / {}", design_of(runs[d]), design_of(runs[0])));
  Table table(head);
  const auto add = [&](const std::string& name, const auto& energy_pj) {
    std::vector<std::string> row = {name};
    for (const RunResult& run : runs) row.push_back(engineering(energy_pj(run) * 1e-12, "J"));
    for (size_t d = 1; d < runs.size(); ++d)
      row.push_back(fmt::format("{:.2f}", ratio_of(energy_pj(runs[d]), energy_pj(runs[0]))));
    table.add(row);
  };
  const size_t operations = runs[0].results.size();
  for (size_t o = 0; o < operations; ++o)
    add(runs[0].results[o].operation, [o](const RunResult& run) { return energy_of(run.results[o]); });
  if (operations > 1) add("in all", [](const RunResult& run) { return in_all(run, energy_of); });
  return table.text();
}

}  // namespace

std::string comparison(std::span<const RunResult> runs) {
  std::vector<std::string> head = {"operation"};
  for (const RunResult& run : runs) head.push_back(run.results.front().accelerator + " cycles");
  for (const RunResult& run : runs) head.push_back(run.results.front().accelerator + " eff.");
  for (size_t d = 1; d < runs.size(); ++d)
    head.push_back(
        fmt::format("{} / {}", runs[d].results.front().accelerator, runs[0].results.front().accelerator));
  // Between two, the ratio says it.
  const bool name_winner = runs.size() > 2;
  if (name_winner) head.insert(head.end(), {"winner", "factor"});
  Table table(head);
  std::vector<std::vector<double>> ratios(runs.size());
  for (size_t o = 0; o < runs[0].results.size(); ++o) {
    const Result& base = runs[0].results[o];
    std::vector<std::string> row = {base.operation};
    for (const RunResult& run : runs) row.push_back(with_thousands(run.results[o].cycles));
    for (const RunResult& run : runs) row.push_back(percent(run.results[o].overall_utilisation));
    for (size_t d = 1; d < runs.size(); ++d) {
      ratios[d].push_back(ratio_of(runs[d].results[o].seconds(), base.seconds()));
      row.push_back(fmt::format("{:.2f}", ratios[d].back()));
    }
    if (name_winner)
      for (std::string& cell : winner_cells(runs, o)) row.push_back(std::move(cell));
    table.add(row);
  }
  std::string text = table.text() + "\n" + energy_comparison(runs) + "\n";
  for (size_t d = 1; d < runs.size(); ++d)
    text += fmt::format(
        "{} is {:.2f} x as fast as {} (geometric mean of {} operations); in all {:.2f} x, at {:.2f} x the energy\n",
        design_of(runs[0]), geometric_mean(ratios[d]), design_of(runs[d]), runs[0].results.size(),
        ratio_of(in_all(runs[d], seconds_of), in_all(runs[0], seconds_of)),
        ratio_of(in_all(runs[0], energy_of), in_all(runs[d], energy_of)));
  return text;
}

}  // namespace nonzero
