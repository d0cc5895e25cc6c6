#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nonzero/arch/flexagon/dataflow.h"

namespace nonzero {

// Which operand of each layer is the previous layer's output (Flexagon, Table 4: A; the layer tables,
// whose A are the weights: B). Weights lie in memory in both formats.
enum class ActivationOperand : uint8_t { kA, kB };

// The order in which a dataflow reads the activations, and whether a layer that left its output in
// `left` may be followed by it without a conversion.
flexagon::Order activation_order(flexagon::Dataflow dataflow, ActivationOperand operand);
bool free_transition(flexagon::Order left, flexagon::Dataflow next, ActivationOperand operand);

// The rule of the authors' mapper: 10 cycles per non-zero of the next layer's A.
inline constexpr uint64_t kAuthorsCyclesPerConvertedElement = 10;

// Cycles of one layer under each dataflow in the order of flexagon::kDataflows; nothing where the machine
// is not permitted a dataflow.
using LayerCosts = std::array<std::optional<uint64_t>, flexagon::kDataflows.size()>;

// A layer of a chain that runs `repeat` times in a row, each on what the one before left: costs of one
// run, and what converting the activations it reads would cost once.
struct MappedLayer {
  LayerCosts cycles;
  uint64_t conversion = 0;
  uint64_t repeat = 1;
};

struct MappingStep {
  flexagon::Dataflow dataflow = flexagon::Dataflow::kInnerM;
  uint64_t cycles = 0;       // of all repeats
  uint64_t conversion = 0;   // cycles before the layer and between its repeats
  uint64_t conversions = 0;  // how many that are; 0 where each input lies as wanted
};

struct NetworkMapping {
  std::vector<MappingStep> steps;
  uint64_t total = 0;  // layers and conversions
};

// The cheapest sequence of dataflows: a shortest path through layers x dataflows, O(36 layers). The
// first layer's input lies in either format. All repeats of a layer take one dataflow. Ties go to the earlier dataflow of Table 3, decided at the
// last layer first. Throws InputError where a layer has no permitted dataflow.
NetworkMapping map_network(std::span<const MappedLayer> layers, ActivationOperand operand);

// What a given sequence costs, conversions included.
NetworkMapping cost_of(std::span<const MappedLayer> layers, std::span<const flexagon::Dataflow> sequence,
                       ActivationOperand operand);

// Each layer's cheapest dataflow, and the conversions that forces.
NetworkMapping best_per_layer(std::span<const MappedLayer> layers, ActivationOperand operand);

// The cheapest single dataflow for all layers, conversions included (X(M) to X(M) may need one: OP with
// its activations in A); nothing where none is permitted throughout.
std::optional<NetworkMapping> best_fixed(std::span<const MappedLayer> layers, ActivationOperand operand);

// Branches: the producer of a tensor pays one conversion for each format that a consumer reads and the
// producer did not leave, however many consumers read it.
uint64_t branch_conversions(flexagon::Dataflow producer, std::span<const flexagon::Dataflow> consumers,
                            ActivationOperand operand);

}  // namespace nonzero
