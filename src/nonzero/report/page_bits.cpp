#include "nonzero/report/page_bits.h"

#include <fmt/format.h>

#include "nonzero/report/findings_text.h"
#include "nonzero/report/page_data.h"

namespace nonzero {
namespace {

// Compressed bits against 8 a weight.
double ratio(const FlippedLayer& layer, uint64_t bits) {
  return bits > 0 ? 8 * static_cast<double>(layer.weights) / static_cast<double>(bits) : 0;
}

// All layers as one; zero columns are weighted by the groups.
FlippedLayer whole(const std::vector<FlippedLayer>& layers) {
  FlippedLayer sum;
  sum.name = "all";
  double groups = 0;
  for (const FlippedLayer& layer : layers) {
    const double own = static_cast<double>(layer.weights) / static_cast<double>(layer.group);
    sum.weights += layer.weights;
    sum.bits_before += layer.bits_before;
    sum.bits_after += layer.bits_after;
    sum.zero_before += own * layer.zero_before;
    sum.zero_after += own * layer.zero_after;
    groups += own;
  }
  if (groups > 0) {
    sum.zero_before /= groups;
    sum.zero_after /= groups;
  }
  return sum;
}

FindingsTable layer_table(const FlipPage& report) {
  FindingsTable table{
      "Layers", {"layer", "weights", "group", "z", "zero columns", "after", "ratio", "after", "error"}, {}};
  const auto row = [&](const FlippedLayer& layer, bool one) {
    table.rows.push_back(
        {layer.name, fmt::format("{}", layer.weights), one ? fmt::format("{}", layer.group) : "",
         one ? fmt::format("{}", layer.target) : "", fmt::format("{:.2f}", layer.zero_before),
         fmt::format("{:.2f}", layer.zero_after), fmt::format("{:.2f}", ratio(layer, layer.bits_before)),
         fmt::format("{:.2f}", ratio(layer, layer.bits_after)),
         one ? fmt::format("{:.2f} %", 100 * layer.relative_error) : ""});
  };
  for (const FlippedLayer& layer : report.layers) row(layer, true);
  if (report.layers.size() > 1) row(whole(report.layers), false);
  return table;
}

FindingsTable step_table(const FlipPage& report) {
  FindingsTable table{"Search", {"step", "layer", "z", report.gain, report.loss, "total", ""}, {}};
  for (const FlipStep& step : report.steps)
    table.rows.push_back({fmt::format("{}", table.rows.size() + 1), step.layer,
                          fmt::format("{}", step.target), fmt::format("{:.0f}", step.gain),
                          fmt::format("{:.4g}", step.loss), fmt::format("{:.4g}", step.total_loss),
                          step.accepted ? "taken" : "refused"});
  return table;
}

FindingsBars layer_bars(const std::vector<FlippedLayer>& layers, const std::string& title,
                        const std::string& unit, double (*before)(const FlippedLayer&),
                        double (*after)(const FlippedLayer&)) {
  FindingsBars bars{title, unit, {}, {{"before", {}}, {"after", {}}}};
  for (const FlippedLayer& layer : layers) {
    bars.labels.push_back(layer.name);
    bars.series[0].values.push_back(before(layer));
    bars.series[1].values.push_back(after(layer));
  }
  return bars;
}

// What the accepted steps gained against what they cost, in the order of the search.
FindingsLines trace(const FlipPage& report) {
  FindingsLines lines{"The search's way", report.gain, report.loss, {{"accepted steps", {0}, {0}}}};
  FindingsLines::Series& way = lines.series[0];
  for (const FlipStep& step : report.steps) {
    if (!step.accepted) continue;
    way.x.push_back(step.total_loss);
    way.y.push_back(way.y.back() + step.gain);
  }
  return lines;
}

}  // namespace

Findings flip_findings(const FlipPage& report) {
  Findings f;
  f.id = "flip";
  f.title = report.title;
  f.text = report.text;
  if (!report.layers.empty()) {
    f.tables.push_back(layer_table(report));
    f.bars.push_back(layer_bars(
        report.layers, "Zero columns per group, of 8", "",
        [](const FlippedLayer& layer) { return layer.zero_before; },
        [](const FlippedLayer& layer) { return layer.zero_after; }));
    f.bars.push_back(layer_bars(
        report.layers, "Compression ratio over 8 bit a weight", "x",
        [](const FlippedLayer& layer) { return ratio(layer, layer.bits_before); },
        [](const FlippedLayer& layer) { return ratio(layer, layer.bits_after); }));
  }
  if (!report.curves.empty()) {
    FindingsLines lines{fmt::format("One layer flipped: {}", report.measure),
                        report.measure_unit,
                        "zero columns per group",
                        {}};
    for (const FlipPageCurve& curve : report.curves)
      lines.series.push_back({curve.layer, curve.zero_columns, curve.measure});
    f.lines.push_back(std::move(lines));
  }
  if (!report.steps.empty()) {
    f.tables.push_back(step_table(report));
    f.lines.push_back(trace(report));
  }
  return f;
}

std::string flip_page(const FlipPage& report) {
  nlohmann::ordered_json groups = nlohmann::ordered_json::array();
  for (const FlippedGroup& group : report.groups)
    groups.push_back({{"title", group.title}, {"before", group.before}, {"after", group.after}});
  const nlohmann::ordered_json study = findings_json(flip_findings(report), report.command);
  return study_page(report.title, report.command, {&study, 1}, {{"bit_groups", groups}});
}

}  // namespace nonzero
