#include "nonzero/report/findings_text.h"

#include <fmt/format.h>

#include "nonzero/report/table.h"

namespace nonzero {
namespace {

nlohmann::ordered_json lines_json(const std::vector<FindingsLines>& all) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const FindingsLines& lines : all) {
    nlohmann::ordered_json series = nlohmann::ordered_json::array();
    for (const FindingsLines::Series& one : lines.series)
      series.push_back({{"name", one.name}, {"x", one.x}, {"y", one.y}});
    json.push_back({{"title", lines.title}, {"unit", lines.unit}, {"x", lines.x}, {"series", series}});
  }
  return json;
}

}  // namespace

std::string findings_text(const Findings& findings) {
  std::string text = findings.title + "\n";
  for (const std::string& paragraph : findings.text) text += "\n" + paragraph + "\n";
  for (const FindingsTable& one : findings.tables) {
    Table table(one.columns);
    for (const auto& row : one.rows) table.add(row);
    text += fmt::format("\n{}\n{}", one.title, table.text());
  }
  return text;
}

nlohmann::ordered_json findings_json(const Findings& findings, const std::string& command) {
  nlohmann::ordered_json j;
  j["schema"] = "nonzero.study/1";
  j["version"] = NONZERO_VERSION;
  j["command"] = command;
  j["id"] = findings.id;
  j["title"] = findings.title;
  j["text"] = findings.text;
  j["tables"] = nlohmann::ordered_json::array();
  for (const FindingsTable& table : findings.tables)
    j["tables"].push_back({{"title", table.title}, {"columns", table.columns}, {"rows", table.rows}});
  j["bars"] = nlohmann::ordered_json::array();
  for (const FindingsBars& bars : findings.bars) {
    nlohmann::ordered_json series = nlohmann::ordered_json::array();
    for (const FindingsBars::Series& one : bars.series)
      series.push_back({{"name", one.name}, {"values", one.values}});
    j["bars"].push_back(
        {{"title", bars.title}, {"unit", bars.unit}, {"labels", bars.labels}, {"series", series}});
  }
  if (!findings.lines.empty()) j["lines"] = lines_json(findings.lines);
  return j;
}

}  // namespace nonzero
