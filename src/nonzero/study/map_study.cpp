#include "nonzero/study/map_study.h"

#include <algorithm>
#include <utility>

#include "nonzero/arch/flexagon/dispatch.h"
#include "nonzero/arch/flexagon/predictor.h"

namespace nonzero {
namespace {

using flexagon::Dataflow;
using flexagon::kDataflows;

uint64_t conversion_of(const Operation& layer, const MapOptions& options) {
  const Operand& activations =
      options.activations == ActivationOperand::kA ? layer.gemm().a : layer.gemm().b;
  const uint64_t elements = activations.expected_nnz();
  const uint64_t cycles =
      options.conversion == ConversionRule::kAuthors
          ? kAuthorsCyclesPerConvertedElement * elements
          : flexagon::conversion_cycles(activations.rows(), activations.columns(), elements, options.config);
  return cycles * layer.repeat;
}

std::vector<MappedLayer> without_cycles(std::span<const Operation> layers, const MapOptions& options) {
  std::vector<MappedLayer> mapped;
  for (const Operation& layer : layers) mapped.push_back({{}, conversion_of(layer, options)});
  return mapped;
}

flexagon::FiberOffsets offsets_of(const Operand& operand) {
  if (!operand.at_hand())
    return flexagon::expected_offsets(operand.rows(), operand.columns(), operand.density());
  const auto matrix = operand.matrix();
  if (const Csr* csr = std::get_if<Csr>(matrix.get())) return flexagon::fiber_offsets(*csr);
  return flexagon::fiber_offsets(to_csr(std::get<Bitmap>(*matrix)));
}

void predict_layers(std::span<const Operation> layers, const MapOptions& options,
                    std::vector<MappedLayer>& mapped) {
  for (size_t i = 0; i < layers.size(); ++i) {
    const flexagon::Prediction prediction =
        predict(offsets_of(layers[i].gemm().a), offsets_of(layers[i].gemm().b), options.config);
    for (const Dataflow dataflow : options.config.candidates())
      mapped[i].cycles[static_cast<size_t>(dataflow)] =
          static_cast<uint64_t>(prediction.of(dataflow)) * layers[i].repeat;
  }
}

// Every permitted dataflow on every layer: runs[d] in the order of candidates().
std::vector<RunResult> simulate_layers(std::span<const Operation> layers, const MapOptions& options,
                                       std::vector<MappedLayer>& mapped) {
  const std::vector<Dataflow> candidates = options.config.candidates();
  std::vector<std::unique_ptr<Accelerator>> machines;
  for (const Dataflow dataflow : candidates) machines.push_back(options.make(dataflow));
  std::vector<RunResult> runs = compare_study(machines, layers, options.study);
  for (size_t d = 0; d < candidates.size(); ++d)
    for (size_t i = 0; i < layers.size(); ++i)
      mapped[i].cycles[static_cast<size_t>(candidates[d])] = runs[d].results[i].cycles * layers[i].repeat;
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
  if (study.predicted) predict_layers(layers, options, mapped);
  else runs = simulate_layers(layers, options, mapped);
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
  return study;
}

}  // namespace nonzero
