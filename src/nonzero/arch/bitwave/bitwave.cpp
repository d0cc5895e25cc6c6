#include "nonzero/arch/bitwave/bitwave.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/arch/bitwave/billing.h"
#include "nonzero/arch/bitwave/mapping.h"
#include "nonzero/hw/array/bit_column_stepped.h"
#include "nonzero/hw/array/tile_product.h"
#include "nonzero/workload/operands.h"

namespace nonzero::bitwave {
namespace {

class Run {
 public:
  Run(const Operation& operation, const Operation* previous, const Config& config, const Billing& billing,
      const SimulateOptions& options)
      : op_(operation),
        layer_(*operation.convolution()->layer),
        config_(config),
        billing_(billing),
        options_(options),
        mapping_(map_layer(layer_, config, input_on_chip(operation, previous, config))),
        weights_(mapping_.grouped->weights) {}

  Result go() {
    identify();
    charge();
    if (options_.compute_product) compute();
    explain();
    if (options_.timeline) fill_layer_timeline(result_);
    if (options_.views) add_view();
    billing_.bill(result_);
    return std::move(result_);
  }

 private:
  void identify() {
    result_.accelerator = Bitwave::kName;
    result_.timing = "detailed";
    describe(result_, op_);
    result_.operand_type = "int8";
    result_.accumulate_type = fmt::format("int{}", config_.accumulator_bits);
    result_.clock_hz = config_.clock_mhz * 1e6;
    result_.slot_unit = "one-bit multiplier";
    result_.slots = hw::kBitLanes;
    result_.config = config_values(fields(), &config_);
  }

  void charge() {
    const hw::LaneCycles lanes = hw::lane_cycles(mapping_.work, mapping_.unrolling(), mapping_.grouped->ones,
                                                 layer_.shape.ox, layer_.shape.oy);
    charge_layer(result_, layer_.shape, mapping_.demand, mapping_.dram, mapping_.cycles, lanes);
    Counts& counters = result_.counters;
    counters.add("core.active_lane_cycles", mapping_.cycles.core() * mapping_.unrolling().lanes());
    counters.add("bitwave.su", mapping_.su);
    counters.add("bitwave.group", weights_.layout.group);
    counters.add("bitwave.raw", mapping_.raw ? 1 : 0);
    counters.add("bitwave.groups", weights_.layout.groups());
    counters.add("bitwave.zero_columns", 8 * weights_.layout.groups() - mapping_.grouped->kept_columns);
    counters.add("bitwave.compressed_bits", mapping_.grouped->compressed_bits());
    counters.add("bitwave.stored_bits", mapping_.demand.stored_bits);
    counters.add("bitwave.columns_executed", mapping_.work.columns * mapping_.passes);
    counters.add("bitwave.columns_skipped", mapping_.work.skipped_columns * mapping_.passes);
    counters.add("bitwave.tiles", mapping_.work.tiles);
    counters.add("bitwave.passes", mapping_.passes);
    counters.add("bitwave.activation_read_cycles", mapping_.demand.activation_reads);
    counters.add("bitwave.weight_read_cycles", mapping_.demand.weight_reads);
    counters.add("bitwave.macs", layer_.shape.multiplications());
    note_weights();
  }

  void note_weights() {
    note_clamped(result_, weights_.clamped);
    if (config_.zero_columns > 0)
      result_.notes.push_back(
          fmt::format("{} of {} weights flipped for {} zero columns a group, relative error {:.3g}",
                      mapping_.grouped->flipped.changed_weights, layer_.shape.weights(), config_.zero_columns,
                      mapping_.grouped->flipped.relative_error()));
  }

  // From the bit columns, tile after tile.
  void compute() {
    const std::shared_ptr<const IntegerActivations> input = integer_activations(op_);
    const auto bits = static_cast<uint32_t>(config_.accumulator_bits);
    const auto engine = config_.columns == ColumnCode::kSignMagnitude ? hw::TileEngine::kColumns
                                                                      : hw::TileEngine::kTwosColumns;
    keep_sums(result_, layer_.shape,
              config_.stepped ? step(*input) : hw::tile_product(layer_, weights_, *input, engine, bits));
    if (weights_.clamped > 0 || mapping_.grouped->flipped.changed_weights > 0)
      result_.weights = std::make_shared<const std::vector<int8_t>>(weight_order(weights_));
  }

  std::vector<int32_t> step(const IntegerActivations& input) {
    if (mapping_.cycles.stream > hw::kMostSteppedCycles)
      throw InputError(
          fmt::format("stepped: layer '{}' takes {} compute cycles", layer_.name, mapping_.cycles.stream),
          fmt::format("allowed: up to {}", hw::kMostSteppedCycles));
    hw::SteppedLayer stepped =
        hw::step_bit_columns(layer_, weights_, mapping_.unrolling(), config_.rules(mapping_.raw), input,
                             static_cast<uint64_t>(config_.output_bytes_per_cycle),
                             static_cast<uint32_t>(config_.accumulator_bits));
    if (stepped.cycles != mapping_.cycles.stream || stepped.write_cycles != mapping_.cycles.write)
      throw std::logic_error(fmt::format("{}: counted {} compute cycles, stepped {}", layer_.name,
                                         mapping_.cycles.stream, stepped.cycles));
    result_.counters.add("bitwave.stepped_cycles", stepped.cycles);
    return std::move(stepped.sums);
  }

  void explain() {
    const auto groups = static_cast<double>(weights_.layout.groups());
    const double zero = groups > 0 ? 8 - static_cast<double>(mapping_.grouped->kept_columns) / groups : 0;
    const std::string stored =
        mapping_.raw
            ? "raw, 8 bit a weight"
            : fmt::format("{:.2f}x compressed", 8 * static_cast<double>(layer_.shape.weights()) /
                                                    static_cast<double>(mapping_.demand.stored_bits));
    result_.explanation = fmt::format("SU{}, groups of {}, {}, {:.1f} of 8 columns zero", mapping_.su,
                                      weights_.layout.group, stored, zero);
  }

  // The bit matrix of the layer's middle group, before a flip and after it.
  // The first group from the middle on, wrapping round, with a weight that is not zero.
  static uint64_t group_to_show(const GroupedWeights& weights) {
    const uint64_t middle = weights.layout.groups() / 2;
    const auto begin = weights.values.begin(), end = weights.values.end(),
               from = begin + static_cast<std::ptrdiff_t>(middle * weights.layout.group);
    const auto weighs = [](int value) { return value != 0; };
    auto found = std::find_if(from, end, weighs);
    if (found == end) found = std::find_if(begin, from, weighs);
    if (found == from) return middle;
    return static_cast<uint64_t>(found - begin) / weights.layout.group;
  }

  void add_view() {
    const GroupedWeights before = group_order(layer_.weights, weights_.layout);
    const uint64_t size = weights_.layout.group, group = group_to_show(before);
    const auto cut = [&](const GroupedWeights& from) {
      const auto begin = from.values.begin() + static_cast<std::ptrdiff_t>(group * size);
      return std::vector<int>(begin, begin + static_cast<std::ptrdiff_t>(size));
    };
    nlohmann::ordered_json one = {{"title", fmt::format("{}, group {}", layer_.name, group)},
                                  {"before", cut(before)},
                                  {"after", nullptr}};
    if (config_.zero_columns > 0) one["after"] = cut(weights_);
    result_.views.emplace_back("bit_groups", nlohmann::ordered_json::array({one}));
  }

  const Operation& op_;
  const IntegerLayer& layer_;
  const Config& config_;
  const Billing& billing_;
  const SimulateOptions& options_;
  Mapping mapping_;
  const GroupedWeights& weights_;
  Result result_;
};

}  // namespace

Bitwave::Bitwave(const Config& config) : config_(config), billing_(make_billing(config)) {}

std::optional<std::string> Bitwave::refuses(const Operation& operation) const {
  if (const auto reason = refuse_all_but_integer_layers(kName, operation)) return reason;
  const auto su = config_.fixed_su();
  if (!su || !config_.strict_su) return std::nullopt;
  const bool depthwise = operation.convolution()->layer->shape.kind == LayerKind::kDepthwise;
  if (depthwise == (*su == kDepthwiseSu)) return std::nullopt;
  return fmt::format("su = {} on layer '{}', which is {}depthwise; allowed: {}, or strict_su = false", *su,
                     operation.name, depthwise ? "" : "not ", depthwise ? "7" : "1 to 6");
}

RunResult Bitwave::simulate(std::span<const Operation> operations, const SimulateOptions& options) const {
  return one_after_the_other(*this, operations, options,
                             [&](const Operation& operation, const Operation* before) {
                               return Run(operation, before, config_, billing_, options).go();
                             });
}

std::vector<BillLine> Bitwave::bill() const { return billing_.lines(); }

}  // namespace nonzero::bitwave
