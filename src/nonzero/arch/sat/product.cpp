#include "nonzero/arch/sat/product.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "nonzero/arch/sat/lowering.h"
#include "nonzero/base/math.h"
#include "nonzero/base/memory.h"
#include "nonzero/hw/array/stce_product.h"
#include "nonzero/hw/array/stce_stepped.h"
#include "nonzero/tensor/data_type.h"

namespace nonzero::sat {
namespace {

// Lowered activations in memory at a time.
constexpr uint64_t kMostLoweredElements = 1U << 24U;

class StepComputer {
 public:
  StepComputer(const TrainingStep& step, const LayerPlan& plan, const StepSchedule& schedule,
               const Config& config)
      : shape_(step.shape), plan_(plan), schedule_(schedule), config_(config), tensors_(step.tensors()) {
    // FP16 is what the machine stores; a step trained in fp32 is followed in fp32.
    if (step.trained && step.trained->mixed_precision)
      for (std::vector<float>* values : {&tensors_.weight, &tensors_.x, &tensors_.dy})
        round_to(DataType::kFp16, *values);
    find_masks();
  }

  StepProduct run() {
    if (!tensors_.weight.empty() && !tensors_.x.empty()) forward();
    if (!tensors_.weight.empty() && !tensors_.dy.empty() && !schedule_.backward.empty()) backward();
    if (!tensors_.x.empty() && !tensors_.dy.empty()) update();
    return std::move(product_);
  }

 private:
  // Exported masks are followed; without them SORE (or the host) makes them of the weights.
  void find_masks() {
    const WeightShape weight = shape_.weight();
    const NmRatio ratio = config_.ratio();
    if (tensors_.weight.empty()) return;
    const bool one = config_.method == PruningMethod::kTransposable;
    const bool forward = plan_.pruned_forward && tensors_.mask_ff.empty();
    const bool backward = plan_.pruned_backward && tensors_.mask_bp.empty();
    if (one && (forward || backward))
      tensors_.mask_ff = tensors_.mask_bp =
          transposable_mask(tensors_.weight, weight, ratio, config_.transposable);
    else if (forward)
      tensors_.mask_ff = nm_mask(tensors_.weight, weight.along_cin(), ratio);
    if (!one && backward) tensors_.mask_bp = nm_mask(tensors_.weight, weight.along_cout(), ratio);
  }

  // Images whose lowered rows fit at a time.
  [[nodiscard]] std::vector<Images> chunks(uint64_t elements_per_image) const {
    const uint64_t step =
        std::max<uint64_t>(1, kMostLoweredElements / std::max<uint64_t>(1, elements_per_image));
    std::vector<Images> all;
    for (uint64_t begin = 0; begin < shape_.batch; begin += step)
      all.push_back({begin, std::min(shape_.batch, begin + step)});
    return all;
  }

  // Part of a scheduled GEMM: the same dataflow on fewer positions or outputs adds in the same order.
  std::vector<float> multiply(const TimedGemm& timed, const hw::StceGemm& part, std::span<const float> a,
                              std::span<const float> w, const NmCompact* compact, uint64_t& effectual) {
    effectual += hw::stce_effectual(part, a, w, compact);
    return hw::stce_product(config_.array(), part, timed.dataflow, a, w, compact);
  }
  // All of it, ticked where that is asked for.
  std::vector<float> multiply_whole(const TimedGemm& timed, std::span<const float> a,
                                    std::span<const float> w, const NmCompact* compact, uint64_t& effectual) {
    const hw::StceGemm& gemm = timed.plan->gemm;
    effectual += hw::stce_effectual(gemm, a, w, compact);
    hw::SteppedGemm done = hw::step_stce(config_.array(), gemm, timed.dataflow, a, w, compact);
    if (done.cycles != timed.cycles.total())
      throw std::logic_error(fmt::format("{} takes {} cycles when stepped, {} by its formula",
                                         timed.plan->name, done.cycles, timed.cycles.total()));
    product_.stepped_cycles += done.cycles;
    return std::move(done.out);
  }

  void forward() {
    const TimedGemm& timed = schedule_.forward.front();
    const NmAxis axis = shape_.weight().along_cin();
    NmCompact compact;
    std::vector<float> weights;
    if (plan_.pruned_forward)
      compact = nm_compress(tensors_.weight, tensors_.mask_ff, axis, config_.ratio());
    else
      weights = weights_forward(shape_, with_mask(tensors_.mask_ff));
    product_.y.resize(shape_.positions() * shape_.cout);
    const Activations x = inputs_of(shape_, tensors_.x), y = outputs_of(shape_, product_.y);
    const uint64_t per_image = shape_.oh * shape_.ow;
    for (const Images& images : whole_or_chunks(per_image * shape_.weights() / shape_.cout)) {
      const std::vector<float> rows = lower_forward(shape_, x, images);
      hw::StceGemm part = timed.plan->gemm;
      part.positions = images.count() * per_image;
      const std::vector<float> out =
          config_.stepped ? multiply_whole(timed, rows, weights, &compact, product_.forward_effectual)
                          : multiply(timed, part, rows, weights, &compact, product_.forward_effectual);
      size_t from = 0;
      for (uint64_t b = images.begin; b < images.end; ++b)
        for (uint64_t p = 0; p < shape_.oh; ++p)
          for (uint64_t q = 0; q < shape_.ow; ++q)
            for (uint64_t o = 0; o < shape_.cout; ++o) product_.y[y.at(b, o, p, q)] = out[from++];
    }
  }

  void backward() {
    product_.dx.resize(shape_.inputs() * shape_.cin);
    const std::vector<BackwardPhase> phases = backward_phases(shape_);
    std::vector<float> sent = tensors_.dy;
    if (plan_.pruned_gradient) sent = masked(sent, gradient_mask());
    for (size_t i = 0; i < phases.size(); ++i) backward_phase(phases[i], schedule_.backward[i], sent);
  }

  // dy's N largest of M output channels at each position.
  [[nodiscard]] std::vector<uint8_t> gradient_mask() const {
    const bool linear = shape_.type == StepLayerType::kLinear;
    const NmAxis axis = linear ? NmAxis{shape_.positions(), shape_.cout, 1}
                               : NmAxis{shape_.batch, shape_.cout, shape_.oh * shape_.ow};
    return nm_mask(tensors_.dy, axis, config_.ratio());
  }

  void backward_phase(const BackwardPhase& phase, const TimedGemm& timed, const std::vector<float>& sent) {
    const Activations dy = outputs_of(shape_, sent), dx = inputs_of(shape_, product_.dx);
    NmCompact compact;
    std::vector<float> weights;
    if (plan_.pruned_backward)
      compact = nm_compress(taps_of_phase<float>(shape_, phase, tensors_.weight),
                            taps_of_phase<uint8_t>(shape_, phase, tensors_.mask_bp),
                            {1, shape_.cout, shape_.cin * phase.taps()}, config_.ratio());
    else
      weights = weights_backward(shape_, phase, with_mask(tensors_.mask_bp));
    const uint64_t per_image = phase.rows * phase.columns;
    for (const Images& images : whole_or_chunks(per_image * phase.taps() * shape_.cout)) {
      const std::vector<float> rows = lower_backward(shape_, phase, dy, images);
      const uint64_t positions = images.count() * per_image;
      hw::StceGemm part = timed.plan->gemm;
      (plan_.pruned_gradient ? part.outputs : part.positions) = positions;
      // SDGP: the gradient takes the stored side, dx comes out turned.
      if (plan_.pruned_gradient)
        compact = nm_compress(rows, {positions * phase.taps(), shape_.cout, 1}, config_.ratio());
      const std::vector<float>& sliding = plan_.pruned_gradient ? weights : rows;
      const std::vector<float> out =
          config_.stepped ? multiply_whole(timed, sliding, weights, &compact, product_.backward_effectual)
                          : multiply(timed, part, sliding, weights, &compact, product_.backward_effectual);
      for (uint64_t place = 0; place < positions; ++place)
        for (uint64_t i = 0; i < shape_.cin; ++i) {
          const uint64_t b = images.begin + place / per_image, row = place % per_image / phase.columns;
          const uint64_t h = phase.first_h + row * shape_.stride;
          const uint64_t w = phase.first_w + place % phase.columns * shape_.stride;
          product_.dx[dx.at(b, i, h, w)] =
              plan_.pruned_gradient ? out[i * positions + place] : out[place * shape_.cin + i];
        }
    }
  }

  void update() {
    const TimedGemm& timed = schedule_.update.front();
    const uint64_t taps = shape_.kh * shape_.kw;
    const std::vector<float> gradient = lower_gradient(shape_, outputs_of(shape_, tensors_.dy));
    const Activations x = inputs_of(shape_, tensors_.x);
    product_.dw.resize(shape_.weights());
    const auto keep = [&](const std::vector<float>& out, uint64_t first_tap, uint64_t count) {
      for (uint64_t t = 0; t < count; ++t)
        for (uint64_t i = 0; i < shape_.cin; ++i)
          for (uint64_t o = 0; o < shape_.cout; ++o)
            product_.dw[(o * shape_.cin + i) * taps + first_tap + t] =
                out[(t * shape_.cin + i) * shape_.cout + o];
    };
    std::vector<float> all;
    for (uint64_t tap = 0; tap < taps; ++tap) {
      const std::vector<float> rows = lower_update(shape_, x, tap);
      if (config_.stepped) {
        all.insert(all.end(), rows.begin(), rows.end());
        continue;
      }
      hw::StceGemm part = timed.plan->gemm;
      part.positions = shape_.cin;
      keep(multiply(timed, part, rows, gradient, nullptr, product_.update_effectual), tap, 1);
    }
    if (config_.stepped)
      keep(multiply_whole(timed, all, gradient, nullptr, product_.update_effectual), 0, taps);
  }

  // A pass that the array runs densely may still see masked weights.
  [[nodiscard]] std::vector<float> with_mask(const std::vector<uint8_t>& mask) const {
    return mask.empty() ? tensors_.weight : masked(tensors_.weight, mask);
  }

  [[nodiscard]] std::vector<Images> whole_or_chunks(uint64_t elements_per_image) const {
    if (config_.stepped) return {{0, shape_.batch}};
    return chunks(elements_per_image);
  }

  const StepShape& shape_;
  const LayerPlan& plan_;
  const StepSchedule& schedule_;
  const Config& config_;
  StepTensors tensors_;
  StepProduct product_;
};

}  // namespace

StepProduct compute_step(const TrainingStep& step, const LayerPlan& plan, const StepSchedule& schedule,
                         const Config& config) {
  if (!step.tensors || step.shape.is_attention()) return {};
  const StepShape& s = step.shape;
  const uint64_t tensors = 2 * s.inputs() * s.cin + 2 * s.positions() * s.cout + 2 * s.weights();
  require_memory(
      static_cast<double>(tensors + s.positions() * (s.cin + s.cout) + kMostLoweredElements) * sizeof(float),
      "the tensors of a layer (--output none computes none)");
  return StepComputer(step, plan, schedule, config).run();
}

}  // namespace nonzero::sat
