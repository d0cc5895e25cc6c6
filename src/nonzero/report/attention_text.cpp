#include "nonzero/report/attention_text.h"

#include <fmt/format.h>

namespace nonzero {
namespace {

using Json = nlohmann::ordered_json;

Json pattern_json(const AttentionPattern& p) {
  Json within = Json::object();
  for (size_t i = 0; i < kWindowShares.size(); ++i)
    within[fmt::format("n/{}", kWindowShares[i])] = p.within[i];
  return {{"name", p.name},
          {"tokens", p.tokens},
          {"heads", p.heads},
          {"nnz", p.nnz},
          {"density", p.density},
          {"within", within},
          {"empty_rows", p.empty_rows},
          {"window", p.window},
          {"diagonals", p.diagonals},
          {"overflow", p.overflow},
          {"moved", p.moved},
          {"slots", p.slots},
          {"bubbles", p.slots - p.nnz},
          {"bits", p.bits},
          {"csr_bits", p.csr_bits}};
}

}  // namespace

Json attention_json(const AttentionStudy& study, const std::string& command) {
  Json json;
  json["schema"] = "nonzero.attention/1";
  json["version"] = NONZERO_VERSION;
  json["command"] = command;
  json["layers"] = Json::array();
  for (const AttentionPattern& pattern : study.patterns) json["layers"].push_back(pattern_json(pattern));
  if (study.totals.empty()) return json;
  json["baseline"] = study.baseline;
  json["designs"] = Json::array();
  for (const DesignTotal& total : study.totals)
    json["designs"].push_back({{"design", total.design},
                               {"seconds", total.seconds},
                               {"energy_pj", total.energy_pj},
                               {"batch_seconds", total.batch_seconds}});
  json["sensitivity"] = Json::array();
  for (const Sensitivity& s : study.sensitivities)
    json["sensitivity"].push_back(
        {{"parameter", s.parameter}, {"x", s.x}, {"speedup", s.speedup}, {"energy_ratio", s.energy_ratio}});
  return json;
}

}  // namespace nonzero
