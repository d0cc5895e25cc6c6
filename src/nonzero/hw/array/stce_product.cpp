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
// Steps whose activations (256 B each) stay in a core's cache while all outputs pass.
constexpr uint64_t kStepsInCache = 1024;

class Rows {
 public:
  Rows(const StceGemm& gemm, const StceOperands& operands, uint64_t steps_per_tile, std::span<const float> a)
      : gemm_(gemm), operands_(operands), steps_per_tile_(steps_per_tile), a_(a) {}

  // Positions [first, first + kSide) of every output.
  void multiply(uint64_t first, std::vector<float>& out) const {
    const uint64_t count = std::min(kSide, gemm_.positions - first);
    const std::vector<float> turned = turn(first, count);
    std::vector<float> tile(gemm_.outputs * kSide), total(gemm_.outputs * kSide);
    for (uint64_t begin = 0; begin < operands_.steps();) {
      const uint64_t tile_end = std::min(operands_.steps(), (begin / steps_per_tile_ + 1) * steps_per_tile_);
      const uint64_t end = std::min(tile_end, begin + kStepsInCache);
      for (uint64_t o = 0; o < gemm_.outputs; ++o) add(o, begin, end, turned, tile.data() + o * kSide);
      if (end == tile_end) finish_tile(end <= steps_per_tile_, tile, total);
      begin = end;
    }
    for (uint64_t p = 0; p < count; ++p)
      for (uint64_t o = 0; o < gemm_.outputs; ++o)
        out[(first + p) * gemm_.outputs + o] = total[o * kSide + p];
  }

 private:
  // [k][position], and one row of zeros for padded channels.
  [[nodiscard]] std::vector<float> turn(uint64_t first, uint64_t count) const {
    const uint64_t depth = operands_.depth();
    std::vector<float> turned((depth + 1) * kSide);
    for (uint64_t p = 0; p < count; ++p)
      for (uint64_t k = 0; k < depth; ++k) turned[k * kSide + p] = a_[(first + p) * depth + k];
    return turned;
  }

  void add(uint64_t o, uint64_t begin, uint64_t end, const std::vector<float>& turned, float* sums) const {
    std::array<float, kSide> sum{};
    std::copy_n(sums, kSide, sum.begin());
    for (uint64_t step = begin; step < end; ++step) {
      const float weight = operands_.weight(o, step);
      const float* activations = turned.data() + operands_.reduced(o, step) * kSide;
      for (uint64_t p = 0; p < kSide; ++p) sum[p] += activations[p] * weight;
    }
    std::copy_n(sum.begin(), kSide, sums);
  }

  static void finish_tile(bool first, std::vector<float>& tile, std::vector<float>& total) {
    for (size_t i = 0; i < tile.size(); ++i) total[i] = first ? tile[i] : total[i] + tile[i];
    std::fill(tile.begin(), tile.end(), 0.0F);
  }

  const StceGemm& gemm_;
  const StceOperands& operands_;
  uint64_t steps_per_tile_;
  std::span<const float> a_;
};

}  // namespace

uint64_t stce_effectual(const StceGemm& gemm, std::span<const float> a, std::span<const float> w,
                        const NmCompact* compact) {
  const StceOperands operands(gemm, a, w, compact);
  std::vector<uint64_t> by_k(operands.depth() + 1);
  for (uint64_t p = 0; p < gemm.positions; ++p)
    for (uint64_t k = 0; k < operands.depth(); ++k) by_k[k] += a[p * operands.depth() + k] != 0.0F;
  uint64_t total = 0;
  for (uint64_t o = 0; o < gemm.outputs; ++o)
    for (uint64_t step = 0; step < operands.steps(); ++step)
      if (operands.weight(o, step) != 0.0F) total += by_k[operands.reduced(o, step)];
  return total;
}

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
