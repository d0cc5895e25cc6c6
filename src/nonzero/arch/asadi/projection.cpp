#include "nonzero/arch/asadi/projection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "nonzero/base/error.h"
#include "nonzero/base/parallel.h"
#include "nonzero/base/random.h"

namespace nonzero::asadi {
namespace {

constexpr uint64_t kMatrices = 3;

std::vector<float> drawn(uint64_t count, double deviation, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(deviation * random.normal());
  return values;
}

// Sums of squares against the product in double.
struct Distance {
  double difference = 0, norm = 0;

  void add(std::span<const float> found, std::span<const float> x, std::span<const float> w, uint64_t d) {
    for (uint64_t i = 0; i < found.size(); ++i) {
      double exact = 0;
      for (uint64_t r = 0; r < d; ++r) exact += double{x[i / d * d + r]} * double{w[r * d + i % d]};
      difference += (double{found[i]} - exact) * (double{found[i]} - exact);
      norm += exact * exact;
    }
  }
};

// One matrix of one head.
struct Part {
  hw::AnalogProduct product;
  Distance distance;
};

}  // namespace

Projection project(const Operation& operation, const Config& config) {
  const Attention& attention = *operation.attention();
  if (attention.tensors)
    throw InputError(
        fmt::format("linear_values=adc makes Q, K and V itself, of an input it draws; '{}' brings {}",
                    operation.name, attention.tensors->source),
        "linear_values=exact");
  const uint64_t d = attention.head_dim, size = attention.tokens * d;
  const hw::ReramAnalogModule module = config.analog();
  const auto deviation = 1 / std::sqrt(static_cast<double>(d));
  std::vector<Part> parts(attention.heads * kMatrices);
  parallel_for(attention.heads, [&](uint64_t head) {
    const uint64_t seed = derive_seed(operation.seed, 100 + head);
    const std::vector<float> x = drawn(size, 1, derive_seed(seed, 0));
    for (uint64_t m = 0; m < kMatrices; ++m) {
      const std::vector<float> w = drawn(d * d, deviation, derive_seed(seed, 1 + m));
      Part& part = parts[head * kMatrices + m];
      part.product = module.multiply(x, w, d, d);
      part.distance.add(part.product.values, x, w, d);
    }
  });
  auto tensors = std::make_shared<AttentionTensors>();
  tensors->heads = attention.heads;
  tensors->tokens = attention.tokens;
  tensors->head_dim = d;
  tensors->source = fmt::format("analog:drawn,seed={}", operation.seed);
  Projection all;
  Distance distance;
  for (size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    std::vector<float>& into = i % kMatrices == 0 ? tensors->q : i % kMatrices == 1 ? tensors->k : tensors->v;
    into.insert(into.end(), part.product.values.begin(), part.product.values.end());
    all.conversions += part.product.conversions;
    all.clipped += part.product.clipped;
    all.largest_sum = std::max(all.largest_sum, part.product.largest_sum);
    distance.difference += part.distance.difference;
    distance.norm += part.distance.norm;
  }
  all.relative_error = distance.norm > 0 ? std::sqrt(distance.difference / distance.norm) : 0;
  all.tensors = std::move(tensors);
  return all;
}

}  // namespace nonzero::asadi
