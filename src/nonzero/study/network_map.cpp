#include "nonzero/study/network_map.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

using flexagon::Dataflow;
using flexagon::kDataflows;
using flexagon::Order;

constexpr size_t kChoices = kDataflows.size();

// The cheapest way to a node: a layer under a dataflow, its own cycles included.
struct Node {
  std::optional<uint64_t> total;
  size_t before = 0;
};

size_t index(Dataflow dataflow) { return static_cast<size_t>(dataflow); }

uint64_t edge(const MappedLayer& next, Dataflow from, Dataflow to, ActivationOperand operand) {
  return free_transition(order_of_c(from), to, operand) ? 0 : next.conversion;
}

// All repeats, and the conversions between them.
std::optional<uint64_t> own_cost(const MappedLayer& layer, Dataflow dataflow, ActivationOperand operand) {
  const std::optional<uint64_t>& once = layer.cycles[index(dataflow)];
  if (!once) return {};
  return layer.repeat * *once + (layer.repeat - 1) * edge(layer, dataflow, dataflow, operand);
}

Node cheapest_way(const std::array<Node, kChoices>& before, const MappedLayer& layer, Dataflow to,
                  ActivationOperand operand) {
  Node node;
  const std::optional<uint64_t> own = own_cost(layer, to, operand);
  if (!own) return node;
  for (const Dataflow from : kDataflows) {
    const Node& way = before[index(from)];
    if (!way.total) continue;
    const uint64_t total = *way.total + edge(layer, from, to, operand) + *own;
    if (!node.total || total < *node.total) node = {total, index(from)};
  }
  return node;
}

size_t cheapest(const std::array<Node, kChoices>& nodes) {
  size_t best = kChoices;
  for (size_t d = 0; d < kChoices; ++d)
    if (nodes[d].total && (best == kChoices || *nodes[d].total < *nodes[best].total)) best = d;
  return best;
}

void require_choices(std::span<const MappedLayer> layers) {
  for (size_t i = 0; i < layers.size(); ++i)
    if (std::none_of(layers[i].cycles.begin(), layers[i].cycles.end(),
                     [](const auto& c) { return c.has_value(); }))
      throw InputError(fmt::format("layer {} of the network has no permitted dataflow", i));
}

}  // namespace

Order activation_order(Dataflow dataflow, ActivationOperand operand) {
  return operand == ActivationOperand::kA ? order_of_a(dataflow) : order_of_b(dataflow);
}

bool free_transition(Order left, Dataflow next, ActivationOperand operand) {
  return left == activation_order(next, operand);
}

NetworkMapping map_network(std::span<const MappedLayer> layers, ActivationOperand operand) {
  require_choices(layers);
  if (layers.empty()) return {};
  std::vector<std::array<Node, kChoices>> ways(layers.size());
  for (const Dataflow first : kDataflows) ways[0][index(first)].total = own_cost(layers[0], first, operand);
  for (size_t i = 1; i < layers.size(); ++i)
    for (const Dataflow to : kDataflows)
      ways[i][index(to)] = cheapest_way(ways[i - 1], layers[i], to, operand);
  std::vector<Dataflow> sequence(layers.size());
  size_t at = cheapest(ways.back());
  for (size_t i = layers.size(); i-- > 0;) {
    sequence[i] = kDataflows[at];
    at = ways[i][at].before;
  }
  return cost_of(layers, sequence, operand);
}

NetworkMapping cost_of(std::span<const MappedLayer> layers, std::span<const Dataflow> sequence,
                       ActivationOperand operand) {
  NetworkMapping mapping;
  for (size_t i = 0; i < layers.size(); ++i) {
    const std::optional<uint64_t>& cycles = layers[i].cycles[index(sequence[i])];
    if (!cycles) throw InputError(fmt::format("layer {} is not permitted {}", i, title(sequence[i])));
    const auto converts = [&](Dataflow from) {
      return !free_transition(order_of_c(from), sequence[i], operand);
    };
    const uint64_t before = i > 0 && converts(sequence[i - 1]) ? 1 : 0;
    const uint64_t conversions = before + (converts(sequence[i]) ? layers[i].repeat - 1 : 0);
    mapping.steps.push_back(
        {sequence[i], layers[i].repeat * *cycles, conversions * layers[i].conversion, conversions});
    mapping.total += mapping.steps.back().cycles + mapping.steps.back().conversion;
  }
  return mapping;
}

NetworkMapping best_per_layer(std::span<const MappedLayer> layers, ActivationOperand operand) {
  require_choices(layers);
  std::vector<Dataflow> sequence;
  for (const MappedLayer& layer : layers) {
    std::array<Node, kChoices> nodes;
    for (size_t d = 0; d < kChoices; ++d) nodes[d].total = layer.cycles[d];
    sequence.push_back(kDataflows[cheapest(nodes)]);
  }
  return cost_of(layers, sequence, operand);
}

std::optional<NetworkMapping> best_fixed(std::span<const MappedLayer> layers, ActivationOperand operand) {
  std::optional<NetworkMapping> best;
  for (const Dataflow dataflow : kDataflows) {
    const bool permitted = std::all_of(layers.begin(), layers.end(), [&](const MappedLayer& layer) {
      return layer.cycles[index(dataflow)].has_value();
    });
    if (!permitted) continue;
    NetworkMapping mapping = cost_of(layers, std::vector<Dataflow>(layers.size(), dataflow), operand);
    if (!best || mapping.total < best->total) best = std::move(mapping);
  }
  return best;
}

uint64_t branch_conversions(Dataflow producer, std::span<const Dataflow> consumers,
                            ActivationOperand operand) {
  return std::any_of(
             consumers.begin(), consumers.end(),
             [&](Dataflow consumer) { return !free_transition(order_of_c(producer), consumer, operand); })
             ? 1
             : 0;
}

}  // namespace nonzero
