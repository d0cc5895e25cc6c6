#include "nonzero/arch/bit_peers/peer.h"

#include <fmt/format.h>

#include "nonzero/arch/bit_peers/mapping.h"
#include "nonzero/arch/layer_billing.h"
#include "nonzero/hw/array/tile_product.h"
#include "nonzero/hw/cost_bitwave.h"
#include "nonzero/workload/operands.h"

namespace nonzero::bit_peers {
namespace {

hw::Block array_block(Kind kind, const Technology& tech) {
  constexpr double kEngines = 512;
  switch (kind) {
    case Kind::kStripes:
      return hw::published_engine_block(tech, "bit_pe_stripes").times(kEngines);
    case Kind::kPragmatic:
      return hw::published_engine_block(tech, "bit_pe_pragmatic").times(kEngines);
    case Kind::kBitlet:
      return hw::published_engine_block(tech, "bit_pe_bitlet").times(kEngines);
    case Kind::kDenseInt8:
    case Kind::kHuaaLike:
      break;
  }
  return hw::parallel_array_block(tech, multipliers(kind));
}

Billing make_billing(Kind kind, const Config& config) {
  const Technology& tech = Technology::builtin(config.technology);
  const hw::Block array = array_block(kind, tech);
  Billing billing;
  billing.component("engines", array);
  add_core_events(billing, "engines", array.busy_cycle, multipliers(kind), config.idle_power_share);
  add_layer_srams(billing, tech, config);
  billing.memory_bytes(hw::dram_byte_energy(tech, CostKind::kDramBitsim), {});
  return billing;
}

hw::TileEngine engine_of(Kind kind) {
  switch (serial_kind(kind)) {
    case hw::SerialKind::kStripes:
      return hw::TileEngine::kTwosColumns;
    case hw::SerialKind::kPragmatic:
      return hw::TileEngine::kEssentialBits;
    case hw::SerialKind::kBitlet:
      return hw::TileEngine::kColumns;
    case hw::SerialKind::kParallel:
      break;
  }
  return hw::TileEngine::kParallel;
}

class Run {
 public:
  Run(Kind kind, const Operation& operation, const Operation* previous, const Config& config)
      : kind_(kind),
        op_(operation),
        layer_(*operation.convolution()->layer),
        config_(config),
        mapping_(map_layer(layer_, kind, config, input_on_chip(operation, previous, config))) {}

  Result go(const Billing& billing, const SimulateOptions& options) {
    identify();
    charge();
    if (options.compute_product) compute();
    explain();
    if (options.timeline) fill_layer_timeline(result_);
    billing.bill(result_);
    return std::move(result_);
  }

 private:
  void identify() {
    result_.accelerator = name_of(kind_);
    result_.timing = "detailed";
    describe(result_, op_);
    result_.operand_type = "int8";
    result_.accumulate_type = fmt::format("int{}", config_.accumulator_bits);
    result_.clock_hz = config_.clock_mhz * 1e6;
    result_.slot_unit = is_serial(kind_) ? "one-bit multiplier" : "int8 multiplier";
    result_.slots = multipliers(kind_);
    result_.config = config_values(fields(kind_), &config_);
  }

  void charge() {
    const hw::LaneCycles lanes = lane_cycles(layer_, kind_, mapping_);
    charge_layer(result_, layer_.shape, mapping_.demand, mapping_.dram, mapping_.cycles, lanes);
    Counts& counters = result_.counters;
    counters.add("core.active_lane_cycles", mapping_.cycles.core() * mapping_.tile.lanes());
    counters.add("peer.precision", mapping_.precision);
    counters.add("peer.stored_bits", mapping_.demand.stored_bits);
    counters.add("peer.tiles", mapping_.work.tiles);
    counters.add("peer.passes", mapping_.passes);
    counters.add("peer.macs", layer_.shape.multiplications());
    note_clamped(result_, mapping_.weights->clamped);
  }

  void compute() {
    keep_sums(result_, layer_.shape,
              hw::tile_product(layer_, *mapping_.weights, *integer_activations(op_), engine_of(kind_),
                               static_cast<uint32_t>(config_.accumulator_bits)));
    if (mapping_.weights->clamped > 0)
      result_.weights = std::make_shared<const std::vector<int8_t>>(weight_order(*mapping_.weights));
  }

  void explain() {
    const hw::SerialTile& tile = mapping_.tile;
    result_.explanation =
        fmt::format("tile of {} input channels x {} columns x {} output channels, {} bit a weight", tile.cu,
                    tile.oxu, tile.ku, mapping_.precision);
  }

  Kind kind_;
  const Operation& op_;
  const IntegerLayer& layer_;
  const Config& config_;
  Mapping mapping_;
  Result result_;
};

}  // namespace

PeerMachine::PeerMachine(Kind kind, const Config& config)
    : kind_(kind), config_(config), billing_(make_billing(kind, config)) {}

std::optional<std::string> PeerMachine::refuses(const Operation& operation) const {
  if (const auto reason = refuse_all_but_integer_layers(name_of(kind_), operation)) return reason;
  if (kind_ != Kind::kStripes || config_.precision_per_layer) return std::nullopt;
  const uint32_t needed = hw::needed_precision(operation.convolution()->layer->weights);
  if (needed <= static_cast<uint64_t>(config_.precision)) return std::nullopt;
  return fmt::format("precision = {} for layer '{}', whose weights need {} bit", config_.precision,
                     operation.name, needed);
}

RunResult PeerMachine::simulate(std::span<const Operation> operations, const SimulateOptions& options) const {
  return one_after_the_other(*this, operations, options,
                             [&](const Operation& operation, const Operation* before) {
                               return Run(kind_, operation, before, config_).go(billing_, options);
                             });
}

std::vector<BillLine> PeerMachine::bill() const { return billing_.lines(); }

}  // namespace nonzero::bit_peers
