#include "nonzero/arch/sat/plan.h"

#include <fmt/format.h>

#include "nonzero/base/math.h"

namespace nonzero::sat {
namespace {

constexpr uint64_t kFp16Bytes = 2;
constexpr uint32_t kFp16Bits = 16;

uint64_t bytes(uint64_t elements) { return elements * kFp16Bytes; }

bool is_pruned(const TrainingStep& step, const Config& config) {
  if (step.shape.is_attention() || config.exclude == Exclude::kAll) return false;
  return step.shape.sparse || config.exclude == Exclude::kNone;
}

GemmPlan forward_gemm(const TrainingStep& step, const Config& config, bool pruned) {
  const StepShape& s = step.shape;
  GemmPlan p;
  p.name = "FF";
  p.gemm = {s.positions(), s.kh * s.kw, s.cin, s.cout, pruned, config.ratio()};
  p.once = {bytes(s.inputs() * s.cin),
            pruned ? nm_bytes(p.gemm.groups() * s.cout, config.ratio(), kFp16Bits) : bytes(s.weights()),
            bytes(s.positions() * s.cout)};
  p.activations = "x";
  p.weights = "weights";
  p.outputs = "y";
  p.density = step.density_x;
  return p;
}

std::string phase_name(const StepShape& s, const BackwardPhase& phase) {
  return s.stride == 1 ? "BP" : fmt::format("BP({},{})", phase.first_h, phase.first_w);
}

// dy slides over the phase's rows of dx; the weights, reduced over Cout, are what may be pruned.
GemmPlan backward_gemm(const TrainingStep& step, const Config& config, const BackwardPhase& phase,
                       bool pruned) {
  const StepShape& s = step.shape;
  const uint64_t all_taps = s.kh * s.kw, positions = s.batch * phase.rows * phase.columns;
  GemmPlan p;
  p.name = phase_name(s, phase);
  p.gemm = {positions, phase.taps(), s.cout, s.cin, pruned, config.ratio()};
  p.once = {ceil_div(bytes(s.positions() * s.cout) * phase.taps(), all_taps),
            pruned ? nm_bytes(p.gemm.groups() * s.cin, config.ratio(), kFp16Bits)
                   : bytes(phase.taps() * s.cout * s.cin),
            bytes(positions * s.cin)};
  p.activations = "dy";
  p.weights = "weights";
  p.outputs = "dx";
  p.density = step.density_dy;
  return p;
}

// SDGP: dy is pruned, so it takes the side that the array stores; the dense weights slide.
GemmPlan pruned_gradient_gemm(const TrainingStep& step, const Config& config, const BackwardPhase& phase) {
  const StepShape& s = step.shape;
  const uint64_t all_taps = s.kh * s.kw, positions = s.batch * phase.rows * phase.columns;
  const NmRatio ratio = config.ratio();
  const uint64_t compact_bits =
      ceil_div(s.cout, ratio.m) * ratio.n * (kFp16Bits + ratio.index_bits()) * s.positions();
  GemmPlan p;
  p.name = phase_name(s, phase);
  p.gemm = {s.cin, phase.taps(), s.cout, positions, true, ratio};
  p.once = {bytes(phase.taps() * s.cout * s.cin),
            ceil_div(phase.taps() * ceil_div(compact_bits, 8), all_taps), bytes(positions * s.cin)};
  p.activations = "weights";
  p.weights = "dy";
  p.outputs = "dx";
  // What pruning keeps of a group is its largest, zeros last.
  p.density = std::min(1.0, step.density_dy * ratio.m / ratio.n);
  return p;
}

GemmPlan update_gemm(const TrainingStep& step, const Config& config) {
  const StepShape& s = step.shape;
  GemmPlan p;
  p.name = "WU";
  p.gemm = {s.kh * s.kw * s.cin, 1, s.positions(), s.cout, false, config.ratio()};
  p.once = {bytes(s.inputs() * s.cin), bytes(s.positions() * s.cout), bytes(s.weights())};
  p.activations = "x";
  p.weights = "dy";
  p.outputs = "dw";
  p.density = step.density_x * step.density_dy;
  return p;
}

// (positions, reduction, outputs) per image and head.
GemmPlan attention_gemm(const StepShape& s, const Config& config, const char* name, uint64_t positions,
                        uint64_t k, uint64_t outputs) {
  GemmPlan p;
  p.name = name;
  p.gemm = {positions, 1, k, outputs, false, config.ratio()};
  p.once = {bytes(positions * k), bytes(k * outputs), bytes(positions * outputs)};
  p.activations = p.weights = "activations";
  p.outputs = "activations";
  p.instances = s.batch * s.heads;
  return p;
}

LayerPlan plan_attention(const StepShape& s, const Config& config) {
  const uint64_t t = s.tokens, d = s.head_dim;
  LayerPlan plan;
  plan.forward = {attention_gemm(s, config, "FF.scores", t, d, t),
                  attention_gemm(s, config, "FF.values", t, t, d)};
  plan.backward = {attention_gemm(s, config, "BP.dv", t, t, d), attention_gemm(s, config, "BP.dp", t, d, t),
                   attention_gemm(s, config, "BP.dq", t, t, d), attention_gemm(s, config, "BP.dk", t, t, d)};
  return plan;
}

std::vector<uint64_t> taps_of(uint64_t first, uint64_t pad, uint64_t kernel, uint64_t stride) {
  std::vector<uint64_t> taps;
  for (uint64_t r = 0; r < kernel; ++r)
    if ((first + pad) % stride == r % stride) taps.push_back(r);
  return taps;
}

}  // namespace

std::vector<BackwardPhase> backward_phases(const StepShape& s) {
  std::vector<BackwardPhase> phases;
  for (uint64_t a = 0; a < std::min(s.stride, s.h); ++a)
    for (uint64_t b = 0; b < std::min(s.stride, s.w); ++b) {
      BackwardPhase phase{a,
                          b,
                          taps_of(a, s.pad, s.kh, s.stride),
                          taps_of(b, s.pad, s.kw, s.stride),
                          ceil_div(s.h - a, s.stride),
                          ceil_div(s.w - b, s.stride)};
      if (phase.taps() > 0) phases.push_back(std::move(phase));
    }
  return phases;
}

bool LayerPlan::keeps_dense_weights() const {
  return !pruned_forward || (!backward.empty() && !pruned_backward);
}

LayerPlan plan_layer(const TrainingStep& step, const Config& config) {
  const StepShape& s = step.shape;
  if (s.is_attention()) return plan_attention(s, config);
  LayerPlan plan;
  const bool pruned = is_pruned(step, config);
  plan.pruned_forward = pruned && prunes_forward(config.method);
  plan.pruned_backward = pruned && !s.first && prunes_backward(config.method);
  plan.pruned_gradient = pruned && !s.first && config.method == PruningMethod::kSdgp;
  plan.forward.push_back(forward_gemm(step, config, plan.pruned_forward));
  if (!s.first)
    for (const BackwardPhase& phase : backward_phases(s))
      plan.backward.push_back(plan.pruned_gradient
                                  ? pruned_gradient_gemm(step, config, phase)
                                  : backward_gemm(step, config, phase, plan.pruned_backward));
  plan.update.push_back(update_gemm(step, config));
  const NmRatio ratio = config.ratio();
  if (plan.pruned_forward) plan.forward_groups = s.kh * s.kw * ceil_div(s.cin, ratio.m) * s.cout;
  if (plan.pruned_backward) plan.backward_groups = s.kh * s.kw * ceil_div(s.cout, ratio.m) * s.cin;
  if (plan.pruned_gradient) plan.gradient_groups = ceil_div(s.cout, ratio.m) * s.positions();
  return plan;
}

void check_groups(const std::string& layer, const TrainingStep& step, const Config& config) {
  if (!config.strict || !is_pruned(step, config)) return;
  const WeightShape weight = step.shape.weight();
  if (prunes_forward(config.method))
    weight.along_cin().require_whole_groups(config.ratio(), fmt::format("layer '{}': Cin", layer));
  if (!step.shape.first && (prunes_backward(config.method) || config.method == PruningMethod::kSdgp))
    weight.along_cout().require_whole_groups(config.ratio(), fmt::format("layer '{}': Cout", layer));
}

}  // namespace nonzero::sat
