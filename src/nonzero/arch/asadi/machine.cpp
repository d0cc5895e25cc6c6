#include "nonzero/arch/asadi/machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/arch/asadi/heads.h"
#include "nonzero/arch/asadi/pipeline.h"
#include "nonzero/arch/asadi/projection.h"
#include "nonzero/arch/asadi/views.h"
#include "nonzero/arch/staged.h"
#include "nonzero/workload/operands.h"

namespace nonzero::asadi {
namespace {

// Of a layer, to the next encoder.
uint64_t output_bytes(const Attention& attention) { return attention.output_elements() * sizeof(float); }

class Run {
 public:
  Run(const char* name, const Operation& operation, const Operation* before, const Config& config,
      WalkHead walk, const Billing& billing, const SimulateOptions& options)
      : name_(name),
        op_(operation),
        before_(before),
        attention_(*operation.attention()),
        config_(config),
        billing_(billing),
        options_(options),
        walk_(walk),
        tiles_(std::min<uint64_t>(attention_.heads, static_cast<uint64_t>(config.tiles))) {}

  Result go() {
    identify();
    layer_ = walk_heads(op_, config_, walk_, options_.compute_product ? tensors() : nullptr);
    if (!options_.compute_product && config_.linear_values == LinearValues::kAdc)
      result_.notes.emplace_back(
          "linear_values=adc: no product is computed, so that no values pass the converters");
    load_tiles();
    charge();
    count();
    fill_utilisation();
    result_.product = layer_.z;
    if (result_.product) result_.output.nnz = result_.product->nnz();
    if (options_.timeline) fill_staged_timeline(result_, slowest_tile_);
    if (options_.views && !drawn_before())
      result_.views.emplace_back("diagonals", diagonals_view(op_.name, attention_, config_, slowest_head_));
    billing_.bill(result_);
    return std::move(result_);
  }

 private:
  void identify() {
    result_.accelerator = name_;
    result_.timing = "paper";
    describe(result_, op_);
    result_.operand_type = "fp32";
    result_.accumulate_type = "fp32";
    result_.clock_hz = config_.clock_hz();
    result_.config = config_values(fields(), &config_);
  }

  // Layers that share masks with the one before share its picture, and designs that store no diagonals have none.
  [[nodiscard]] bool drawn_before() const {
    if (walk_ != walk_diagonals) return true;
    return before_ != nullptr && before_->attention() != nullptr &&
           before_->attention()->masks == attention_.masks;
  }

  // What Z is computed from. Tensors of the machine's own making go with the result, to be judged by.
  std::shared_ptr<const AttentionTensors> tensors() {
    if (config_.linear_values == LinearValues::kExact) return attention_tensors(op_);
    const Projection made = project(op_, config_);
    result_.counters.add("analog.conversions", made.conversions);
    result_.counters.add("analog.clipped", made.clipped);
    result_.notes.push_back(fmt::format(
        "Q, K and V by the crossbars: {} of {} samples clipped, up to {} ones on a bit line, relative error {:.3g}",
        made.clipped, made.conversions, made.largest_sum, made.relative_error));
    result_.tensors = {{"q", made.tensors->q}, {"k", made.tensors->k}, {"v", made.tensors->v}};
    result_.b = {hash_of(*made.tensors), made.tensors->source};
    return made.tensors;
  }

  // Heads go over the tiles in turn; the slowest tile makes the encoder's time.
  void load_tiles() {
    std::vector<HeadCycles> tiles(tiles_);
    const uint64_t passes = input_passes(attention_, config_);
    uint64_t most = 0;
    for (uint64_t h = 0; h < attention_.heads; ++h) {
      const HeadCycles cycles = cycles_of(layer_.heads[h], config_, passes);
      if (cycles.total() > most) slowest_head_ = h;
      most = std::max(most, cycles.total());
      tiles[h % tiles_] += cycles;
      digital_ += cycles.digital() * config_.digital().arrays_needed(attention_.tokens, attention_.head_dim);
      linear_ += cycles.linear1 + cycles.linear2;
    }
    const auto slowest = std::max_element(tiles.begin(), tiles.end(),
                                          [](const auto& a, const auto& b) { return a.total() < b.total(); });
    slowest_tile_ = static_cast<uint64_t>(slowest - tiles.begin());
    cycles_ = *slowest;
  }

  void charge() {
    const std::pair<const char*, uint64_t> move{"load.oci", cycles_.move},
        control{"control", cycles_.control};
    add("linear1", {{"stream.linear1", cycles_.linear1}});
    add("qk", {{"stream.qk", cycles_.qk}, move, control});
    add("softmax", {{"stream.softmax", cycles_.softmax}});
    add("sv", {{"stream.sv", cycles_.sv}, move, control});
    add("linear2", {{"stream.linear2", cycles_.linear2}});
  }

  void add(const char* name, std::initializer_list<std::pair<const char*, uint64_t>> phases) {
    Stage stage;
    stage.name = name;
    for (const auto& [phase, cycles] : phases) {
      stage.phases.add(phase, cycles);
      if (std::string_view(phase) != "load.oci") continue;
      LevelTraffic& oci = stage.traffic_bytes["oci"];
      for (const Head& head : layer_.heads) oci.read.add("psum", head.moved_bytes);
      oci.write = oci.read;
    }
    add_stage(result_, std::move(stage));
  }

  void count() {
    Counts& counters = result_.counters;
    const Head& head = layer_.heads[slowest_head_];
    counters.add("iterations", head.iterations);
    counters.add("window", head.window);
    hw::ReramOps ops;
    for (const Head& one : layer_.heads) {
      counters.add("overflow_diagonals", one.overflow);
      counters.add("moved_elements", one.grey);
      counters.add("slots", one.slots);
      counters.add("bubbles", one.slots - one.nnz);
      counters.add("oci.bytes", 2 * one.moved_bytes);
      ops += one.qk + one.softmax + one.sv;
      result_.multiplications_issued += 2 * one.slots * one.head_dim;
    }
    counters.add("digital.multiplications", ops.multiplications);
    counters.add("digital.additions", ops.additions);
    counters.add("digital.divisions", ops.divisions);
    counters.add("digital.shifts", ops.shifts);
    counters.add("digital.copies", ops.copies);
    counters.add("digital.searches", ops.searches);
    counters.add("digital.exponentials", ops.exponentials);
    counters.add("digital.array_cycles", digital_);
    counters.add("analog.module_cycles", linear_ * static_cast<uint64_t>(config_.analog_modules));
    counters.add("controller.cycles", result_.cycles);
    const uint64_t bytes = output_bytes(attention_);
    counters.add("pcie.bytes", bytes);
    counters.add("pcie.cycles", config_.pcie().cycles(bytes));
    result_.traffic_bytes["pcie"].write.add("c", bytes);
    result_.multiplications_effectual = 2 * result_.nnz_a * attention_.head_dim;
    result_.explanation = fmt::format(
        "{} heads on {} tiles; slowest head: window {}, {} iterations of {} slots, {} elements moved, "
        "{} overflow",
        attention_.heads, tiles_, head.window, head.iterations, attention_.tokens, head.grey, head.overflow);
    note_capacity(head);
  }

  void note_capacity(const Head& head) {
    const auto problem = capacity_problem(head.controlled, attention_.head_dim, config_);
    if (problem) result_.notes.push_back(fmt::format("{}: {}", *problem, kBeyondCapacity));
  }

  // Effectual multiplications, all slots of a diagonal at once, against what was issued, the time of both
  // products and the whole time.
  void fill_utilisation() {
    const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
    uint64_t slots = 0, nnz = 0, of_slowest = 0;
    for (const Head& head : layer_.heads) {
      slots += head.slots;
      nnz += head.nnz;
    }
    for (uint64_t h = slowest_tile_; h < attention_.heads; h += tiles_) of_slowest += layer_.heads[h].nnz;
    hw::ReramOps one;
    one.multiplications = 1;
    const double useful = 2 * static_cast<double>(of_slowest) / static_cast<double>(attention_.tokens) *
                          static_cast<double>(config_.digital().cycles(one));
    result_.stationary_utilisation = share(static_cast<double>(nnz), static_cast<double>(slots));
    result_.compute_utilisation = share(useful, static_cast<double>(cycles_.qk + cycles_.sv));
    result_.overall_utilisation = share(useful, static_cast<double>(result_.cycles));
  }

  const char* name_;
  const Operation& op_;
  const Operation* before_;  // null: the first
  const Attention& attention_;
  const Config& config_;
  const Billing& billing_;
  const SimulateOptions& options_;
  WalkHead walk_;
  uint64_t tiles_;  // at work
  Heads layer_;
  HeadCycles cycles_;
  uint64_t slowest_tile_ = 0, slowest_head_ = 0, digital_ = 0, linear_ = 0;
  Result result_;
};

}  // namespace

Machine::Machine(const char* name, const Config& config, WalkHead walk)
    : name_(name), config_(config), walk_(walk), billing_(make_billing(config)) {}

std::optional<std::string> Machine::refuses(const Operation& operation) const {
  const Attention* attention = operation.attention();
  if (attention == nullptr)
    return fmt::format("{} does not support '{}' operations; it runs sparse attention", name_,
                       operation.kind);
  if (const auto problem = shape_problem(*attention)) return problem;
  if (config_.linear_values == LinearValues::kAdc)
    if (const auto problem = projection_problem(operation)) return problem;
  if (attention->tokens > static_cast<uint64_t>(config_.max_tokens))
    return fmt::format("{} takes up to {} tokens, not {}", name_, config_.max_tokens, attention->tokens);
  if (attention->head_dim > static_cast<uint64_t>(config_.head_dim))
    return fmt::format("{} takes heads of up to {} dimensions, not {}", name_, config_.head_dim,
                       attention->head_dim);
  const uint64_t arrays = config_.digital().arrays_needed(attention->tokens, attention->head_dim);
  if (arrays > config_.digital().arrays())
    return fmt::format("{} tokens of {} dimensions need {} arrays of a digital module, {} has {}",
                       attention->tokens, attention->head_dim, arrays, name_, config_.arrays);
  return std::nullopt;
}

RunResult Machine::simulate(std::span<const Operation> operations, const SimulateOptions& options) const {
  RunResult run = one_after_the_other(
      *this, operations, options, [&](const Operation& operation, const Operation* before) {
        return Run(name_, operation, before, config_, walk_, billing_, options).go();
      });
  const Pipeline pipeline = this->pipeline(run.results);
  run.makespan_cycles = pipeline.latency;
  if (options.previous != nullptr && options.previous->attention() != nullptr)
    run.makespan_cycles += config_.pcie().cycles(output_bytes(*options.previous->attention()));
  if (pipeline.layers > 1)
    run.results.back().notes.push_back(fmt::format(
        "{} layers: a batch takes {} cycles, {} of them in {} transfers over PCIe; one batch leaves "
        "every {} cycles",
        pipeline.layers, pipeline.latency, pipeline.transfer_cycles, pipeline.transfers, pipeline.interval));
  return run;
}

Pipeline Machine::pipeline(std::span<const Result> results) const {
  std::vector<Encoder> encoders;
  encoders.reserve(results.size());
  for (const Result& result : results)
    encoders.push_back({result.cycles, result.counters.get("pcie.bytes"), result.repeat});
  return pipeline_of(encoders, static_cast<uint64_t>(config_.encoders), config_.pcie());
}

std::vector<BillLine> Machine::bill() const { return billing_.lines(); }

}  // namespace nonzero::asadi
