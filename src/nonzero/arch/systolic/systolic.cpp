#include "nonzero/arch/systolic/systolic.h"

#include <fmt/format.h>

#include "nonzero/arch/gemm_memory.h"
#include "nonzero/arch/staged.h"
#include "nonzero/arch/systolic/billing.h"
#include "nonzero/arch/systolic/product.h"
#include "nonzero/workload/operands.h"

namespace nonzero::systolic {
namespace {

// What lies where: `k` on the rows (outputs for output-stationary), `x` on the columns, `steps` streamed.
struct Layout {
  hw::Dataflow dataflow = hw::Dataflow::kWeightStationary;
  uint64_t on_rows = 0, on_columns = 0, steps = 0;
  uint64_t stationary_nnz = 0;
};

struct Timed {
  Layout layout;
  hw::SystolicCycles cycles;
  uint64_t folds = 0;
};

class Run {
 public:
  Run(const Operation& operation, const Config& config, const Billing& billing,
      const SimulateOptions& options)
      : op_(operation),
        config_(config),
        billing_(billing),
        options_(options),
        array_{static_cast<uint64_t>(config.rows), static_cast<uint64_t>(config.columns)} {}

  Result go() {
    identify();
    count_operands();
    const Timed t = best();
    charge(t);
    const uint64_t memory = move(t);
    const uint64_t stall = memory > result_.cycles ? memory - result_.cycles : 0;
    result_.phases.add("stall_memory", stall);
    result_.pe_cycles.add("memory_stall", stall * result_.slots);
    result_.cycles += stall;
    fill_utilisation(t);
    explain(t);
    if (options_.timeline) fill_phase_timeline(result_, [](const std::string&) { return "array"; });
    billing_.bill(result_);
    return std::move(result_);
  }

 private:
  // Zeros are mapped, so the data decides no cycle; it decides what was useful.
  void count_operands() {
    if (config_.timing == Timing::kAnalytic && !options_.compute_product) {
      useful_ = expected_effectual(op_);
      return;
    }
    const Operands operands = prepare_operands(op_, config_.data_type, options_.compute_product, true);
    useful_ = effectual_multiplications(*operands.a, *operands.b);
    result_.nnz_a = nnz(*operands.a);
    result_.nnz_b = nnz(*operands.b);
    note_dropped_zeros(result_, op_);
    if (options_.compute_product) follow(std::get<Csr>(*operands.a), std::get<Csr>(*operands.b));
  }

  [[nodiscard]] Layout layout(hw::Dataflow dataflow) const {
    switch (dataflow) {
      case hw::Dataflow::kInputStationary:
        return {dataflow, op_.k(), op_.m(), op_.n(), result_.nnz_a};
      case hw::Dataflow::kOutputStationary:
        return {dataflow, op_.m(), op_.n(), op_.k(), op_.m() * op_.n()};
      default:
        return {dataflow, op_.k(), op_.n(), op_.m(), result_.nnz_b};
    }
  }

  [[nodiscard]] std::vector<hw::Dataflow> choices() const {
    if (config_.dataflow == Flow::kOs) return {hw::Dataflow::kOutputStationary};
    if (config_.fold == Fold::kScalesim)
      return {config_.dataflow == Flow::kIs ? hw::Dataflow::kInputStationary
                                            : hw::Dataflow::kWeightStationary};
    if (config_.stationary == Stationary::kMk) return {hw::Dataflow::kInputStationary};
    if (config_.stationary == Stationary::kKn) return {hw::Dataflow::kWeightStationary};
    return {hw::Dataflow::kInputStationary, hw::Dataflow::kWeightStationary};
  }

  [[nodiscard]] Timed time(hw::Dataflow dataflow) const {
    Timed t{layout(dataflow), {}, 0};
    t.folds = hw::folds(array_, t.layout.on_rows, t.layout.on_columns);
    t.cycles = config_.fold == Fold::kScalesim
                   ? hw::scalesim_run(array_, dataflow, op_.m(), op_.n(), op_.k())
                   : hw::published_run(array_, t.layout.on_rows, t.layout.on_columns, t.layout.steps);
    // Nothing is loaded where the outputs stay.
    if (config_.fold == Fold::kSigma && dataflow == hw::Dataflow::kOutputStationary) t.cycles.load = 0;
    return t;
  }

  [[nodiscard]] Timed best() const {
    const std::vector<hw::Dataflow> all = choices();
    Timed kept = time(all.front());
    for (size_t i = 1; i < all.size(); ++i) {
      const Timed other = time(all[i]);
      if (other.cycles.total() < kept.cycles.total()) kept = other;
    }
    return kept;
  }

  void follow(const Csr& a, const Csr& b) {
    const Timed t = best();
    const bool integer = is_integer(config_.data_type);
    // Output-stationary streams K past the outputs in one tile.
    const uint64_t side =
        t.layout.dataflow == hw::Dataflow::kOutputStationary ? std::max<uint64_t>(1, op_.k()) : array_.rows;
    const std::vector<Tile> k_tiles = tiles(op_.k(), side);
    Product product = t.layout.dataflow == hw::Dataflow::kInputStationary
                          ? transpose(follow_folds(transpose(b), transpose(a), k_tiles, integer))
                          : follow_folds(a, b, k_tiles, integer);
    result_.output.nnz = product.nnz();
    result_.product = std::make_shared<const Product>(std::move(product));
  }

  void charge(const Timed& t) {
    result_.phases.add("load", t.cycles.load);
    result_.phases.add("stream", t.cycles.stream);
    result_.phases.add("reduce", t.cycles.drain);
    result_.cycles = t.cycles.total();
    const uint64_t mapped = t.layout.on_rows * t.layout.on_columns * t.layout.steps;
    result_.multiplications_issued = mapped;
    result_.multiplications_effectual = useful_;
    result_.pe_cycles.add("useful", useful_);
    result_.pe_cycles.add("zero_operand", mapped - useful_);
    result_.pe_cycles.add("fill_drain", result_.slots * (t.cycles.load + t.cycles.drain));
    result_.pe_cycles.add("idle", result_.slots * t.cycles.stream - mapped);
    result_.counters.add("systolic.folds", t.folds);
    result_.counters.add("systolic.multiplications", mapped);
    result_.counters.add("systolic.additions", mapped);
  }

  uint64_t move(const Timed& t) {
    const uint64_t word = bytes_per_element(config_.data_type);
    const bool input = t.layout.dataflow == hw::Dataflow::kInputStationary;
    const bool output = t.layout.dataflow == hw::Dataflow::kOutputStationary;
    const uint64_t a_bytes = op_.m() * op_.k() * word, b_bytes = op_.k() * op_.n() * word;
    const uint64_t x_folds = t.layout.on_columns == 0 ? 0 : hw::folds(array_, 1, t.layout.on_columns);
    const uint64_t k_folds = t.layout.on_rows == 0 ? 0 : hw::folds(array_, t.layout.on_rows, 1);
    GemmTraffic traffic;
    traffic.a_stationary = input;
    traffic.stationary_bytes = input ? a_bytes : b_bytes;
    traffic.streaming_bytes = input ? b_bytes : a_bytes;
    traffic.refetched_bytes = traffic.streaming_bytes * x_folds;
    traffic.outputs = op_.m() * op_.n();
    traffic.spilled_psums = output || k_folds == 0 ? 0 : (k_folds - 1) * traffic.outputs;
    traffic.streamed_bytes =
        traffic.streaming_bytes * x_folds + traffic.stationary_bytes * (output ? k_folds : 1);
    return move_gemm_operands(result_, traffic,
                              {config_.operand_buffer_mib, config_.dram, static_cast<uint32_t>(word)});
  }

  void identify() {
    result_.accelerator = Systolic::kName;
    result_.timing = config_.timing == Timing::kAnalytic ? "analytic" : "detailed";
    describe(result_, op_);
    result_.operand_type = name(config_.data_type);
    result_.accumulate_type = is_integer(config_.data_type) ? "int64" : "fp32";
    result_.clock_hz = config_.clock_mhz * 1e6;
    result_.slot_unit = "multiplier";
    result_.slots = config_.cells();
    result_.config = config_values(fields(), &config_);
  }

  void fill_utilisation(const Timed& t) {
    const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
    const auto cells = static_cast<double>(result_.slots);
    const double useful_latency = static_cast<double>(useful_) / cells;
    result_.stationary_utilisation =
        share(static_cast<double>(t.layout.stationary_nnz), static_cast<double>(t.folds) * cells);
    result_.compute_utilisation = share(useful_latency, static_cast<double>(t.cycles.stream));
    result_.overall_utilisation = share(useful_latency, static_cast<double>(result_.cycles));
  }

  void explain(const Timed& t) {
    const char* held = t.layout.dataflow == hw::Dataflow::kInputStationary    ? "A"
                       : t.layout.dataflow == hw::Dataflow::kOutputStationary ? "C"
                                                                              : "B";
    const double cells = static_cast<double>(t.folds) * static_cast<double>(result_.slots);
    const double mapped = static_cast<double>(t.layout.on_rows) * static_cast<double>(t.layout.on_columns);
    result_.explanation =
        fmt::format("{} stationary, {} fold{} of {} x {}, {:.0f} % of cells mapped, {:.0f} % hold a non-zero",
                    held, t.folds, t.folds == 1 ? "" : "s", config_.rows, config_.columns,
                    cells > 0 ? 100 * mapped / cells : 0, 100 * result_.stationary_utilisation);
  }

  const Operation& op_;
  const Config& config_;
  const Billing& billing_;
  const SimulateOptions& options_;
  hw::SystolicArray array_;
  uint64_t useful_ = 0;
  Result result_;
};

}  // namespace

Systolic::Systolic(const Config& config) : config_(config), billing_(make_billing(config)) {}

std::optional<std::string> Systolic::refuses(const Operation& operation) const {
  return refuse_all_but_gemm(kName, operation);
}

RunResult Systolic::simulate(std::span<const Operation> operations, const SimulateOptions& options) const {
  return one_after_the_other(*this, operations, options, [&](const Operation& operation) {
    return Run(operation, config_, billing_, options).go();
  });
}

std::vector<BillLine> Systolic::bill() const { return billing_.lines(); }

}  // namespace nonzero::systolic
