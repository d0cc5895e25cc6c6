#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nonzero/study/map_study.h"

namespace nonzero {

// A table with a row per layer - dataflow, cycles, its conversions, the format it leaves - and the
// totals beside best-per-layer and the best fixed dataflow.
std::string map_text(const MapStudy& study);

// "nonzero.summary/1" of a mapped network: the summary of its layers with the conversions in `cycles` and
// in the phase `control`, the dataflow, format and conversion of each layer, and `network_map`.
nlohmann::ordered_json map_json(const MapStudy& study, ActivationOperand activations);

}  // namespace nonzero
