#include "nonzero/report/published_blocks.h"

#include <fmt/format.h>

#include <algorithm>

namespace nonzero {
namespace {

using Json = nlohmann::ordered_json;

const Json* blocks_of(const RunResult& run) {
  for (const auto& [name, view] : run.results.front().views)
    if (name == "published_blocks") return &view;
  return nullptr;
}

const Json* find_block(const Json& design, const std::string& block) {
  for (const Json& one : design["blocks"])
    if (one["block"] == block) return &one;
  return nullptr;
}

}  // namespace

std::optional<Json> published_blocks(std::span<const RunResult> runs) {
  std::vector<std::pair<std::string, const Json*>> designs;
  std::vector<std::string> blocks;
  for (const RunResult& run : runs) {
    const Json* design = blocks_of(run);
    if (design == nullptr) continue;
    designs.emplace_back(run.results.front().accelerator, design);
    for (const Json& one : (*design)["blocks"])
      if (std::find(blocks.begin(), blocks.end(), one["block"]) == blocks.end())
        blocks.push_back(one["block"]);
  }
  if (designs.empty()) return std::nullopt;

  Json table = {
      {"title", "Area in mm\u00b2 and power in mW"}, {"columns", {"block"}}, {"rows", Json::array()}};
  Json bars = {{"title", "Area"}, {"unit", "mm\u00b2"}, {"labels", Json::array()}, {"series", Json::array()}};
  for (const auto& [name, design] : designs) {
    table["columns"].push_back(name);
    bars["labels"].push_back(name);
  }
  for (const std::string& block : blocks) {
    Json row = {block}, values = Json::array();
    for (const auto& entry : designs) {
      const Json* one = find_block(*entry.second, block);
      row.push_back(one == nullptr ? "-"
                                   : fmt::format("{:.2f} / {:.2f}", (*one)["area_mm2"].get<double>(),
                                                 (*one)["power_mw"].get<double>()));
      values.push_back(one == nullptr ? 0.0 : (*one)["area_mm2"].get<double>());
    }
    table["rows"].push_back(row);
    bars["series"].push_back({{"name", block}, {"values", values}});
  }
  return Json{{"id", "published-blocks"},
              {"title", "Blocks after layout, as published"},
              {"text", {(*designs.front().second)["source"]}},
              {"tables", {table}},
              {"bars", {bars}}};
}

}  // namespace nonzero
