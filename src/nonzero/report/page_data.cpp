#include "nonzero/report/page_data.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "nonzero/hw/memory/dram.h"
#include "nonzero/report/page.h"
#include "nonzero/report/published_blocks.h"
#include "nonzero/result/json.h"

namespace nonzero {

void require_page() {
  if (!page_available()) render_page({});
}

namespace {

// The memory roof of a roofline, where the machine names a DRAM of finite bandwidth.
std::optional<double> dram_bytes_per_second(const Result& result) {
  for (const auto& [key, value] : result.config) {
    if (key == "dram_bytes_per_cycle") return static_cast<double>(std::get<int64_t>(value)) * result.clock_hz;
    if (key == "dram_gb_per_second" && std::get<double>(value) > 0) return std::get<double>(value) * 1e9;
    if (key != "dram") continue;
    const hw::DramConfig dram = hw::dram_preset(std::get<std::string>(value), result.clock_hz, 2);
    const double bytes_per_second = dram.bytes_per_cycle * dram.channels * result.clock_hz;
    if (std::isfinite(bytes_per_second)) return bytes_per_second;
  }
  return std::nullopt;
}

nlohmann::ordered_json empty_page(const std::string& title, const std::string& command) {
  using Json = nlohmann::ordered_json;
  return {{"schema", "nonzero.page/1"}, {"title", title},
          {"command", command},         {"results", Json::array()},
          {"summaries", Json::array()}, {"studies", Json::array()},
          {"views", Json::object()}};
}

// Of pictures of one operation the first is shown; groups of weights, diagonals and tile maps one after the other.
void add_view(nlohmann::ordered_json& views, const std::string& name, const nlohmann::ordered_json& view) {
  if (!views.contains(name))
    views[name] = view;
  else if (name == "bit_groups" || name == "diagonals" || name == "tile_map")
    views[name].insert(views[name].end(), view.begin(), view.end());
}

}  // namespace

std::string result_page(std::span<const RunResult> runs, const PageExtras& extras) {
  std::string title;
  for (const RunResult& run : runs) title += (title.empty() ? "" : " and ") + run.results.front().accelerator;
  const Result& first = runs.front().results.front();
  nlohmann::ordered_json data = empty_page(
      fmt::format("{} on {}", title, runs.front().results.size() == 1 ? first.operation : first.network),
      first.command);
  for (const RunResult& run : runs) {
    for (const Result& result : run.results) {
      data["results"].push_back(to_json(result));
      for (const auto& [name, view] : result.views) add_view(data["views"], name, view);
    }
    const Result& any = run.results.front();
    if (const auto bandwidth = dram_bytes_per_second(any))
      data["views"]["roofline"]["dram_bytes_per_second"][any.accelerator] = *bandwidth;
    if (run.results.size() > 1 && extras.summaries.empty()) data["summaries"].push_back(summary_json(run));
  }
  for (const auto& summary : extras.summaries) data["summaries"].push_back(summary);
  for (const auto& study : extras.studies) data["studies"].push_back(study);
  if (const auto blocks = published_blocks(runs)) data["studies"].push_back(*blocks);
  return render_page(data);
}

std::string study_page(const std::string& title, const std::string& command,
                       std::span<const nlohmann::ordered_json> studies, const nlohmann::ordered_json& views) {
  nlohmann::ordered_json data = empty_page(title, command);
  data["views"] = views;
  for (const auto& study : studies) data["studies"].push_back(study);
  return render_page(data);
}

}  // namespace nonzero
