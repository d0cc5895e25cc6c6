#include "nonzero/report/claims_text.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "nonzero/report/table.h"

namespace nonzero {
namespace {

std::string reason(const Verdict& v) {
  std::string text = v.claim.compare == "about" ? "about; " : "";
  text += v.ours.detail;
  if (!v.claim.note.empty() && v.verdict != "reproduced") text += (text.empty() ? "" : "; ") + v.claim.note;
  return text;
}

// The table behind a figure, under the claim's title.
std::string table_of(const Verdict& v) {
  if (v.ours.table.empty()) return "";
  Table table(v.ours.table.front());
  for (size_t i = 1; i < v.ours.table.size(); ++i) table.add(v.ours.table[i]);
  return fmt::format("\n{} ({})\n{}\n", v.claim.title, v.claim.id, table.text());
}

}  // namespace

std::string claims_text(std::span<const Verdict> verdicts) {
  Table table({"claim", "paper", "ours", "ratio", "verdict", "note"});
  std::map<std::string, int> counts;
  for (const Verdict& v : verdicts) {
    const std::string bound = v.claim.compare == "at_most"    ? "<= "
                              : v.claim.compare == "at_least" ? ">= "
                                                              : "";
    table.add({v.claim.id, fmt::format("{}{:.10g}", bound, v.claim.value),
               v.ours.value ? fmt::format("{:.10g}", v.claim.tolerance == 0
                                                         ? *v.ours.value
                                                         : std::stod(fmt::format("{:.4g}", *v.ours.value)))
                            : "-",
               v.ours.value ? fmt::format("{:.3f}", v.ratio) : "-", v.verdict, reason(v)});
    ++counts[v.verdict];
  }
  std::string text = table.text();
  for (const Verdict& v : verdicts) text += table_of(v);
  for (const auto& [verdict, count] : counts) text += fmt::format("{} {}  ", count, verdict);
  return text + "\n";
}

std::string claims_json(std::span<const Verdict> verdicts, const std::string& command) {
  std::string text;
  for (const Verdict& v : verdicts) {
    nlohmann::ordered_json j;
    j["schema"] = "nonzero.claim/1";
    j["command"] = command;
    j["id"] = v.claim.id;
    j["paper"] = v.claim.paper;
    j["figure"] = v.claim.figure;
    j["conditions"] = v.claim.conditions;
    j["unit"] = v.claim.unit;
    j["published"] = v.claim.value;
    j["ours"] = v.ours.value ? nlohmann::ordered_json(*v.ours.value) : nlohmann::ordered_json(nullptr);
    j["verdict"] = v.verdict;
    j["note"] = reason(v);
    if (!v.ours.table.empty()) j["table"] = v.ours.table;
    text += j.dump() + "\n";
  }
  return text;
}

}  // namespace nonzero
