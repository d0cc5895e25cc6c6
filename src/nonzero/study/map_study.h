#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/study/network_map.h"
#include "nonzero/study/run.h"

namespace nonzero {

enum class Mapper : uint8_t { kExact, kPredict };
enum class ConversionRule : uint8_t { kMemoryPass, kAuthors };

struct MapOptions {
  Mapper mapper = Mapper::kExact;
  ActivationOperand activations = ActivationOperand::kA;
  // kMemoryPass: read and written once (flexagon::conversion_of); kAuthors: their mapper's rule,
  // kAuthorsCyclesPerConvertedElement for each non-zero of the activations.
  ConversionRule conversion = ConversionRule::kMemoryPass;
  flexagon::Config config;  // of the machine that `make` makes
  // The machine held to one dataflow.
  std::function<std::unique_ptr<Accelerator>(flexagon::Dataflow)> make;
  StudyOptions study;
};

// What the conversions between the layers move and take beside their cycles.
struct ConversionTraffic {
  LevelTraffic dram;
  double energy_pj = 0;
};

struct MapStudy {
  NetworkMapping chosen;  // with the chosen dataflows' simulated cycles
  // What the mapper compared it with; predicted cycles where the mapper predicts.
  NetworkMapping per_layer;
  std::optional<NetworkMapping> fixed;
  RunResult run;  // results of the chosen dataflows; its totals are of the layers, conversions left out
  ConversionTraffic conversions;
  bool predicted = false;
  uint64_t mapper_total = 0;  // of the chosen sequence in the cycles that the mapper compared
};

// The cheapest sequence of dataflows over a chain of layers. `exact` simulates every permitted dataflow of
// each layer, `predict` only the one that it chose by the lengths of the operands' rows and columns.
MapStudy map_study(std::span<const Operation> layers, const MapOptions& options);

}  // namespace nonzero
