#include "nonzero/arch/sat/lowering.h"

namespace nonzero::sat {

Activations inputs_of(const StepShape& s, std::span<const float> values) {
  return {values, s.type == StepLayerType::kLinear, s.cin, s.h, s.w};
}

Activations outputs_of(const StepShape& s, std::span<const float> values) {
  return {values, s.type == StepLayerType::kLinear, s.cout, s.oh, s.ow};
}

std::vector<float> lower_forward(const StepShape& s, const Activations& x, const Images& images) {
  std::vector<float> rows;
  rows.reserve(images.count() * s.oh * s.ow * s.kh * s.kw * s.cin);
  for (uint64_t b = images.begin; b < images.end; ++b)
    for (uint64_t p = 0; p < s.oh; ++p)
      for (uint64_t q = 0; q < s.ow; ++q)
        for (uint64_t r = 0; r < s.kh; ++r)
          for (uint64_t t = 0; t < s.kw; ++t) {
            // Unsigned: what lies before the border is far beyond it.
            const uint64_t row = p * s.stride + r - s.pad, column = q * s.stride + t - s.pad;
            const bool inside = row < s.h && column < s.w;
            for (uint64_t i = 0; i < s.cin; ++i) rows.push_back(inside ? x.value(b, i, row, column) : 0.0F);
          }
  return rows;
}

std::vector<float> lower_backward(const StepShape& s, const BackwardPhase& phase, const Activations& dy,
                                  const Images& images) {
  std::vector<float> rows;
  rows.reserve(images.count() * phase.rows * phase.columns * phase.taps() * s.cout);
  for (uint64_t b = images.begin; b < images.end; ++b)
    for (uint64_t u = 0; u < phase.rows; ++u)
      for (uint64_t v = 0; v < phase.columns; ++v)
        for (const uint64_t r : phase.taps_h)
          for (const uint64_t t : phase.taps_w) {
            // Whole by the choice of taps; beyond the border before division stays beyond after it.
            const uint64_t h = phase.first_h + u * s.stride + s.pad, w = phase.first_w + v * s.stride + s.pad;
            const bool inside = h >= r && w >= t && (h - r) / s.stride < s.oh && (w - t) / s.stride < s.ow;
            for (uint64_t o = 0; o < s.cout; ++o)
              rows.push_back(inside ? dy.value(b, o, (h - r) / s.stride, (w - t) / s.stride) : 0.0F);
          }
  return rows;
}

std::vector<float> lower_update(const StepShape& s, const Activations& x, uint64_t tap) {
  const uint64_t r = tap / s.kw, t = tap % s.kw;
  std::vector<float> rows;
  rows.reserve(s.cin * s.positions());
  for (uint64_t i = 0; i < s.cin; ++i)
    for (uint64_t b = 0; b < s.batch; ++b)
      for (uint64_t p = 0; p < s.oh; ++p)
        for (uint64_t q = 0; q < s.ow; ++q) {
          const uint64_t row = p * s.stride + r - s.pad, column = q * s.stride + t - s.pad;
          rows.push_back(row < s.h && column < s.w ? x.value(b, i, row, column) : 0.0F);
        }
  return rows;
}

std::vector<float> lower_gradient(const StepShape& s, const Activations& dy) {
  std::vector<float> rows;
  rows.reserve(s.cout * s.positions());
  for (uint64_t o = 0; o < s.cout; ++o)
    for (uint64_t b = 0; b < s.batch; ++b)
      for (uint64_t p = 0; p < s.oh; ++p)
        for (uint64_t q = 0; q < s.ow; ++q) rows.push_back(dy.value(b, o, p, q));
  return rows;
}

std::vector<float> weights_forward(const StepShape& s, std::span<const float> weight) {
  const uint64_t taps = s.kh * s.kw;
  std::vector<float> rows(weight.size());
  for (uint64_t o = 0; o < s.cout; ++o)
    for (uint64_t i = 0; i < s.cin; ++i)
      for (uint64_t t = 0; t < taps; ++t)
        rows[(o * taps + t) * s.cin + i] = weight[(o * s.cin + i) * taps + t];
  return rows;
}

std::vector<float> weights_backward(const StepShape& s, const BackwardPhase& phase,
                                    std::span<const float> weight) {
  const uint64_t taps = phase.taps();
  const std::vector<float> kept = taps_of_phase(s, phase, weight);
  std::vector<float> rows(kept.size());
  for (uint64_t o = 0; o < s.cout; ++o)
    for (uint64_t i = 0; i < s.cin; ++i)
      for (uint64_t t = 0; t < taps; ++t)
        rows[(i * taps + t) * s.cout + o] = kept[(o * s.cin + i) * taps + t];
  return rows;
}

}  // namespace nonzero::sat
