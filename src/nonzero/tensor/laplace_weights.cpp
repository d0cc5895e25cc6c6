#include "nonzero/tensor/laplace_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"

namespace nonzero {

std::vector<int8_t> laplace_weights(uint64_t count, double b, uint64_t seed) {
  if (!(b > 0) || std::isinf(b))
    throw InputError(fmt::format("weights of Laplace(0, {})", b), "allowed: a finite b above 0");
  Random random(seed);
  std::vector<int8_t> weights(count);
  for (int8_t& weight : weights) {
    // The inverse of the distribution of the magnitude, and a sign from the same draw's other half.
    const double u = 2 * random.unit() - 1;
    const double magnitude = std::min(127.0, std::nearbyint(-b * std::log1p(-std::fabs(u))));
    weight = static_cast<int8_t>(u < 0 ? -magnitude : magnitude);
  }
  return weights;
}

}  // namespace nonzero
