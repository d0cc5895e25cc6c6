#include "nonzero/arch/asadi/projection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/parallel.h"
#include "nonzero/base/random.h"
#include "nonzero/workload/operands.h"
#include "nonzero/workload/rotary.h"

namespace nonzero::asadi {
namespace {

constexpr uint64_t kMatrices = 3;

std::vector<float> drawn(uint64_t count, double deviation, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(deviation * random.normal());
  return values;
}

// The input of a head and one of its three matrices: [tokens, width] and [width, head_dim].
struct Layer {
  std::span<const float> x, w;
  uint64_t width = 0, head_dim = 0;
};

// What came out of it, and sums of squares against the product in double.
struct Part {
  std::vector<float> values;
  uint64_t conversions = 0, clipped = 0, largest_sum = 0;
  double difference = 0, norm = 0;
};

// Columns begin … begin + count - 1 of x.
std::vector<float> columns_of(const Layer& layer, uint64_t begin, uint64_t count) {
  std::vector<float> columns;
  columns.reserve(layer.x.size() / layer.width * count);
  for (uint64_t at = begin; at < layer.x.size(); at += layer.width)
    for (uint64_t i = 0; i < count; ++i) columns.push_back(layer.x[at + i]);
  return columns;
}

void measure(const Layer& layer, Part& part) {
  const uint64_t d = layer.head_dim;
  for (uint64_t i = 0; i < part.values.size(); ++i) {
    double exact = 0;
    for (uint64_t r = 0; r < layer.width; ++r)
      exact += double{layer.x[i / d * layer.width + r]} * double{layer.w[r * d + i % d]};
    part.difference += (double{part.values[i]} - exact) * (double{part.values[i]} - exact);
    part.norm += exact * exact;
  }
}

Part multiply(const Layer& layer, const hw::ReramAnalogModule& module, uint64_t side) {
  const uint64_t d = layer.head_dim;
  Part part;
  part.values.resize(layer.x.size() / layer.width * d);
  for (uint64_t begin = 0; begin < layer.width; begin += side) {
    const uint64_t rows = std::min(side, layer.width - begin);
    const hw::AnalogProduct slice =
        module.multiply(columns_of(layer, begin, rows), layer.w.subspan(begin * d, rows * d), rows, d);
    for (uint64_t i = 0; i < part.values.size(); ++i) part.values[i] += slice.values[i];
    part.conversions += slice.conversions;
    part.clipped += slice.clipped;
    part.largest_sum = std::max(part.largest_sum, slice.largest_sum);
  }
  measure(layer, part);
  return part;
}

// The same for every machine that draws it.
AttentionProjection drawn_projection(const Operation& operation, uint64_t head) {
  const Attention& attention = *operation.attention();
  const uint64_t d = attention.head_dim, seed = derive_seed(operation.seed, 100 + head);
  const auto deviation = 1 / std::sqrt(static_cast<double>(d));
  AttentionProjection drawn_one;
  drawn_one.width = d;
  drawn_one.x = drawn(attention.tokens * d, 1, derive_seed(seed, 0));
  drawn_one.wq = drawn(d * d, deviation, derive_seed(seed, 1));
  drawn_one.wk = drawn(d * d, deviation, derive_seed(seed, 2));
  drawn_one.wv = drawn(d * d, deviation, derive_seed(seed, 3));
  return drawn_one;
}

// Q, K and V of one head. `head` counts within the weights of `from`.
std::array<Part, kMatrices> project_head(const AttentionProjection& from, uint64_t head, uint64_t head_dim,
                                         const Config& config) {
  const hw::ReramAnalogModule module = config.analog();
  const auto side = static_cast<uint64_t>(config.crossbar_side);
  const uint64_t size = from.width * head_dim;
  std::array<Part, kMatrices> parts;
  const std::array<const std::vector<float>*, kMatrices> weights = {&from.wq, &from.wk, &from.wv};
  for (size_t m = 0; m < kMatrices; ++m)
    parts[m] = multiply(
        {from.x, std::span<const float>(*weights[m]).subspan(head * size, size), from.width, head_dim},
        module, side);
  if (from.rotary)
    for (size_t turned = 0; turned < 2; ++turned)  // Q and K
      rotate_by_position(std::span<float>(parts[turned].values), head_dim, head_dim);
  return parts;
}

}  // namespace

std::optional<std::string> projection_problem(const Operation& operation) {
  const std::shared_ptr<const AttentionTensors>& given = operation.attention()->tensors;
  if (!given || given->projection) return std::nullopt;
  return fmt::format(
      "linear_values=adc makes Q, K and V itself; '{}' takes those of {} as they are; allowed: "
      "linear_values=exact, or a file with x, wq, wk and wv and without q",
      operation.name, given->source);
}

uint64_t input_passes(const Attention& attention, const Config& config) {
  const bool by_the_paper =
      config.linear == LinearTime::kPaper && config.linear_values == LinearValues::kExact;
  if (by_the_paper || !attention.tensors || !attention.tensors->projection) return 1;
  return ceil_div(attention.tensors->projection->width, static_cast<uint64_t>(config.crossbar_side));
}

Projection project(const Operation& operation, const Config& config) {
  const Attention& attention = *operation.attention();
  if (const auto problem = projection_problem(operation)) throw InputError(*problem);
  const std::shared_ptr<const AttentionTensors> given =
      attention.tensors ? attention_tensors(operation) : nullptr;
  std::vector<std::array<Part, kMatrices>> heads(attention.heads);
  parallel_for(attention.heads, [&](uint64_t head) {
    heads[head] = given ? project_head(*given->projection, head, attention.head_dim, config)
                        : project_head(drawn_projection(operation, head), 0, attention.head_dim, config);
  });
  auto tensors = std::make_shared<AttentionTensors>();
  tensors->heads = attention.heads;
  tensors->tokens = attention.tokens;
  tensors->head_dim = attention.head_dim;
  tensors->source =
      given ? fmt::format("analog:{}", given->source) : fmt::format("analog:drawn,seed={}", operation.seed);
  const std::array<std::vector<float>*, kMatrices> into = {&tensors->q, &tensors->k, &tensors->v};
  Projection all;
  double difference = 0, norm = 0;
  for (const auto& parts : heads)
    for (size_t m = 0; m < kMatrices; ++m) {
      const Part& part = parts[m];
      into[m]->insert(into[m]->end(), part.values.begin(), part.values.end());
      all.conversions += part.conversions;
      all.clipped += part.clipped;
      all.largest_sum = std::max(all.largest_sum, part.largest_sum);
      difference += part.difference;
      norm += part.norm;
    }
  all.relative_error = norm > 0 ? std::sqrt(difference / norm) : 0;
  all.tensors = std::move(tensors);
  return all;
}

}  // namespace nonzero::asadi
