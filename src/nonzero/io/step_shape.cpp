#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/io/step_folder.h"

namespace nonzero {
namespace {

// Far beyond any network; products of three sizes then stay within 64 bits.
constexpr double kMostElements = 1ULL << 36U;
constexpr double kMostMultiplications = 1ULL << 56U;
// A simulation lists the phases of a strided backward pass, so their number bounds its time and memory.
constexpr uint64_t kMostSide = 1ULL << 20U, kMostPhases = 1ULL << 16U;
constexpr double kMostTapVisits = 1ULL << 26U;

double times(std::initializer_list<uint64_t> factors) {
  double product = 1;
  for (const uint64_t factor : factors) product *= static_cast<double>(factor);
  return product;
}

void require_at_most(double found, double most, const char* what, const Place& place) {
  if (found > most)
    throw InputError(fmt::format("{:.3g} {}", found, what), fmt::format("allowed: up to {:.3g}", most),
                     place);
}

void require_sizes(std::initializer_list<std::pair<const char*, uint64_t>> sizes, const std::string& layer,
                   const Place& place) {
  for (const auto& [name, value] : sizes)
    if (value == 0)
      throw InputError(fmt::format("layer '{}': {} is 0", layer, name), "allowed: 1 and more", place);
}

void require_sides(const StepShape& s, const std::string& layer, const Place& place) {
  for (const auto& [name, value] : {std::pair{"h", s.h}, std::pair{"w", s.w}, std::pair{"kh", s.kh},
                                    std::pair{"kw", s.kw}, std::pair{"stride", s.stride}})
    if (value > kMostSide)
      throw InputError(fmt::format("layer '{}': {} = {}", layer, name, value),
                       fmt::format("allowed: up to {}", kMostSide), place);
  // A phase of rows and columns per remainder; it is made by looking at every tap of both sides.
  const uint64_t rows = std::min(s.stride, s.h), columns = std::min(s.stride, s.w);
  require_at_most(times({rows, columns}), kMostPhases, "phases of the backward pass", place);
  require_at_most(times({rows, columns, s.kh + s.kw}), kMostTapVisits, "taps in all phases", place);
}

}  // namespace

StepShape StepShape::conv(uint64_t batch, uint64_t cin, uint64_t cout, uint64_t kernel, uint64_t stride,
                          uint64_t pad, uint64_t side) {
  StepShape s;
  s.batch = batch;
  s.cin = cin;
  s.cout = cout;
  s.kh = s.kw = kernel;
  s.stride = stride;
  s.pad = pad;
  s.h = s.w = side;
  s.oh = s.ow = (side + 2 * pad - kernel) / stride + 1;
  return s;
}

StepShape StepShape::linear(uint64_t batch, uint64_t cin, uint64_t cout, uint64_t tokens) {
  StepShape s;
  s.type = StepLayerType::kLinear;
  s.batch = batch;
  s.cin = cin;
  s.cout = cout;
  s.tokens = s.h = s.oh = tokens;
  return s;
}

StepShape StepShape::attention(uint64_t batch, uint64_t tokens, uint64_t heads, uint64_t head_dim) {
  StepShape s;
  s.type = StepLayerType::kAttention;
  s.batch = batch;
  s.tokens = tokens;
  s.heads = heads;
  s.head_dim = head_dim;
  s.sparse = false;
  return s;
}

uint64_t StepShape::forward_multiplications() const {
  if (is_attention()) return 2 * batch * heads * tokens * tokens * head_dim;
  return positions() * weights();
}

void StepShape::check(const std::string& layer, const std::string& source) const {
  const Place place{source, 0};
  require_sizes({{"batch", batch}}, layer, place);
  if (is_attention()) {
    require_sizes({{"tokens", tokens}, {"heads", heads}, {"head_dim", head_dim}}, layer, place);
    require_at_most(times({batch, heads, tokens, tokens}), kMostElements, "attention scores", place);
    require_at_most(2 * times({batch, heads, tokens, tokens, head_dim}), kMostMultiplications,
                    "multiplications", place);
    return;
  }
  require_sizes({{"cin", cin},
                 {"cout", cout},
                 {"kh", kh},
                 {"kw", kw},
                 {"stride", stride},
                 {"h", h},
                 {"w", w},
                 {"oh", oh},
                 {"ow", ow}},
                layer, place);
  if (type == StepLayerType::kConv) require_sides(*this, layer, place);
  require_at_most(times({batch, h, w, cin}), kMostElements, "elements of x", place);
  require_at_most(times({batch, oh, ow, cout}), kMostElements, "elements of y", place);
  require_at_most(times({cout, cin, kh, kw}), kMostElements, "weights", place);
  require_at_most(static_cast<double>(pad), kMostElements, "of padding", place);
  require_at_most(times({batch, oh, ow, cout, cin, kh, kw}), kMostMultiplications, "multiplications", place);
  const auto follows = [&](uint64_t in, uint64_t kernel, uint64_t out) {
    return in + 2 * pad >= kernel && (in + 2 * pad - kernel) / stride + 1 == out;
  };
  if (!follows(h, kh, oh) || !follows(w, kw, ow))
    throw InputError(
        fmt::format("layer '{}': {} x {} does not follow from {} x {}, kernel {} x {}, stride {}, pad {}",
                    layer, oh, ow, h, w, kh, kw, stride, pad),
        "allowed: oh = (h + 2 pad - kh) / stride + 1", place);
}

}  // namespace nonzero
