#include "nonzero/arch/sat/schedule.h"

#include <algorithm>
#include <cmath>

#include "nonzero/hw/vector/vector_unit.h"

namespace nonzero::sat {

std::string name(hw::StceDataflow dataflow) {
  return dataflow == hw::StceDataflow::kOutputStationary ? "os" : "ws";
}

TimedGemm time_gemm(const GemmPlan& plan, const Config& config, hw::StceDataflow dataflow) {
  const hw::StceArray array = config.array();
  const uint64_t times = plan.instances;
  TimedGemm t;
  t.plan = &plan;
  t.dataflow = dataflow;
  // One instance follows the other: the pipeline is filled once.
  t.cycles = hw::stce_cycles(array, plan.gemm, dataflow);
  for (uint64_t* part : {&t.cycles.issue, &t.cycles.stall, &t.cycles.drain, &t.cycles.preload})
    *part *= times;
  t.activity = hw::stce_activity(array, plan.gemm, dataflow);
  for (uint64_t* count : {&t.activity.products, &t.activity.activation_bytes, &t.activity.weight_values,
                          &t.activity.psum_updates})
    *count *= times;
  t.traffic = hw::stce_traffic(array, config.buffers(), plan.gemm, plan.once);
  for (uint64_t* bytes : {&t.traffic.activations, &t.traffic.weights, &t.traffic.outputs}) *bytes *= times;
  const uint64_t memory = hw::memory_cycles(t.traffic.total(), config.bytes_per_cycle());
  t.stall_memory = config.overlap_dram ? hw::beside_memory(t.cycles.total(), memory).stall_memory : memory;
  return t;
}

TimedGemm schedule_gemm(const GemmPlan& plan, const Config& config) {
  using hw::StceDataflow;
  if (config.dataflow == DataflowChoice::kOs) return time_gemm(plan, config, StceDataflow::kOutputStationary);
  if (config.dataflow == DataflowChoice::kWs) return time_gemm(plan, config, StceDataflow::kWeightStationary);
  const TimedGemm os = time_gemm(plan, config, StceDataflow::kOutputStationary);
  const TimedGemm ws = time_gemm(plan, config, StceDataflow::kWeightStationary);
  return ws.total() < os.total() ? ws : os;
}

uint64_t expected_effectual(const GemmPlan& plan) {
  const hw::StceGemm& g = plan.gemm;
  const uint64_t whole = g.channels / g.ratio.m, rest = g.channels % g.ratio.m;
  const uint64_t stored =
      g.sparse ? g.taps * (whole * g.ratio.n + std::min<uint64_t>(g.ratio.n, rest)) : g.steps();
  const double products = static_cast<double>(g.positions * g.outputs * stored) * plan.density;
  return plan.instances * static_cast<uint64_t>(std::llround(products));
}

}  // namespace nonzero::sat
