#include "nonzero/arch/sat/sat.h"

#include <fmt/format.h>

#include "nonzero/arch/sat/billing.h"
#include "nonzero/arch/sat/stages.h"
#include "nonzero/arch/staged.h"
#include "nonzero/hw/cost_sat.h"

namespace nonzero::sat {
namespace {

class Run {
 public:
  Run(const Operation& operation, const Config& config, const Billing& billing,
      const SimulateOptions& options)
      : op_(operation),
        step_(*operation.step()),
        config_(config),
        billing_(billing),
        options_(options),
        plan_(plan_layer(step_, config)) {
    for (const auto& [plans, timed] :
         {std::pair{&plan_.forward, &schedule_.forward}, std::pair{&plan_.backward, &schedule_.backward},
          std::pair{&plan_.update, &schedule_.update}})
      for (const GemmPlan& plan : *plans) timed->push_back(schedule_gemm(plan, config));
  }

  Result go() {
    check_groups(op_.name, step_, config_);
    identify();
    compute();
    charge();
    fill_utilisation();
    note_resources();
    if (options_.timeline) fill_staged_timeline(result_, 0);
    billing_.bill(result_);
    return std::move(result_);
  }

 private:
  void identify() {
    result_.accelerator = Sat::kName;
    result_.timing = "detailed";
    describe(result_, op_);
    result_.operand_type = step_.trained && !step_.trained->mixed_precision ? "fp32" : "fp16";
    result_.accumulate_type = "fp32";
    result_.clock_hz = config_.clock_mhz * 1e6;
    result_.slot_unit = "PE";
    result_.slots = config_.array().cells();
    result_.config = config_values(fields(), &config_);
  }

  // What the schedule says, computed; counted effectual work then replaces the expected one.
  void compute() {
    effectual_ = {expected(plan_.forward), expected(plan_.backward), expected(plan_.update)};
    if (!options_.compute_product || !step_.tensors) return;
    if (step_.trained->method != config_.method || !(step_.trained->ratio == config_.ratio())) {
      result_.notes.push_back(fmt::format("the step was trained with {} {}: its tensors are not followed",
                                          name(step_.trained->method), step_.trained->ratio.text()));
      return;
    }
    if (config_.exclude != Exclude::kMarked) {
      result_.notes.emplace_back(
          "the step was trained with the layers it marks kept dense: with another exclude its tensors are not "
          "followed");
      return;
    }
    StepProduct product = compute_step(step_, plan_, schedule_, config_);
    const auto keep = [&](const char* name, std::vector<float>& values, uint64_t counted,
                          uint64_t& effectual) {
      if (values.empty()) return;
      effectual = counted;
      result_.tensors.push_back({name, std::move(values)});
    };
    keep("y", product.y, product.forward_effectual, effectual_.forward);
    keep("dx", product.dx, product.backward_effectual, effectual_.backward);
    keep("dw", product.dw, product.update_effectual, effectual_.update);
    if (config_.stepped) result_.counters.add("stce.stepped_cycles", product.stepped_cycles);
  }

  [[nodiscard]] static uint64_t expected(const std::vector<GemmPlan>& plans) {
    uint64_t sum = 0;
    for (const GemmPlan& plan : plans) sum += expected_effectual(plan);
    return sum;
  }

  void charge() {
    StageCharger charger(result_, config_);
    charger.compact(step_.shape, plan_);
    charger.gemms("FF", schedule_.forward, effectual_.forward);
    charger.element_wise(step_.shape);
    charger.gemms("BP", schedule_.backward, effectual_.backward);
    charger.gemms("WU", schedule_.update, effectual_.update);
    charger.weight_update(step_.shape, plan_);
    for (const Stage& stage : result_.stages) {
      std::string flows;
      for (const Stage::Gemm& gemm : stage.gemms) flows += (flows.empty() ? " " : "+") + gemm.dataflow;
      result_.explanation +=
          fmt::format("{}{}{} {}", result_.explanation.empty() ? "" : ", ", stage.name, flows, stage.cycles);
    }
  }

  void fill_utilisation() {
    const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
    const auto cells = static_cast<double>(result_.slots);
    const auto issued = static_cast<double>(result_.multiplications_issued);
    const auto useful = static_cast<double>(result_.multiplications_effectual);
    uint64_t streaming = 0;
    for (const Stage& stage : result_.stages)
      if (!stage.gemms.empty()) streaming += stage.phases.get("stream");
    result_.stationary_utilisation = share(issued, cells * static_cast<double>(streaming));
    result_.compute_utilisation = share(useful, cells * static_cast<double>(streaming));
    result_.overall_utilisation = share(useful, cells * static_cast<double>(result_.cycles));
  }

  void note_resources() {
    const hw::FpgaResources r = hw::sat_resources(config_.array(), config_.buffers());
    result_.counters.add("fpga.dsp", r.dsp);
    result_.counters.add("fpga.bram36", r.bram36);
    result_.counters.add("fpga.uram", r.uram);
    const bool fits =
        r.dsp <= hw::kXcvu9p.dsp && r.bram36 <= hw::kXcvu9p.bram36 && r.uram <= hw::kXcvu9p.uram;
    if (!fits)
      result_.notes.push_back(
          fmt::format("does not fit an XCVU9P: {} of {} DSP, {} of {} BRAM36, {} of {} URAM", r.dsp,
                      hw::kXcvu9p.dsp, r.bram36, hw::kXcvu9p.bram36, r.uram, hw::kXcvu9p.uram));
  }

  struct Effectual {
    uint64_t forward = 0, backward = 0, update = 0;
  };
  const Operation& op_;
  const TrainingStep& step_;
  const Config& config_;
  const Billing& billing_;
  const SimulateOptions& options_;
  LayerPlan plan_;
  StepSchedule schedule_;
  Effectual effectual_;
  Result result_;
};

}  // namespace

Sat::Sat(const Config& config) : config_(config), billing_(make_billing(config)) {}

std::optional<std::string> Sat::refuses(const Operation& operation) const {
  if (operation.step() != nullptr) return std::nullopt;
  return fmt::format("{} does not support '{}' operations; it runs training steps, e.g. --suite sat-resnet18",
                     kName, operation.kind);
}

RunResult Sat::simulate(std::span<const Operation> operations, const SimulateOptions& options) const {
  return one_after_the_other(*this, operations, options, [&](const Operation& operation) {
    return Run(operation, config_, billing_, options).go();
  });
}

std::vector<BillLine> Sat::bill() const { return billing_.lines(); }

}  // namespace nonzero::sat
