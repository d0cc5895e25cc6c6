#include "nonzero/study/flexagon_port.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/study/flexagon_runs.h"
#include "nonzero/study/means.h"
#include "nonzero/workload/flexagon_layers.h"

namespace nonzero {
namespace {

using flexagon::Dataflow;

constexpr uint64_t kSeed = 1;

// One way to run the layers: the port, and the dataflows Flexagon may choose from.
struct Variant {
  std::string name;
  const std::vector<FlexagonLayerRuns>* layers;
  std::span<const Dataflow> dataflows;

  [[nodiscard]] Dataflow best(size_t layer) const {
    return *std::min_element(dataflows.begin(), dataflows.end(), [&](Dataflow a, Dataflow b) {
      return (*layers)[layer].run(a).cycles < (*layers)[layer].run(b).cycles;
    });
  }
  [[nodiscard]] double speedup_over(size_t layer, Dataflow fixed) const {
    const FlexagonLayerRuns& runs = (*layers)[layer];
    return static_cast<double>(runs.run(fixed).cycles) / static_cast<double>(runs.run(best(layer)).cycles);
  }
  [[nodiscard]] double geometric_mean_over(Dataflow fixed) const {
    std::vector<double> all;
    for (size_t i = 0; i < layers->size(); ++i) all.push_back(speedup_over(i, fixed));
    return geometric_mean(all);
  }
};

FindingsTable winners(const std::vector<Variant>& variants) {
  FindingsTable table{"Best dataflow per layer", {"layer"}, {}};
  for (const Variant& variant : variants) table.columns.push_back(variant.name);
  for (size_t i = 0; i < variants[0].layers->size(); ++i) {
    std::vector<std::string> row = {(*variants[0].layers)[i].layer};
    for (const Variant& variant : variants) row.emplace_back(title(variant.best(i)));
    table.rows.push_back(row);
  }
  return table;
}

FindingsTable shares(const std::vector<Variant>& variants) {
  FindingsTable table{"Layers that each dataflow wins", {"dataflow"}, {}};
  for (const Variant& variant : variants) table.columns.push_back(variant.name);
  for (const Dataflow dataflow : flexagon::kDataflows) {
    std::vector<std::string> row = {std::string(title(dataflow))};
    for (const Variant& variant : variants) {
      size_t won = 0;
      for (size_t i = 0; i < variant.layers->size(); ++i) won += variant.best(i) == dataflow ? 1 : 0;
      row.push_back(std::to_string(won));
    }
    table.rows.push_back(row);
  }
  return table;
}

const std::vector<std::pair<const char*, Dataflow>> kRivals = {{"sigma-like", Dataflow::kInnerM},
                                                               {"sparch-like", Dataflow::kOuterM},
                                                               {"gamma-like", Dataflow::kGustavsonM}};

FindingsBars geometric_means(const std::vector<Variant>& variants) {
  FindingsBars bars{"Speed-up of Flexagon, geometric mean over the layers", "x", {}, {}};
  for (const auto& rival : kRivals) bars.labels.push_back(fmt::format("over {}", rival.first));
  for (const Variant& variant : variants) {
    bars.series.push_back({variant.name, {}});
    for (const auto& rival : kRivals)
      bars.series.back().values.push_back(variant.geometric_mean_over(rival.second));
  }
  return bars;
}

FindingsTable as_table(const FindingsBars& bars) {
  FindingsTable table{bars.title, {"variant"}, {}};
  table.columns.insert(table.columns.end(), bars.labels.begin(), bars.labels.end());
  for (const FindingsBars::Series& series : bars.series) {
    std::vector<std::string> row = {series.name};
    for (const double value : series.values) row.push_back(fmt::format("{:.2f}", value));
    table.rows.push_back(row);
  }
  return table;
}

size_t changed(const Variant& from, const Variant& to) {
  size_t layers = 0;
  for (size_t i = 0; i < from.layers->size(); ++i) layers += from.best(i) != to.best(i) ? 1 : 0;
  return layers;
}

// What the port alone gains each dataflow: line-serial cycles over multicast cycles.
FindingsTable gains(const std::vector<FlexagonLayerRuns>& serial,
                    const std::vector<FlexagonLayerRuns>& multicast) {
  FindingsTable table{"Cycles with the line-serial port over cycles with the multicast port",
                      {"dataflow", "geometric mean", "least", "most"},
                      {}};
  for (const Dataflow dataflow : flexagon::kDataflows) {
    std::vector<double> all;
    for (size_t i = 0; i < serial.size(); ++i)
      all.push_back(static_cast<double>(serial[i].run(dataflow).cycles) /
                    static_cast<double>(multicast[i].run(dataflow).cycles));
    const auto [least, most] = std::minmax_element(all.begin(), all.end());
    table.rows.push_back({std::string(title(dataflow)), fmt::format("{:.2f}", geometric_mean(all)),
                          fmt::format("{:.2f}", *least), fmt::format("{:.2f}", *most)});
  }
  return table;
}

}  // namespace

Findings flexagon_port() {
  const std::vector<Operation> operations = flexagon_published_operations(kSeed);
  flexagon::PublishedConfig merging;
  merging.cache.merge_equal_lines = true;
  const std::vector<FlexagonLayerRuns> serial = run_flexagon_layers(operations, kAllDataflows);
  const std::vector<FlexagonLayerRuns> multicast = run_flexagon_layers(operations, kAllDataflows, merging);
  const std::vector<Variant> variants = {{"line-serial, M-stationary", &serial, kMStationary},
                                         {"line-serial, all six", &serial, kAllDataflows},
                                         {"multicast, M-stationary", &multicast, kMStationary},
                                         {"multicast, all six", &multicast, kAllDataflows}};
  Findings findings;
  findings.id = kFlexagonPort;
  findings.title = "How much of Flexagon's ranking is dataflow, and how much the cache's port";
  findings.text = {
      fmt::format(
          "{} layers with the authors' patterns, timing mode paper. Line-serial is the authors' port: a bank "
          "takes one request per cycle and does not merge requests for one line. Multicast serves them at "
          "once. The rivals keep their one M-stationary dataflow, on the same port.",
          operations.size()),
      fmt::format(
          "The multicast port changes the winner of {} layers among the M-stationary dataflows, and of {} among "
          "all six. Allowing the N-stationary dataflows changes the winner of {} layers with the line-serial "
          "port, and of {} with multicast.",
          changed(variants[0], variants[2]), changed(variants[1], variants[3]),
          changed(variants[0], variants[1]), changed(variants[2], variants[3]))};
  findings.bars = {geometric_means(variants)};
  findings.tables = {as_table(findings.bars[0]), gains(serial, multicast), shares(variants),
                     winners(variants)};
  return findings;
}

}  // namespace nonzero
