#include "nonzero/result/json.h"

namespace nonzero {
namespace {

using Json = nlohmann::ordered_json;

template <class Number>
Json tally_json(const Tally<Number>& tally) {
  Json object = Json::object();
  for (const auto& entry : tally) object[entry.first] = entry.second;
  return object;
}

Json bill_json(const Bill& bill, bool with_range) {
  Json object;
  object["total"] = bill.total;
  if (with_range) {
    object["low"] = bill.low;
    object["high"] = bill.high;
  }
  object["by_component"] = tally_json(bill.by_component);
  return object;
}

Json value_json(const ConfigValue& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

Json traffic_json(const std::map<std::string, LevelTraffic>& traffic) {
  Json levels = Json::object();
  for (const auto& [level, bytes] : traffic)
    levels[level] = {{"read", tally_json(bytes.read)}, {"write", tally_json(bytes.write)}};
  return levels;
}

Json output_json(const OutputCheck& check) {
  Json output;
  output["checked"] = check.checked;
  if (check.checked) {
    output["method"] = check.method;
    output["relative_error"] = check.relative_error;
  }
  if (check.nnz) output["nnz"] = *check.nnz;
  return output;
}

Json stages_json(const std::vector<Stage>& stages) {
  Json all = Json::array();
  for (const Stage& stage : stages) {
    Json gemms = Json::array();
    for (const Stage::Gemm& gemm : stage.gemms)
      gemms.push_back({{"name", gemm.name},
                       {"dataflow", gemm.dataflow},
                       {"cycles", gemm.cycles},
                       {"dram_bytes", gemm.dram_bytes}});
    all.push_back({{"stage", stage.name},
                   {"cycles", stage.cycles},
                   {"phases", tally_json(stage.phases)},
                   {"traffic_bytes", traffic_json(stage.traffic_bytes)},
                   {"gemms", gemms}});
  }
  return all;
}

}  // namespace

Json to_json(const Result& r) {
  Json j;
  j["schema"] = "nonzero.result/1";
  j["version"] = NONZERO_VERSION;
  j["command"] = r.command;
  j["accelerator"] = r.accelerator;
  j["timing"] = r.timing;
  j["operation"] = {{"name", r.operation}, {"kind", r.kind},   {"m", r.m},          {"n", r.n}, {"k", r.k},
                    {"nnz_a", r.nnz_a},    {"nnz_b", r.nnz_b}, {"repeat", r.repeat}};
  if (!r.network.empty()) j["operation"]["network"] = r.network;
  j["operands"] = {{"a", {{"hash", r.a.hash}, {"source", r.a.source}}},
                   {"b", {{"hash", r.b.hash}, {"source", r.b.source}}}};
  j["data_type"] = {{"operand", r.operand_type}, {"accumulate", r.accumulate_type}};
  j["cycles"] = r.cycles;
  j["clock_hz"] = r.clock_hz;
  j["seconds"] = r.seconds();
  j["phases"] = tally_json(r.phases);
  if (!r.stages.empty()) j["stages"] = stages_json(r.stages);
  if (r.slots != 0) {
    j["slots"] = {{"unit", r.slot_unit}, {"count", r.slots}};
    j["pe_cycles"] = tally_json(r.pe_cycles);
  }
  j["multiplications"] = {{"issued", r.multiplications_issued}, {"effectual", r.multiplications_effectual}};
  j["utilisation"] = {{"stationary", r.stationary_utilisation},
                      {"compute", r.compute_utilisation},
                      {"overall", r.overall_utilisation}};
  j["traffic_bytes"] = traffic_json(r.traffic_bytes);
  j["counters"] = tally_json(r.counters);
  j["energy_pj"] = bill_json(r.energy_pj, true);
  j["area_mm2"] = bill_json(r.area_mm2, false);
  j["output"] = output_json(r.output);
  j["config"] = Json::object();
  for (const auto& [key, value] : r.config) j["config"][key] = value_json(value);
  j["seed"] = r.seed;
  j["explanation"] = r.explanation;
  j["notes"] = r.notes;
  if (r.wall_seconds) j["wall_seconds"] = *r.wall_seconds;
  return j;
}

Json summary_json(const RunResult& run) {
  const Result& first = run.results.front();
  Counts phases, stages;
  std::map<std::string, LevelTraffic> traffic;
  double energy = 0;
  uint64_t operations = 0;
  Json mapping = Json::array();
  for (const Result& r : run.results) {
    phases.add(r.phases, r.repeat);
    for (const Stage& stage : r.stages) stages.add(stage.name, stage.cycles * r.repeat);
    operations += r.repeat;
    energy += r.energy_pj.total * static_cast<double>(r.repeat);
    for (const auto& [level, bytes] : r.traffic_bytes) {
      traffic[level].read.add(bytes.read, r.repeat);
      traffic[level].write.add(bytes.write, r.repeat);
    }
    mapping.push_back(
        {{"operation", r.operation}, {"cycles", r.cycles}, {"repeat", r.repeat}, {"choice", r.explanation}});
  }
  Json j;
  j["schema"] = "nonzero.summary/1";
  j["version"] = NONZERO_VERSION;
  j["command"] = first.command;
  j["accelerator"] = first.accelerator;
  j["network"] = first.network;
  j["operations"] = operations;
  j["cycles"] = run.sequential_cycles;
  j["makespan_cycles"] = run.makespan_cycles;
  j["clock_hz"] = first.clock_hz;
  j["seconds"] = first.clock_hz > 0 ? static_cast<double>(run.sequential_cycles) / first.clock_hz : 0.0;
  j["phases"] = tally_json(phases);
  if (!stages.empty()) j["stages"] = tally_json(stages);
  j["traffic_bytes"] = traffic_json(traffic);
  j["energy_pj"] = {{"total", energy}};
  j["mapping"] = mapping;
  return j;
}

}  // namespace nonzero
