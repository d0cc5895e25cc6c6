#pragma once

#include "nonzero/arch/sat/plan.h"

namespace nonzero::sat {

// A GEMM in one dataflow, all its instances.
struct TimedGemm {
  const GemmPlan* plan = nullptr;
  hw::StceDataflow dataflow = hw::StceDataflow::kOutputStationary;
  hw::StceCycles cycles;
  uint64_t stall_memory = 0;  // what DRAM takes longer (or, without overlap, all it takes)
  hw::StceTraffic traffic;
  hw::StceActivity activity;

  [[nodiscard]] uint64_t total() const { return cycles.total() + stall_memory; }
};
TimedGemm time_gemm(const GemmPlan& plan, const Config& config, hw::StceDataflow dataflow);

// The offline scheduler: the faster dataflow, output-stationary among equals, or the one that is fixed.
TimedGemm schedule_gemm(const GemmPlan& plan, const Config& config);

// Multiplications of stored, real operands (padding left out), and of those the share that is effectual.
uint64_t expected_effectual(const GemmPlan& plan);

std::string name(hw::StceDataflow dataflow);  // "os", "ws"

}  // namespace nonzero::sat
