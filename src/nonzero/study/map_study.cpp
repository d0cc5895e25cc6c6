#include "nonzero/study/map_study.h"

#include <algorithm>
#include <utility>

#include "nonzero/arch/flexagon/billing.h"
#include "nonzero/arch/flexagon/conversion.h"
#include "nonzero/arch/flexagon/predictor.h"

namespace nonzero {
namespace {

using flexagon::Dataflow;
using flexagon::kDataflows;

flexagon::Conversion conversion_into(flexagon::Order order, const Operation& layer,
                                     const MapOptions& options) {
  const Operand& activations = options.activations == ActivationOperand::kA ? layer.gemm().a : layer.gemm().b;
  const uint64_t elements = activations.expected_nnz();
  flexagon::Conversion conversion =
      flexagon::conversion_of(activations.rows(), activations.columns(), elements, order, options.config);
  if (options.conversion == ConversionRule::kAuthors)
    conversion.cycles = kAuthorsCyclesPerConvertedElement * elements;
  return conversion;
}

std::vector<MappedLayer> without_cycles(std::span<const Operation> layers, const MapOptions& options) {
  std::vector<MappedLayer> mapped;
  mapped.reserve(layers.size());
  for (const Operation& layer : layers)
    // As many cycles one way as the other.
    mapped.push_back({{}, conversion_into(flexagon::Order::kRows, layer, options).cycles, layer.repeat});
  return mapped;
}

ConversionTraffic conversion_traffic(std::span<const Operation> layers, const MapOptions& options,
                                     const NetworkMapping& mapping) {
  const char* tensor = options.activations == ActivationOperand::kA ? "a" : "b";
  ConversionTraffic all;
  for (size_t i = 0; i < layers.size(); ++i) {
    const MappingStep& step = mapping.steps[i];
    if (step.conversions == 0) continue;
    const flexagon::Order order = activation_order(step.dataflow, options.activations);
    const flexagon::Conversion one = conversion_into(order, layers[i], options);
    LevelTraffic once;
    add_traffic(once, one, tensor);
    all.dram.read.add(once.read, step.conversions);
    all.dram.write.add(once.write, step.conversions);
    all.energy_pj += static_cast<double>(step.conversions) * conversion_energy_pj(one, options.config);
  }
  return all;
}

flexagon::FiberOffsets offsets_of(const Operand& operand) {
  const auto matrix = operand.matrix();
  return std::visit([](const auto& any) { return flexagon::fiber_offsets(any); }, *matrix);
}

void predict_layers(std::span<const Operation> layers, const MapOptions& options,
                    std::vector<MappedLayer>& mapped) {
  for (size_t i = 0; i < layers.size(); ++i) {
    const flexagon::Prediction prediction =
        predict(offsets_of(layers[i].gemm().a), offsets_of(layers[i].gemm().b), options.config);
    for (const Dataflow dataflow : options.config.candidates())
      mapped[i].cycles[static_cast<size_t>(dataflow)] = static_cast<uint64_t>(prediction.of(dataflow));
  }
}

// Every permitted dataflow on every layer: runs[d] in the order of candidates().
std::vector<RunResult> simulate_layers(std::span<const Operation> layers, const MapOptions& options,
                                       std::vector<MappedLayer>& mapped) {
  const std::vector<Dataflow> candidates = options.config.candidates();
  std::vector<std::unique_ptr<Accelerator>> machines;
  machines.reserve(candidates.size());
  for (const Dataflow dataflow : candidates) machines.push_back(options.make(dataflow));
  std::vector<RunResult> runs = compare_study(machines, layers, options.study);
  for (size_t d = 0; d < candidates.size(); ++d)
    for (size_t i = 0; i < layers.size(); ++i)
      mapped[i].cycles[static_cast<size_t>(candidates[d])] = runs[d].results[i].cycles;
  return runs;
}

void append(RunResult& all, Result result) {
  all.sequential_cycles += result.cycles * result.repeat;
  all.makespan_cycles = all.sequential_cycles;
  all.results.push_back(std::move(result));
}

}  // namespace

MapStudy map_study(std::span<const Operation> layers, const MapOptions& options) {
  std::vector<MappedLayer> mapped = without_cycles(layers, options);
  std::vector<RunResult> runs;
  MapStudy study;
  study.predicted = options.mapper == Mapper::kPredict;
  if (study.predicted)
    predict_layers(layers, options, mapped);
  else
    runs = simulate_layers(layers, options, mapped);
  study.chosen = map_network(mapped, options.activations);
  study.mapper_total = study.chosen.total;
  study.per_layer = best_per_layer(mapped, options.activations);
  study.fixed = best_fixed(mapped, options.activations);

  const std::vector<Dataflow> candidates = options.config.candidates();
  study.chosen.total = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    MappingStep& step = study.chosen.steps[i];
    if (study.predicted) {
      RunResult one = run_study(*options.make(step.dataflow), layers.subspan(i, 1), options.study);
      append(study.run, std::move(one.results[0]));
    } else {
      const auto d = std::find(candidates.begin(), candidates.end(), step.dataflow) - candidates.begin();
      append(study.run, std::move(runs[static_cast<size_t>(d)].results[i]));
    }
    step.cycles = study.run.results.back().cycles * layers[i].repeat;
    study.chosen.total += step.cycles + step.conversion;
  }
  study.conversions = conversion_traffic(layers, options, study.chosen);
  return study;
}

}  // namespace nonzero
