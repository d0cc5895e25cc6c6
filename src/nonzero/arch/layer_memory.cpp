#include "nonzero/arch/layer_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nonzero/arch/staged.h"
#include "nonzero/base/math.h"

namespace nonzero {
namespace {

__extension__ typedef unsigned __int128 Wide;  // bytes times hertz

bool output_stays(const IntegerLayerShape& shape, const LayerMemory& memory) {
  return shape.inputs() + shape.outputs() <= memory.activation_bytes();
}

double share(uint64_t part, uint64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

// A row per output channel, its zeros left out.
Product product_of(const IntegerLayerShape& shape, const std::vector<int32_t>& sums) {
  Product product{shape.k, shape.oy * shape.ox, {0}, {}, {}};
  const auto stored = sums.size() - static_cast<size_t>(std::count(sums.begin(), sums.end(), 0));
  product.offsets.reserve(shape.k + 1);
  product.indices.reserve(stored);
  product.values.reserve(stored);
  for (uint64_t k = 0; k < shape.k; ++k) {
    for (uint64_t p = 0; p < product.columns; ++p) {
      const int32_t sum = sums[k * product.columns + p];
      if (sum == 0) continue;
      product.indices.push_back(static_cast<uint32_t>(p));
      product.values.push_back(sum);
    }
    product.offsets.push_back(product.indices.size());
  }
  return product;
}

}  // namespace

std::optional<std::string> refuse_all_but_integer_layers(const char* machine, const Operation& operation) {
  const IntegerConvolution* convolution = operation.convolution();
  if (convolution == nullptr)
    return fmt::format(
        "{} does not support '{}' operations; it runs layers with int8 weights, e.g. --suite laplace-resnet18-224",
        machine, operation.kind);
  const IntegerLayer& layer = *convolution->layer;
  if (layer.weights.size() == layer.shape.weights() && layer.shape.outputs() > 0) return std::nullopt;
  return fmt::format("layer '{}' has {} weights and {} outputs; its shape needs {} weights", layer.name,
                     layer.weights.size(), layer.shape.outputs(), layer.shape.weights());
}

uint64_t LayerMemory::dram_cycles(uint64_t bytes) const {
  // Whole hertz and bytes a second, so that a bandwidth of 51.2 bytes a cycle is that and nothing near it.
  const auto clock = static_cast<Wide>(std::llround(clock_mhz * 1e6));
  const auto rate = static_cast<Wide>(std::llround(dram_gb_per_second * 1e9));
  return static_cast<uint64_t>((bytes * clock + rate - 1) / rate);
}

LayerDram layer_dram(const IntegerLayerShape& shape, const LayerDemand& demand, const LayerMemory& memory,
                     bool input_on_chip) {
  LayerDram dram;
  const uint64_t all = ceil_div(demand.stored_bits, 8);
  dram.metadata = ceil_div(demand.metadata_bits, 8);
  dram.weights = all - dram.metadata;
  dram.input = input_on_chip ? 0 : shape.inputs();
  dram.output = output_stays(shape, memory) ? 0 : shape.outputs();
  if (all <= memory.weight_bytes() || dram.input <= memory.activation_bytes()) return dram;
  const uint64_t weight_parts = ceil_div(all, memory.weight_bytes());
  const uint64_t input_parts = ceil_div(dram.input, memory.activation_bytes());
  if (all + dram.input * weight_parts <= dram.input + all * input_parts) {
    dram.input *= weight_parts;
  } else {
    dram.weights *= input_parts;
    dram.metadata *= input_parts;
  }
  return dram;
}

bool input_on_chip(const Operation& operation, const Operation* previous, const LayerMemory& memory) {
  if (previous == nullptr || operation.network.empty() || previous->network != operation.network)
    return false;
  const IntegerConvolution* before = previous->convolution();
  return before != nullptr && output_stays(before->layer->shape, memory) &&
         before->layer->shape.outputs() == operation.convolution()->layer->shape.inputs();
}

LayerCycles layer_cycles(const IntegerLayerShape& shape, const LayerDemand& demand, const LayerDram& dram,
                         const LayerMemory& memory) {
  LayerCycles cycles;
  const uint64_t moved = memory.dram_cycles(dram.sum());
  const uint64_t busy = std::max({demand.compute, demand.activation_reads, demand.weight_reads});
  cycles.load_dram = memory.overlap_dram ? 0 : moved;
  cycles.write = ceil_div(shape.outputs(), static_cast<uint64_t>(memory.output_bytes_per_cycle));
  cycles.stream = demand.compute;
  cycles.stall_sram = busy - demand.compute;
  cycles.stall_dram = memory.overlap_dram && moved > busy ? moved - busy : 0;
  return cycles;
}

void charge_layer(Result& result, const IntegerLayerShape& shape, const LayerDemand& demand,
                  const LayerDram& dram, const LayerCycles& cycles, const hw::LaneCycles& lanes) {
  result.pe_cycles.add("useful", lanes.useful);
  result.pe_cycles.add("zero_operand", lanes.zero_operand);
  result.pe_cycles.add("imbalance", lanes.imbalance);
  result.pe_cycles.add("idle", lanes.idle);
  result.cycles = cycles.total();
  result.phases.add("load.dram", cycles.load_dram);
  result.phases.add("write", cycles.write);
  result.phases.add("stream", cycles.stream);
  result.phases.add("stall_memory.sram", cycles.stall_sram);
  if (cycles.stall_dram > 0) result.phases.add("stall_memory.dram", cycles.stall_dram);
  const uint64_t waiting = cycles.load_dram + cycles.write + cycles.stall_sram + cycles.stall_dram;
  result.pe_cycles.add("memory_stall", waiting * result.slots);

  LevelTraffic& outer = result.traffic_bytes["dram"];
  outer.read.add("a", dram.weights);
  outer.read.add("b", dram.input);
  outer.read.add("metadata", dram.metadata);
  outer.write.add("c", dram.output);
  LevelTraffic& weights = result.traffic_bytes["weight_sram"];
  weights.read.add("a", ceil_div(demand.weight_sram_bits, 8));
  weights.write.add("a", dram.weights + dram.metadata);
  LevelTraffic& activations = result.traffic_bytes["activation_sram"];
  activations.read.add("b", ceil_div(demand.activation_sram_bits, 8));
  activations.read.add("c", dram.output);
  activations.write.add("b", dram.input);
  activations.write.add("c", shape.outputs());
  const auto moved = [](const LevelTraffic& level) { return level.read.sum() + level.write.sum(); };
  result.counters.add("weight_sram.bytes", moved(weights));
  result.counters.add("activation_sram.bytes", moved(activations));
  result.counters.add("core.cycles", cycles.core());
  if (dram.input == 0) result.notes.emplace_back("the input is on the chip: the layer before left it there");
  if (dram.output == 0) result.notes.emplace_back("the output stays on the chip");

  result.multiplications_issued = lanes.useful + lanes.zero_operand;
  result.multiplications_effectual = lanes.useful;
  result.stationary_utilisation = share(lanes.useful, result.multiplications_issued);
  result.compute_utilisation = share(lanes.useful, result.slots * cycles.stream);
  result.overall_utilisation = share(lanes.useful, result.slots * result.cycles);
}

void note_clamped(Result& result, uint64_t weights) {
  if (weights > 0) result.notes.push_back(fmt::format("{} weights of -128 were taken as -127", weights));
}

void keep_sums(Result& result, const IntegerLayerShape& shape, const std::vector<int32_t>& sums) {
  Product product = product_of(shape, sums);
  result.output.nnz = product.nnz();
  result.product = std::make_shared<const Product>(std::move(product));
}

void fill_layer_timeline(Result& result) {
  fill_phase_timeline(result,
                      [](const std::string& phase) { return phase == "load.dram" ? "dram" : "engines"; });
}

}  // namespace nonzero
