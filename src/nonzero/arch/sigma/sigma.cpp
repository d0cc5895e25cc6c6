#include "nonzero/arch/sigma/sigma.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nonzero/arch/sigma/activity.h"
#include "nonzero/arch/sigma/fan_view.h"
#include "nonzero/arch/sigma/flex_dpu.h"
#include "nonzero/arch/sigma/network.h"
#include "nonzero/arch/sigma/product.h"
#include "nonzero/arch/sigma/sides.h"
#include "nonzero/arch/sigma/timing.h"
#include "nonzero/base/math.h"

namespace nonzero::sigma {
namespace {

// One stationary choice, timed.
struct Candidate {
  Stationary stationary = Stationary::kMk;
  Mapping mapping;
  Schedule schedule;
};

Candidate detailed(const Sides& sides, Stationary stationary, const Config& config) {
  Candidate c{stationary,
              std::visit([&](const auto& matrix) { return map_stationary(matrix, sides.streaming, config); },
                         *sides.stationary),
              {}};
  c.schedule = schedule(c.mapping, config);
  return c;
}

Candidate analytic(const Operation& op, Stationary stationary, const Config& config) {
  const Operand& a = op.gemm().a;
  const Operand& b = op.gemm().b;
  const bool mk = stationary == Stationary::kMk;
  Candidate c{
      stationary,
      expected_mapping(mk ? op.m() : op.n(), op.k(), mk ? op.n() : op.m(), mk ? a.density() : b.density(),
                       mk ? b.density() : a.density(), expected_effectual(op), config),
      {}};
  c.schedule = schedule(c.mapping, config);
  return c;
}

// SIGMA, Sec. IV-D: both dataflows are run and the faster one kept; MK on a tie.
std::vector<Stationary> choices(const Config& config) {
  if (config.stationary == Stationary::kBest) return {Stationary::kMk, Stationary::kKn};
  return {config.stationary};
}

template <class Time>
Candidate best(const Config& config, const Time& time) {
  std::optional<Candidate> kept;
  for (const Stationary stationary : choices(config)) {
    Candidate candidate = time(stationary);
    if (!kept || candidate.schedule.cycles < kept->schedule.cycles) kept = std::move(candidate);
  }
  return *std::move(kept);
}

Candidate without_reuse(uint64_t useful, uint64_t steps, const Config& config) {
  Candidate c;
  c.stationary = Stationary::kNone;
  c.mapping.multipliers = config.multipliers();
  c.mapping.lanes_per_dpe = static_cast<uint64_t>(config.multipliers_per_dpe);
  c.mapping.steps = steps;
  c.mapping.useful = useful;
  c.mapping.streamed_words = 2 * useful;
  c.schedule = schedule_without_reuse(useful, config);
  return c;
}

std::string explain(const Candidate& c, const Operation& op, const Config& config) {
  if (c.stationary == Stationary::kNone)
    return fmt::format("nothing stationary, {} useful pairs streamed from both operands", c.mapping.useful);
  const bool mk = c.stationary == Stationary::kMk;
  const uint64_t slots = c.schedule.folds * c.mapping.multipliers;
  const double held =
      slots > 0 ? 100.0 * static_cast<double>(c.mapping.ones) / static_cast<double>(slots) : 0;
  std::string text =
      fmt::format("{} stationary, {} fold{}, {:.0f} % of multipliers hold a non-zero, streaming {}",
                  mk ? "A" : "B", c.schedule.folds, c.schedule.folds == 1 ? "" : "s", held, mk ? "N" : "M");
  if (config.stationary == Stationary::kBest && config.timing == Timing::kDetailed && op.k() > 0)
    text += mk ? " (A stationary is no slower than B)" : " (B stationary is faster than A)";
  return text;
}

void fill_utilisation(Result& r, const Candidate& c) {
  const double useful_latency = static_cast<double>(c.mapping.useful) / static_cast<double>(r.slots);
  const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
  r.stationary_utilisation = share(static_cast<double>(c.mapping.ones),
                                   static_cast<double>(c.schedule.folds * c.mapping.multipliers));
  r.compute_utilisation = share(useful_latency, static_cast<double>(c.schedule.stream_cycles));
  r.overall_utilisation = share(useful_latency, static_cast<double>(r.cycles));
}

void fill_timeline(Result& r, const Candidate& c, const Config& config) {
  uint64_t at = 0, fold = 0;
  const auto span = [&](const char* component, const char* phase, uint64_t cycles) {
    if (cycles > 0) r.timeline.push_back({component, phase, at, at + cycles, fold});
    at += cycles;
  };
  if (c.mapping.slab_ones.size() != 1 || c.mapping.stall_steps != 0) {
    // Loads and drains are charged over slabs, not fold by fold: the phases in turn.
    for (const auto& [phase, cycles] : r.phases) span("sigma", phase.c_str(), cycles);
    return;
  }
  const uint64_t folds = std::max<uint64_t>(1, c.schedule.folds);
  const uint64_t p = c.mapping.multipliers;
  for (; fold < c.schedule.folds; ++fold) {
    const uint64_t ones = std::min(p, c.mapping.ones - fold * p);
    span("benes", "load", ceil_div(ones, static_cast<uint64_t>(config.load_words)));
    span("multipliers", "stream", c.mapping.steps);
    span("fan", "reduce", r.phases.get("reduce") / folds);
  }
  span("output", "merge", r.phases.get("merge"));
  span("dram", "stall_memory", r.phases.get("stall_memory"));
}

class Run {
 public:
  Run(const Operation& operation, const Config& config, const Billing& billing,
      const SimulateOptions& options)
      : op_(operation), config_(config), billing_(billing), options_(options) {}

  Result go() {
    identify(result_);
    Candidate c = config_.timing == Timing::kAnalytic ? time_analytic() : time_detailed();
    Result& r = result_;
    r.multiplications_effectual = c.mapping.useful;
    r.multiplications_issued = c.stationary == Stationary::kNone
                                   ? c.mapping.useful
                                   : std::max(c.mapping.useful, c.mapping.ones * c.mapping.steps);
    count_activity(r, c.mapping, config_);
    const uint64_t memory = count_memory(r, c.mapping, c.stationary != Stationary::kKn, config_);
    add_memory_stall(c.schedule, memory, config_.multipliers());
    r.cycles = c.schedule.cycles;
    r.phases = c.schedule.phases;
    r.pe_cycles = c.schedule.pe_cycles;
    r.counters.add("sigma.folds", c.schedule.folds);
    fill_utilisation(r, c);
    r.explanation = explain(c, op_, config_);
    billing_.bill(r);
    if (options_.timeline) fill_timeline(r, c, config_);
    if (options_.views && c.stationary != Stationary::kNone && config_.timing == Timing::kDetailed)
      if (auto view = fan_view(op_, c.stationary == Stationary::kMk, config_))
        r.views.emplace_back("fan", *std::move(view));
    return std::move(result_);
  }

 private:
  Candidate time_analytic() {
    if (options_.compute_product)
      result_.notes.emplace_back("analytic timing counts only; the product is not computed");
    if (config_.stationary == Stationary::kNone)
      return without_reuse(expected_effectual(op_), op_.n(), config_);
    return best(config_, [&](Stationary s) { return analytic(op_, s, config_); });
  }

  Candidate time_detailed() {
    const Operands operands = prepare_operands(op_, config_.data_type, options_.compute_product, true);
    result_.nnz_a = nnz(*operands.a);
    result_.nnz_b = nnz(*operands.b);
    note_dropped_zeros(result_, op_);
    if (config_.stationary == Stationary::kNone) {
      if (options_.compute_product) follow(arrange(operands, true, true), Stationary::kMk);
      return without_reuse(effectual_multiplications(*operands.a, *operands.b), op_.n(), config_);
    }
    const bool row_major = config_.limits_streaming() && config_.packing == Packing::kRowMajor;
    Candidate c = best(config_, [&](Stationary s) {
      return detailed(arrange(operands, s == Stationary::kMk, row_major), s, config_);
    });
    if (options_.compute_product)
      c.mapping = follow(arrange(operands, c.stationary == Stationary::kMk, true), c.stationary);
    return c;
  }

  // Walks the mapping with values.
  Mapping follow(const Sides& sides, Stationary stationary) {
    const auto& fixed = std::get<Csr>(*sides.stationary);
    const Csr& moving = *sides.streaming.rows_csr;
    const bool integer = is_integer(config_.data_type);
    ProductBuilder builder(fixed, moving, integer);
    WordByWord network(fixed, moving, config_);
    Mapping mapping = map_stationary(fixed, sides.streaming, config_, [&](const Segment& segment) {
      builder.add(segment);
      network.add(segment);
    });
    network.finish();
    Product product = network.makes_product() ? network.product() : builder.finish();
    network.report(result_);
    if (stationary == Stationary::kKn) product = transpose(product);
    result_.output.nnz = product.nnz();
    result_.product = std::make_shared<const Product>(std::move(product));
    return mapping;
  }

  void identify(Result& r) const {
    r.accelerator = Sigma::kName;
    r.timing = config_.timing == Timing::kAnalytic ? "analytic" : "detailed";
    describe(r, op_);
    r.operand_type = name(config_.data_type);
    r.accumulate_type = is_integer(config_.data_type) ? "int64" : "fp32";
    r.clock_hz = config_.clock_mhz * 1e6;
    r.slot_unit = "multiplier";
    r.slots = config_.multipliers();
    r.config = config_values(fields(), &config_);
  }

  const Operation& op_;
  const Config& config_;
  const Billing& billing_;
  const SimulateOptions& options_;
  Result result_;
};

}  // namespace

Sigma::Sigma(const Config& config) : config_(config), billing_(make_billing(config)) {}

std::optional<std::string> Sigma::refuses(const Operation& operation) const {
  return refuse_all_but_gemm(kName, operation);
}

RunResult Sigma::simulate(std::span<const Operation> operations, const SimulateOptions& options) const {
  RunResult run = one_after_the_other(*this, operations, options, [&](const Operation& operation) {
    return Run(operation, config_, billing_, options).go();
  });
  if (options.concurrent) run.makespan_cycles = concurrent_makespan(run.results, config_);
  return run;
}

std::vector<BillLine> Sigma::bill() const { return billing_.lines(); }

}  // namespace nonzero::sigma
