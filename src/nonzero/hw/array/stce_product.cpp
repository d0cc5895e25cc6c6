#include "nonzero/hw/array/stce_product.h"

#include <algorithm>
#include <array>

#include "nonzero/base/math.h"
#include "nonzero/base/parallel.h"
#include "nonzero/base/progress.h"
#include "nonzero/hw/array/stce_operands.h"

namespace nonzero::hw {
namespace {

// Positions that are multiplied side by side: their activations are turned so that one weight meets all
// of them in one vector.
constexpr uint64_t kSide = 64;

class Rows {
 public:
  Rows(const StceGemm& gemm, const StceOperands& operands, uint64_t steps_per_tile, std::span<const float> a)
      : gemm_(gemm), operands_(operands), steps_per_tile_(steps_per_tile), a_(a) {}

  // Positions [first, first + kSide) of every output.
  void multiply(uint64_t first, std::vector<float>& out) const {
    const uint64_t count = std::min(kSide, gemm_.positions - first), depth = operands_.depth();
    // One row more than the reduction has: zeros, for padded channels.
    std::vector<float> turned((depth + 1) * kSide);
    for (uint64_t p = 0; p < count; ++p)
      for (uint64_t k = 0; k < depth; ++k) turned[k * kSide + p] = a_[(first + p) * depth + k];
    for (uint64_t o = 0; o < gemm_.outputs; ++o) {
      const std::array<float, kSide> sums = one_output(o, turned);
      for (uint64_t p = 0; p < count; ++p) out[(first + p) * gemm_.outputs + o] = sums[p];
    }
  }

 private:
  [[nodiscard]] std::array<float, kSide> one_output(uint64_t o, const std::vector<float>& turned) const {
    std::array<float, kSide> total{};
    for (uint64_t begin = 0; begin < operands_.steps(); begin += steps_per_tile_) {
      std::array<float, kSide> tile{};
      const uint64_t end = std::min(operands_.steps(), begin + steps_per_tile_);
      for (uint64_t step = begin; step < end; ++step) {
        const float weight = operands_.weight(o, step);
        const float* activations = turned.data() + operands_.reduced(o, step) * kSide;
        for (uint64_t p = 0; p < kSide; ++p) tile[p] += activations[p] * weight;
      }
      for (uint64_t p = 0; p < kSide; ++p) total[p] = begin == 0 ? tile[p] : total[p] + tile[p];
    }
    return total;
  }

  const StceGemm& gemm_;
  const StceOperands& operands_;
  uint64_t steps_per_tile_;
  std::span<const float> a_;
};

}  // namespace

std::vector<float> stce_product(const StceArray& array, const StceGemm& gemm, StceDataflow dataflow,
                                std::span<const float> a, std::span<const float> w,
                                const NmCompact* compact) {
  const StceOperands operands(gemm, a, w, compact);
  const uint64_t held = gemm.sparse ? gemm.ratio.n : 1;
  const uint64_t per_tile =
      dataflow == StceDataflow::kWeightStationary ? array.rows * held : std::max<uint64_t>(1, gemm.steps());
  std::vector<float> out(gemm.positions * gemm.outputs);
  const Rows rows(gemm, operands, per_tile, a);
  parallel_for(ceil_div(gemm.positions, kSide), [&](uint64_t block) {
    Progress::throw_if_stopped();
    rows.multiply(block * kSide, out);
  });
  return out;
}

}  // namespace nonzero::hw
