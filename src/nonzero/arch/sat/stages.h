#pragma once

#include "nonzero/arch/sat/product.h"
#include "nonzero/result/result.h"

namespace nonzero::sat {

// A layer's stages on the machine, one after the other: SORE (without pre-generation), FF, EW, BP, WU, WUVE.
// Fills the result's stages, phases, PE-cycles, traffic and counters from the schedule.
class StageCharger {
 public:
  StageCharger(Result& result, const Config& config) : result_(result), config_(config) {}

  // A pass of GEMMs; `effectual` are its multiplications with both operands other than zero.
  void gemms(const char* name, const std::vector<TimedGemm>& timed, uint64_t effectual);
  void element_wise(const StepShape& shape);
  void weight_update(const StepShape& shape, const LayerPlan& plan);
  void compact(const StepShape& shape, const LayerPlan& plan);

 private:
  void gemm(Stage& stage, const TimedGemm& timed);
  void engine(Stage& stage, uint64_t cycles, uint64_t bytes);
  // Adds the stage's phases and traffic to the result's; stages of no cycles are left out.
  void close(Stage stage);
  [[nodiscard]] uint64_t sore(uint64_t groups);

  Result& result_;
  const Config& config_;
};

}  // namespace nonzero::sat
