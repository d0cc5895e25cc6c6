#include "nonzero/arch/flexagon/flexagon.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/arch/flexagon/activity.h"
#include "nonzero/arch/flexagon/billing.h"
#include "nonzero/arch/flexagon/conversion.h"
#include "nonzero/arch/flexagon/dispatch.h"
#include "nonzero/arch/flexagon/mrn_view.h"
#include "nonzero/arch/flexagon/product.h"
#include "nonzero/workload/operands.h"

namespace nonzero::flexagon {
namespace {

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

// A dataflow, simulated.
struct Candidate {
  Dataflow dataflow = Dataflow::kInnerM;
  Schedule schedule;
  Result result;
};

class Run {
 public:
  Run(const char* name, const Operation& operation, const Config& config, const Billing& billing,
      const SimulateOptions& options)
      : name_(name),
        op_(operation),
        config_(config),
        billing_(billing),
        options_(options),
        operands_(prepare()) {}

  Result go() {
    const std::vector<Dataflow> candidates = config_.candidates();
    const bool follows = options_.compute_product || options_.timeline;
    std::vector<Candidate> all;
    all.reserve(candidates.size());
    for (const Dataflow dataflow : candidates)
      all.push_back(simulate(dataflow, follows && candidates.size() == 1));
    // Ties go to the first in the table's order.
    const auto best = std::min_element(all.begin(), all.end(), [&](const Candidate& x, const Candidate& y) {
      return cost(x.result) < cost(y.result);
    });
    if (follows && candidates.size() > 1) best->result = simulate(best->dataflow, true).result;
    Result result = std::move(best->result);
    explain(result, *best, all);
    if (options_.views) {
      add_mrn_views(result, operands_, best->dataflow, config_);
      if (const auto design = published_design(config_))
        result.views.emplace_back("published_blocks", blocks_view(*design));
    }
    return result;
  }

 private:
  OperandPair prepare() {
    const Operands operands = prepare_operands(op_, config_.data_type, options_.compute_product, false);
    return {as_csr(operands.a), as_csr(operands.b)};
  }

  // `follow`: with what costs more than counting, the product and the timeline.
  Candidate simulate(Dataflow dataflow, bool follow) {
    Candidate c{dataflow, {}, {}};
    Result& r = c.result;
    identify(r);
    const Sides sides = operands_.sides(dataflow), by_rows = sides_by_rows(operands_, dataflow);
    Distribution distribution(sides, by_rows, config_, config_.port() == StrPort::kMulticast);
    std::unique_ptr<ProductWalk> product;
    if (follow && options_.compute_product)
      product = ProductWalk::make(sides, by_rows, config_, is_integer(config_.data_type));
    Hooks hooks;
    hooks.tile = [&](const Tile& tile) {
      distribution.add(tile);
      if (product) product->add(tile);
    };
    if (follow && options_.timeline) hooks.span = timeline_of(r);
    const Conversions conversions = conversions_for(dataflow, operands_, config_);
    if (hooks.span) hooks.span("control", conversions.cycles(), 0);
    c.schedule = schedule(operands_, dataflow, config_, hooks);
    add_control(c.schedule, conversions.cycles());
    fill(r, c.schedule);
    count_activity(r, c.schedule, distribution, dataflow, config_);
    if (conversions.a.cycles > 0) add_traffic(r.traffic_bytes["dram"], conversions.a, "a");
    if (conversions.b.cycles > 0) add_traffic(r.traffic_bytes["dram"], conversions.b, "b");
    billing_.bill(r);
    if (const auto published = published_energy(r.cycles, config_)) r.notes.push_back(*published);
    if (product) keep(r, product->finish(), dataflow);
    return c;
  }

  // Conversion of operands, before the first tile.
  void add_control(Schedule& s, uint64_t cycles) const {
    if (cycles == 0) return;
    s.phases.add("control", cycles);
    s.pe_cycles.add("idle", config_.lanes() * cycles);
    s.cycles += cycles;
  }

  // C lies in CSR after an M-stationary dataflow, in CSC after an N-stationary one: as rows of C'.
  static void keep(Result& r, Product product, Dataflow dataflow) {
    if (n_stationary(dataflow)) product = transpose(product);
    r.output.nnz = product.nnz();
    r.product = std::make_shared<const Product>(std::move(product));
  }

  static std::function<void(const char*, uint64_t, uint64_t)> timeline_of(Result& r) {
    return [&r](const char* phase, uint64_t cycles, uint64_t tile) {
      if (cycles == 0) return;
      const uint64_t at = r.timeline.empty() ? 0 : r.timeline.back().end;
      r.timeline.push_back({"flexagon", phase, at, at + cycles, tile});
    };
  }

  void identify(Result& r) const {
    r.accelerator = name_;
    r.timing = config_.timing == Timing::kPaper ? "paper" : "pipelined";
    describe(r, op_);
    r.nnz_a = operands_.a().nnz();
    r.nnz_b = operands_.b().nnz();
    r.operand_type = name(config_.data_type);
    r.accumulate_type = is_integer(config_.data_type) ? "int64" : "fp32";
    r.clock_hz = config_.clock_mhz * 1e6;
    r.slot_unit = "multiplier";
    r.slots = config_.lanes();
    r.config = config_values(fields(), &config_);
    r.notes = warnings(config_);
  }

  void fill(Result& r, const Schedule& s) const {
    r.cycles = s.cycles;
    r.phases = s.phases;
    r.pe_cycles = s.pe_cycles;
    r.multiplications_effectual = s.multiplications;
    r.multiplications_issued = s.multiplications;
    const double lanes = static_cast<double>(r.slots);
    const double useful = static_cast<double>(s.multiplications) / lanes;
    r.stationary_utilisation = share(static_cast<double>(s.sta_reads), static_cast<double>(s.tiles) * lanes);
    r.compute_utilisation = share(useful, static_cast<double>(s.stream_cycles));
    r.overall_utilisation = share(useful, static_cast<double>(s.cycles));
  }

  [[nodiscard]] double cost(const Result& r) const {
    switch (config_.objective) {
      case Objective::kEnergy:
        return r.energy_pj.total;
      case Objective::kEnergyDelay:
        return r.energy_pj.total * static_cast<double>(r.cycles);
      default:
        return static_cast<double>(r.cycles);
    }
  }

  void explain(Result& r, const Candidate& best, std::span<const Candidate> all) const {
    const char* stationary = n_stationary(best.dataflow) ? "B" : "A";
    r.explanation = fmt::format("{}: {} stationary in {} tile{}", title(best.dataflow), stationary,
                                best.schedule.tiles, best.schedule.tiles == 1 ? "" : "s");
    if (best.schedule.merge_passes > 0)
      r.explanation += fmt::format(", {} merging passes", best.schedule.merge_passes);
    r.explanation += order_of_c(best.dataflow) == Order::kRows ? ", C in CSR" : ", C in CSC";
    for (const Candidate& one : all)
      r.counters.add(fmt::format("cycles.{}", name(one.dataflow)), one.schedule.cycles);
    if (all.size() < 2) return;
    const Candidate* second = nullptr;
    for (const Candidate& one : all)
      if (&one != &best && (second == nullptr || cost(one.result) < cost(second->result))) second = &one;
    const double factor = share(cost(second->result), cost(r));
    r.explanation +=
        fmt::format("; best of {}, {} next at {:.2f} x", all.size(), title(second->dataflow), factor);
  }

  const char* name_;
  const Operation& op_;
  const Config& config_;
  const Billing& billing_;
  const SimulateOptions& options_;
  OperandPair operands_;
};

}  // namespace

Machine::Machine(const char* name, const Config& config)
    : name_(name), config_(config), billing_(make_billing(config)) {}

std::optional<std::string> Machine::refuses(const Operation& operation) const {
  return refuse_all_but_gemm(name_, operation);
}

RunResult Machine::simulate(std::span<const Operation> operations, const SimulateOptions& options) const {
  RunResult run;
  run.results.reserve(operations.size());
  for (const Operation& operation : operations) {
    if (const auto reason = refuses(operation)) throw InputError(*reason);
    if (options.progress != nullptr)
      options.progress->step(operation.name, run.results.size(), operations.size());
    run.results.push_back(Run(name_, operation, config_, billing_, options).go());
    run.sequential_cycles += run.results.back().cycles * operation.repeat;
  }
  run.makespan_cycles = run.sequential_cycles;
  return run;
}

std::vector<BillLine> Machine::bill() const { return billing_.lines(); }

}  // namespace nonzero::flexagon
