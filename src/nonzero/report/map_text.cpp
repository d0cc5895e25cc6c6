#include "nonzero/report/map_text.h"

#include <fmt/format.h>

#include "nonzero/report/table.h"
#include "nonzero/result/json.h"

namespace nonzero {
namespace {

using Json = nlohmann::ordered_json;

const char* format_left(flexagon::Dataflow dataflow) {
  return order_of_c(dataflow) == flexagon::Order::kRows ? "CSR" : "CSC";
}

struct Conversions {
  uint64_t count = 0, cycles = 0;
};

Conversions conversions(const NetworkMapping& mapping) {
  Conversions all;
  for (const MappingStep& step : mapping.steps) {
    all.count += step.conversions;
    all.cycles += step.conversion;
  }
  return all;
}

std::string total_line(const std::string& what, const NetworkMapping& mapping, uint64_t base) {
  const Conversions converted = conversions(mapping);
  const double factor = base > 0 ? static_cast<double>(mapping.total) / static_cast<double>(base) : 1;
  return fmt::format("{:<30} {:>16} cycles, {} of them in {} conversion{}, {:.3f} x\n", what,
                     with_thousands(mapping.total), with_thousands(converted.cycles), converted.count,
                     converted.count == 1 ? "" : "s", factor);
}

// Beside what the layers move.
void add_traffic(Json& summary, const ConversionTraffic& conversions) {
  const auto add = [&](const char* way, const Counts& bytes) {
    Json& all = summary["traffic_bytes"]["dram"][way];
    for (const auto& [tensor, count] : bytes) all[tensor] = all.value(tensor, uint64_t{0}) + count;
  };
  add("read", conversions.dram.read);
  add("write", conversions.dram.write);
  Json& energy = summary["energy_pj"]["total"];
  energy = energy.get<double>() + conversions.energy_pj;
}

}  // namespace

std::string map_text(const MapStudy& study) {
  Table table({"layer", "M", "N", "K", "repeat", "dataflow", "cycles", "conversion cycles", "leaves C in"});
  for (size_t i = 0; i < study.chosen.steps.size(); ++i) {
    const MappingStep& step = study.chosen.steps[i];
    const Result& r = study.run.results[i];
    table.add({r.operation, fmt::format("{}", r.m), fmt::format("{}", r.n), fmt::format("{}", r.k),
               fmt::format("{}", r.repeat), std::string(title(step.dataflow)), with_thousands(step.cycles),
               step.conversion > 0 ? with_thousands(step.conversion) : "-", format_left(step.dataflow)});
  }
  // Predictions are compared with the prediction, never with the simulated total.
  const uint64_t base = study.mapper_total;
  const char* how = study.predicted ? " (predicted)" : "";
  std::string text = table.text() + "\nlayers as a chain: each reads what the one above it left\n" +
                     total_line("this mapping", study.chosen, study.chosen.total);
  if (study.predicted)
    text += fmt::format("{:<30} {:>16} cycles\n", "this mapping (predicted)", with_thousands(base));
  text += total_line(fmt::format("best per layer{}", how), study.per_layer, base);
  if (study.fixed)
    text += total_line(fmt::format("{} throughout{}", title(study.fixed->steps.front().dataflow), how),
                       *study.fixed, base);
  return text + fmt::format("again: {}\n", study.run.results.front().command);
}

Json map_json(const MapStudy& study, ActivationOperand activations) {
  Json j = summary_json(study.run);
  const Conversions converted = conversions(study.chosen);
  j["cycles"] = study.chosen.total;
  j["makespan_cycles"] = study.chosen.total;
  j["seconds"] = static_cast<double>(study.chosen.total) / j["clock_hz"].get<double>();
  if (converted.cycles > 0)
    j["phases"]["control"] = j["phases"].value("control", uint64_t{0}) + converted.cycles;
  if (converted.count > 0) add_traffic(j, study.conversions);
  for (size_t i = 0; i < study.chosen.steps.size(); ++i) {
    const MappingStep& step = study.chosen.steps[i];
    j["mapping"][i]["dataflow"] = name(step.dataflow);
    j["mapping"][i]["format"] = format_left(step.dataflow);
    j["mapping"][i]["conversion_cycles"] = step.conversion;
  }
  Json& map = j["network_map"];
  map["mapper"] = study.predicted ? "predict" : "exact";
  map["activation_operand"] = activations == ActivationOperand::kA ? "A" : "B";
  map["conversions"] = converted.count;
  map["conversion_cycles"] = converted.cycles;
  map["mapper_cycles"] = study.mapper_total;
  map["best_per_layer_cycles"] = study.per_layer.total;
  if (study.fixed)
    map["best_fixed"] = {{"dataflow", name(study.fixed->steps.front().dataflow)},
                         {"cycles", study.fixed->total}};
  return j;
}

}  // namespace nonzero
