#include "nonzero/arch/sat/stages.h"

#include <algorithm>

#include "nonzero/base/math.h"
#include "nonzero/hw/vector/sore.h"
#include "nonzero/hw/vector/vector_unit.h"

namespace nonzero::sat {
namespace {

constexpr uint64_t kFp16Bytes = 2, kFp32Bytes = 4;
constexpr uint32_t kFp16Bits = 16;

// Index bits of a compact operand, as a share of its bytes.
uint64_t index_bytes(uint64_t compact_bytes, const NmRatio& ratio) {
  return compact_bytes * ratio.index_bits() / (kFp16Bits + ratio.index_bits());
}

}  // namespace

void StageCharger::gemms(const char* name, const std::vector<TimedGemm>& timed, uint64_t effectual) {
  if (timed.empty()) return;
  Stage stage;
  stage.name = name;
  uint64_t products = 0;
  for (const TimedGemm& one : timed) {
    gemm(stage, one);
    products += one.activity.products;
  }
  result_.multiplications_issued += products;
  result_.multiplications_effectual += effectual;
  result_.pe_cycles.add("useful", effectual);
  result_.pe_cycles.add("zero_operand", products - effectual);
  close(std::move(stage));
}

void StageCharger::gemm(Stage& stage, const TimedGemm& t) {
  const hw::StceCycles& c = t.cycles;
  const GemmPlan& plan = *t.plan;
  const uint64_t cells = result_.slots;
  stage.gemms.push_back({plan.name, name(t.dataflow), t.total(), t.traffic.total()});
  stage.cycles += t.total();
  stage.phases.add("load", c.preload);
  stage.phases.add("stream", c.issue);
  stage.phases.add("reduce.accumulate", c.stall);
  stage.phases.add("reduce.fill", c.fill);
  stage.phases.add("reduce.drain", c.drain);
  stage.phases.add("stall_memory", t.stall_memory);
  result_.pe_cycles.add("operand_stall", cells * c.stall);
  result_.pe_cycles.add("fill_drain", cells * (c.fill + c.drain + c.preload));
  result_.pe_cycles.add("memory_stall", cells * t.stall_memory);
  result_.pe_cycles.add("idle", cells * c.issue - t.activity.products);  // beyond the tiles' edges

  const uint64_t metadata = plan.gemm.sparse ? index_bytes(t.traffic.weights, plan.gemm.ratio) : 0;
  LevelTraffic& dram = stage.traffic_bytes["dram"];
  dram.read.add(plan.activations, t.traffic.activations);
  dram.read.add(plan.weights, t.traffic.weights - metadata);
  dram.read.add("metadata", metadata);
  dram.write.add(plan.outputs, t.traffic.outputs);
  const uint64_t value_bits = kFp16Bits + (plan.gemm.sparse ? plan.gemm.ratio.index_bits() : 0);
  const uint64_t weight_bytes = ceil_div(t.activity.weight_values * value_bits, 8);
  stage.traffic_bytes["act_buf"].read.add(plan.activations, t.activity.activation_bytes);
  stage.traffic_bytes["act_buf"].write.add(plan.activations, t.traffic.activations);
  stage.traffic_bytes["wgt_buf"].read.add(plan.weights, weight_bytes);
  stage.traffic_bytes["wgt_buf"].write.add(plan.weights, t.traffic.weights);
  stage.traffic_bytes["psum_buf"].read.add("psum", t.activity.psum_updates * kFp32Bytes);
  stage.traffic_bytes["psum_buf"].write.add("psum", t.activity.psum_updates * kFp32Bytes);

  result_.counters.add("stce.multiplications", t.activity.products);
  result_.counters.add("stce.additions", t.activity.products + t.activity.psum_updates);
  result_.counters.add("stce.selections", plan.gemm.sparse ? t.activity.products : 0);
  result_.counters.add("stce.link_words", t.activity.activation_bytes / kFp16Bytes);
}

void StageCharger::engine(Stage& stage, uint64_t cycles, uint64_t bytes) {
  const hw::EngineCycles spent =
      hw::beside_memory(cycles, hw::memory_cycles(bytes, config_.bytes_per_cycle()));
  stage.phases.add("stream", spent.stream);
  stage.phases.add("stall_memory", spent.stall_memory);
  stage.cycles += spent.total();
  result_.pe_cycles.add("idle", result_.slots * spent.total());
}

void StageCharger::element_wise(const StepShape& shape) {
  if (!config_.model_elementwise) return;
  const uint64_t elements = shape.is_attention() ? shape.batch * shape.heads * shape.tokens * shape.tokens
                                                 : shape.positions() * shape.cout;
  Stage stage;
  stage.name = "EW";
  LevelTraffic& dram = stage.traffic_bytes["dram"];
  dram.read.add("elements", hw::kElementWiseBytesRead * elements);
  dram.write.add("elements", hw::kElementWiseBytesWritten * elements);
  engine(stage, hw::element_wise_cycles(elements, static_cast<uint64_t>(config_.vec_lanes)),
         dram.read.sum() + dram.write.sum());
  result_.counters.add("vector_unit.operations", 2 * elements);
  close(std::move(stage));
}

uint64_t StageCharger::sore(uint64_t groups) {
  result_.counters.add("sore.comparisons", hw::sore_comparisons(groups, config_.ratio()));
  return hw::sore_cycles(groups, static_cast<uint64_t>(config_.sore_lanes), config_.ratio());
}

void StageCharger::weight_update(const StepShape& shape, const LayerPlan& plan) {
  const uint64_t weights = shape.weights();
  if (weights == 0) return;
  Stage stage;
  stage.name = "WUVE";
  LevelTraffic& dram = stage.traffic_bytes["dram"];
  dram.read.add("master", hw::kUpdateBytesRead * weights);
  dram.write.add("master", hw::kUpdateBytesWritten * weights);
  if (plan.keeps_dense_weights() || !config_.pregen) dram.write.add("weights", kFp16Bytes * weights);
  uint64_t cycles = hw::weight_update_cycles(weights, static_cast<uint64_t>(config_.wuve_lanes),
                                             static_cast<uint64_t>(config_.wuve_depth));
  if (config_.pregen) {
    // SORE takes the updated weights as they leave, one direction after the other.
    uint64_t compacting = 0;
    for (const uint64_t groups : {plan.forward_groups, plan.backward_groups}) {
      const uint64_t bytes = nm_bytes(groups, config_.ratio(), kFp16Bits);
      dram.write.add("weights", bytes - index_bytes(bytes, config_.ratio()));
      dram.write.add("metadata", index_bytes(bytes, config_.ratio()));
      compacting += sore(groups);
    }
    cycles = std::max(cycles, compacting);
  }
  engine(stage, cycles, dram.read.sum() + dram.write.sum());
  result_.counters.add("wuve.updates", weights);
  close(std::move(stage));
}

void StageCharger::compact(const StepShape& shape, const LayerPlan& plan) {
  Stage stage;
  stage.name = "SORE";
  if (!config_.pregen)
    for (const uint64_t groups : {plan.forward_groups, plan.backward_groups}) {
      if (groups == 0) continue;
      const uint64_t bytes = kFp16Bytes * shape.weights();
      stage.traffic_bytes["dram"].read.add("weights", bytes);
      engine(stage, sore(groups), bytes);
    }
  if (plan.gradient_groups > 0) {
    // Pruning dy hides behind the element-wise pass that makes it.
    const uint64_t cycles = sore(plan.gradient_groups);
    if (!config_.model_elementwise) engine(stage, cycles, 0);
  }
  close(std::move(stage));
}

void StageCharger::close(Stage stage) {
  if (stage.cycles == 0) return;
  result_.phases.add(stage.phases);
  result_.cycles += stage.cycles;
  for (const auto& [level, bytes] : stage.traffic_bytes) {
    result_.traffic_bytes[level].read.add(bytes.read);
    result_.traffic_bytes[level].write.add(bytes.write);
    if (level != "dram") result_.counters.add(level + ".bytes", bytes.read.sum() + bytes.write.sum());
  }
  result_.stages.push_back(std::move(stage));
}

}  // namespace nonzero::sat
