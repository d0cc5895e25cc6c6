#include "nonzero/arch/scnn/scnn.h"

#include <fmt/format.h>

#include "nonzero/arch/scnn/billing.h"
#include "nonzero/arch/scnn/walk.h"
#include "nonzero/arch/staged.h"
#include "nonzero/base/math.h"
#include "nonzero/tensor/value_formats.h"
#include "nonzero/workload/operands.h"

namespace nonzero::scnn {
namespace {

class Run {
 public:
  Run(const char* name, const Operation& operation, const Operation* previous, const Config& config,
      const Billing& billing, const SimulateOptions& options)
      : name_(name),
        op_(operation),
        previous_(previous),
        layer_(*operation.convolution()->layer),
        config_(config),
        billing_(billing),
        options_(options),
        map_(map_layer(layer_.shape, config)) {}

  Result go() {
    identify();
    const std::shared_ptr<const IntegerActivations> input = integer_activations(op_);
    Walk walk = walk_layer(layer_, *input, map_, config_, options_.compute_product);
    result_.nnz_b = walk.activations;
    result_.product = std::move(walk.product);
    if (result_.product) result_.output.nnz = result_.product->nnz();
    charge(walk);
    count(walk);
    move(walk);
    fill_utilisation(walk);
    if (options_.timeline) fill_phase_timeline(result_, [this](const std::string&) { return name_; });
    billing_.bill(result_);
    return std::move(result_);
  }

 private:
  void identify() {
    result_.accelerator = name_;
    result_.timing = "detailed";
    describe(result_, op_);
    result_.operand_type = name(config_.data_type);
    result_.accumulate_type = "int32";
    result_.clock_hz = config_.clock_mhz * 1e6;
    result_.slot_unit = "multiplier";
    result_.slots = config_.multipliers();
    result_.config = config_values(fields(), &config_);
    result_.explanation =
        fmt::format("plane over {} x {} PEs, input channels over {}, {} output channels at a time{}",
                    map_.grid_y, map_.grid_x, map_.chain, map_.group,
                    map_.pieces() > 1 ? fmt::format(", each tile in {} pieces", map_.pieces()) : "");
    if (!op_.convolution()->input && op_.convolution()->density >= 1)
      result_.notes.push_back("the input is drawn evenly from int8: nearly no activation is zero");
  }

  void phase(const char* name, uint64_t cycles, const char* bucket) {
    result_.phases.add(name, cycles);
    result_.cycles += cycles;
    if (bucket != nullptr) result_.pe_cycles.add(bucket, cycles * result_.slots);
  }

  void charge(const Walk& walk) {
    phase("load", ceil_div(walk.activations, static_cast<uint64_t>(config_.input_words_per_cycle)),
          "fill_drain");
    phase("stream", walk.stream, nullptr);
    phase("stall_distribution", walk.conflicts, nullptr);
    phase("reduce", walk.drain, "fill_drain");
    result_.multiplications_issued = walk.issued;
    result_.multiplications_effectual = walk.effectual;
    result_.pe_cycles.add("useful", walk.effectual);
    result_.pe_cycles.add("zero_operand", walk.issued - walk.effectual);
    result_.pe_cycles.add("imbalance", walk.empty_lanes + walk.waiting_lanes);
    result_.pe_cycles.add("reduce_stall", walk.conflict_lanes);
    result_.pe_cycles.add("idle", walk.idle_lanes);
  }

  void count(const Walk& walk) {
    Counts& counters = result_.counters;
    counters.add("scnn.groups", walk.rounds);
    counters.add("scnn.multiplications", walk.issued);
    counters.add("scnn.accumulations", walk.effectual);
    counters.add("scnn.weight_reads", walk.weight_reads);
    counters.add("scnn.weight_broadcasts", walk.weight_broadcasts);
    counters.add("scnn.activation_reads", walk.activation_reads);
    counters.add("scnn.activation_writes", walk.activations + layer_.shape.outputs());
    counters.add("scnn.link_words", walk.link_words);
  }

  void move(const Walk& walk) {
    const auto stored = [&](uint64_t values) {
      return ceil_div(values * (bytes_per_element(config_.data_type) * 8 + 4), 8);
    };
    LevelTraffic& buffer = result_.traffic_bytes["buffer"];
    buffer.read.add("a", stored(walk.weight_broadcasts));
    buffer.read.add("b", stored(walk.activations));
    if (config_.output_bytes_per_cycle > 0)
      phase("write", ceil_div(layer_.shape.outputs(), static_cast<uint64_t>(config_.output_bytes_per_cycle)),
            "fill_drain");
    if (config_.dram_gb_per_second <= 0) return;
    const LayerMemory memory = config_.memory();
    LayerDemand demand;
    demand.stored_bits = zre_bits(layer_.weights);
    const LayerDram bytes = layer_dram(layer_.shape, demand, memory, input_on_chip(op_, previous_, memory));
    phase("load.dram", memory.dram_cycles(bytes.sum()), "memory_stall");
    LevelTraffic& dram = result_.traffic_bytes["dram"];
    dram.read.add("a", bytes.weights);
    dram.read.add("b", bytes.input);
    dram.write.add("c", bytes.output);
  }

  void fill_utilisation(const Walk& walk) {
    const auto share = [](uint64_t part, uint64_t whole) {
      return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
    };
    const uint64_t working = result_.slots * (walk.stream + walk.conflicts);
    result_.stationary_utilisation = share(walk.issued, working);
    result_.compute_utilisation = share(walk.effectual, working);
    result_.overall_utilisation = share(walk.effectual, result_.slots * result_.cycles);
  }

  const char* name_;
  const Operation& op_;
  const Operation* previous_;
  const IntegerLayer& layer_;
  const Config& config_;
  const Billing& billing_;
  const SimulateOptions& options_;
  Mapping map_;
  Result result_;
};

}  // namespace

Machine::Machine(const char* name, const Config& config)
    : name_(name), config_(config), billing_(make_billing(config)) {}

std::optional<std::string> Machine::refuses(const Operation& operation) const {
  if (const auto reason = refuse_all_but_integer_layers(name_, operation)) return reason;
  const IntegerLayerShape& shape = operation.convolution()->layer->shape;
  if (!fits(shape, config_))
    return fmt::format(
        "{} has {} accumulators a PE: too few for what one input reaches with a kernel of {} x {}", name_,
        config_.accumulators(), shape.fy, shape.fx);
  return std::nullopt;
}

RunResult Machine::simulate(std::span<const Operation> operations, const SimulateOptions& options) const {
  return one_after_the_other(*this, operations, options,
                             [&](const Operation& operation, const Operation* before) {
                               return Run(name_, operation, before, config_, billing_, options).go();
                             });
}

std::vector<BillLine> Machine::bill() const { return billing_.lines(); }

}  // namespace nonzero::scnn
