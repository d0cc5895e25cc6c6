#pragma once

#include <span>
#include <vector>

#include "nonzero/arch/sat/plan.h"

// Tensors of a layer as the array's GEMMs read and leave them; positions are (image, row, column), the
// reduction is (tap, channel), both row-major. A linear layer's tensors are [position, channel].
namespace nonzero::sat {

// Images [begin, end) of the batch.
struct Images {
  uint64_t begin = 0, end = 0;

  [[nodiscard]] uint64_t count() const { return end - begin; }
};

// Reads a tensor by (image, channel, row, column), whichever way its layer stores it.
class Activations {
 public:
  Activations(std::span<const float> values, bool linear, uint64_t channels, uint64_t h, uint64_t w)
      : values_(values), channels_(channels), h_(h), w_(w), linear_(linear) {}

  [[nodiscard]] size_t at(uint64_t image, uint64_t channel, uint64_t row, uint64_t column) const {
    const uint64_t place = row * w_ + column;
    return linear_ ? (image * h_ * w_ + place) * channels_ + channel
                   : (image * channels_ + channel) * h_ * w_ + place;
  }
  [[nodiscard]] float value(uint64_t image, uint64_t channel, uint64_t row, uint64_t column) const {
    return values_[at(image, channel, row, column)];
  }
  [[nodiscard]] uint64_t channels() const { return channels_; }

 private:
  std::span<const float> values_;
  uint64_t channels_, h_, w_;
  bool linear_;
};
Activations inputs_of(const StepShape& shape, std::span<const float> values);   // x, dx
Activations outputs_of(const StepShape& shape, std::span<const float> values);  // y, dy

// x where the kernel lies, zeros beyond the borders: positions x (taps * Cin).
std::vector<float> lower_forward(const StepShape& shape, const Activations& x, const Images& images);
// dy where the phase's taps reach it: positions of dx x (taps * Cout).
std::vector<float> lower_backward(const StepShape& shape, const BackwardPhase& phase, const Activations& dy,
                                  const Images& images);
// x of one tap: Cin x positions of y. And dy: Cout x positions.
std::vector<float> lower_update(const StepShape& shape, const Activations& x, uint64_t tap);
std::vector<float> lower_gradient(const StepShape& shape, const Activations& dy);

// Weights [cout, cin, taps] as rows per output: [cout, tap, cin].
std::vector<float> weights_forward(const StepShape& shape, std::span<const float> weight);
// As rows per input channel, the phase's taps alone: [cin, tap, cout].
std::vector<float> weights_backward(const StepShape& shape, const BackwardPhase& phase,
                                    std::span<const float> weight);
// The phase's taps of a tensor [cout, cin, taps], as [cout, cin, phase's taps].
template <class T>
std::vector<T> taps_of_phase(const StepShape& shape, const BackwardPhase& phase, std::span<const T> values) {
  std::vector<T> kept;
  kept.reserve(shape.cout * shape.cin * phase.taps());
  for (uint64_t pair = 0; pair < shape.cout * shape.cin; ++pair)
    for (const uint64_t r : phase.taps_h)
      for (const uint64_t q : phase.taps_w) kept.push_back(values[(pair * shape.kh + r) * shape.kw + q]);
  return kept;
}

}  // namespace nonzero::sat
