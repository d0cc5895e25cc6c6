#include "nonzero/hw/array/tile_product.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/base/parallel.h"
#include "nonzero/base/progress.h"
#include "nonzero/tensor/bit_columns_words.h"

namespace nonzero::hw {
namespace {

constexpr uint64_t kPositions = 256;   // of one call of an engine
constexpr uint64_t kMostWeights = 64;  // of a group

// A tile's activations: element e at position p is values[e * kPositions + p].
struct Patch {
  std::array<int16_t, kMostWeights * kPositions> values;

  [[nodiscard]] const int16_t* row(uint64_t element) const { return &values[element * kPositions]; }
  [[nodiscard]] int16_t* row(uint64_t element) { return &values[element * kPositions]; }
};

// The weights of a group as bits: bit e ^ 7 of columns[j] is bit 7 - j of element e.
struct Columns {
  std::array<uint64_t, 8> bits{};

  Columns(const int8_t* weights, uint64_t group, bool magnitude) {
    for (uint64_t i = 0; i < group; i += 8) {
      const uint64_t word = bit_words::load(weights + i);
      const uint64_t turned = bit_words::transpose(magnitude ? bit_words::sign_magnitude(word) : word);
      for (uint64_t j = 0; j < 8; ++j) bits[j] |= (turned >> 8 * j & 0xFF) << i;
    }
  }
};

// Bit columns: each kept column's activations are added, the sum is shifted once and accumulated.
template <bool kMagnitude>
struct ColumnEngine {
  template <class Sum>
  static void run(const int8_t* weights, uint64_t group, const Patch& patch, uint64_t count, Sum* sums) {
    const Columns columns(weights, group, kMagnitude);
    for (uint32_t j = kMagnitude ? 1 : 0; j < 8; ++j) {
      if (columns.bits[j] == 0) continue;
      std::array<int16_t, kPositions> column{};
      const uint64_t minus = kMagnitude ? columns.bits[0] : j == 0 ? ~uint64_t{0} : 0;
      for (uint64_t left = columns.bits[j] & ~minus; left != 0; left &= left - 1) {
        const int16_t* row = patch.row(static_cast<uint64_t>(std::countr_zero(left)) ^ 7);
        for (uint64_t p = 0; p < count; ++p) column[p] = static_cast<int16_t>(column[p] + row[p]);
      }
      for (uint64_t left = columns.bits[j] & minus; left != 0; left &= left - 1) {
        const int16_t* row = patch.row(static_cast<uint64_t>(std::countr_zero(left)) ^ 7);
        for (uint64_t p = 0; p < count; ++p) column[p] = static_cast<int16_t>(column[p] - row[p]);
      }
      const int32_t significance = int32_t{128} >> j;
      for (uint64_t p = 0; p < count; ++p) sums[p] += Sum{column[p] * significance};
    }
  }
};

struct EssentialBitEngine {
  template <class Sum>
  static void run(const int8_t* weights, uint64_t group, const Patch& patch, uint64_t count, Sum* sums) {
    for (uint64_t e = 0; e < group; ++e) {
      const int16_t* row = patch.row(e);
      for (auto left = static_cast<uint32_t>(std::abs(int{weights[e]})); left != 0; left &= left - 1) {
        const int32_t bit = static_cast<int32_t>(left & -left) * (weights[e] < 0 ? -1 : 1);
        for (uint64_t p = 0; p < count; ++p) sums[p] += Sum{row[p] * bit};
      }
    }
  }
};

struct ParallelEngine {
  template <class Sum>
  static void run(const int8_t* weights, uint64_t group, const Patch& patch, uint64_t count, Sum* sums) {
    for (uint64_t e = 0; e < group; ++e) {
      if (weights[e] == 0) continue;
      const int16_t* row = patch.row(e);
      for (uint64_t p = 0; p < count; ++p) sums[p] += Sum{int32_t{row[p]} * weights[e]};
    }
  }
};

template <class Engine, class Sum>
class Walk {
 public:
  Walk(const IntegerLayer& layer, const GroupedWeights& weights, const ActivationView& view, uint32_t bits)
      : layer_(layer),
        layout_(weights.layout),
        weights_(weights.values),
        view_(view),
        bits_(bits),
        tiles_(layout_.groups() / layout_.shape.cout),
        positions_(layer.shape.oy * layer.shape.ox) {}

  std::vector<int32_t> go() {
    sums_.resize(layer_.shape.k * positions_);
    parallel_for(ceil_div(positions_, kPositions), [&](uint64_t block) { do_block(block * kPositions); });
    take_zero_point_off();
    std::vector<int32_t> out;
    out.reserve(sums_.size());
    for (const Sum sum : sums_) out.push_back(static_cast<int32_t>(sum));
    return out;
  }

 private:
  [[nodiscard]] const int8_t* group_of(uint64_t k, uint64_t tile) const {
    return weights_.data() + (k * tiles_ + tile) * layout_.group;
  }

  void do_block(uint64_t first) {
    const uint64_t count = std::min(kPositions, positions_ - first);
    const bool depthwise = layer_.shape.kind == LayerKind::kDepthwise;
    const auto patch = std::make_unique<Patch>();
    patch->values.fill(0);
    // A depthwise channel has activations of its own; all others share them.
    for (uint64_t k = 0; depthwise && k < layer_.shape.k; ++k)
      for (uint64_t t = 0; t < tiles_; ++t) {
        gather(*patch, k / layer_.shape.multiplier, t, first, count);
        run(*patch, k, t, first, count);
      }
    for (uint64_t t = 0; !depthwise && t < tiles_; ++t) {
      Progress::throw_if_stopped();
      gather(*patch, 0, t, first, count);
      for (uint64_t k = 0; k < layer_.shape.k; ++k) run(*patch, k, t, first, count);
    }
  }

  void gather(Patch& patch, uint64_t first_channel, uint64_t tile, uint64_t first, uint64_t count) const {
    for (uint64_t e = 0; e < weights_in_tile(layout_, tile); ++e) {
      const TileElement element = tile_element(layout_, tile, e);
      view_.gather(first_channel + element.channel, element.tap, first, count, patch.row(e));
    }
  }

  void run(const Patch& patch, uint64_t k, uint64_t tile, uint64_t first, uint64_t count) {
    Sum* sums = &sums_[k * positions_ + first];
    Engine::run(group_of(k, tile), layout_.group, patch, count, sums);
    if constexpr (sizeof(Sum) > sizeof(int32_t)) {
      const int64_t most = largest_accumulator(bits_);
      for (uint64_t p = 0; p < count; ++p)
        if (sums[p] > most || sums[p] < -most - 1) refuse_overflow(layer_, k, first + p, bits_);
    }
  }

  // The engines' own sum of the weights: a position whose activations are all one.
  void take_zero_point_off() {
    const int64_t zero_point = layer_.input.zero_point;
    if (zero_point == 0) return;
    const auto ones = std::make_unique<Patch>();
    ones->values.fill(1);
    for (uint64_t k = 0; k < layer_.shape.k; ++k) {
      int64_t sum = 0;
      for (uint64_t t = 0; t < tiles_; ++t) {
        int64_t group = 0;
        Engine::run(group_of(k, t), layout_.group, *ones, 1, &group);
        sum += group;
      }
      for (uint64_t p = 0; p < positions_; ++p) {
        const int64_t corrected = sums_[k * positions_ + p] - zero_point * sum;
        if (corrected != static_cast<int32_t>(corrected)) refuse_overflow(layer_, k, p, bits_);
        sums_[k * positions_ + p] = static_cast<Sum>(corrected);
      }
    }
  }

  const IntegerLayer& layer_;
  const GroupLayout& layout_;
  const std::vector<int8_t>& weights_;
  const ActivationView& view_;
  uint32_t bits_;
  uint64_t tiles_, positions_;
  std::vector<Sum> sums_;
};

// Whether no accumulator can overflow, whatever the activations.
bool surely_fits(const GroupedWeights& weights, uint32_t bits) {
  constexpr int64_t kLargestCode = 128;
  const uint64_t per_channel = weights.values.size() / std::max<uint64_t>(1, weights.layout.shape.cout);
  for (uint64_t k = 0; k < weights.layout.shape.cout; ++k) {
    int64_t sum = 0;
    for (uint64_t i = 0; i < per_channel; ++i) sum += std::abs(int64_t{weights.values[k * per_channel + i]});
    if (sum * kLargestCode > largest_accumulator(bits)) return false;
  }
  return true;
}

template <class Engine>
std::vector<int32_t> walk(const IntegerLayer& layer, const GroupedWeights& weights,
                          const ActivationView& view, uint32_t bits) {
  if (surely_fits(weights, bits)) return Walk<Engine, int32_t>(layer, weights, view, bits).go();
  return Walk<Engine, int64_t>(layer, weights, view, bits).go();
}

}  // namespace

TileElement tile_element(const GroupLayout& layout, uint64_t tile, uint64_t element) {
  if (layout.flattened()) {
    const uint64_t at = tile * layout.group + element;
    return {at % layout.shape.cin, at / layout.shape.cin};
  }
  const uint64_t per_line = layout.groups_per_line();
  return {tile % per_line * layout.group + element, tile / per_line};
}

uint64_t weights_in_tile(const GroupLayout& layout, uint64_t tile) {
  return std::min<uint64_t>(layout.group, layout.length - tile % layout.groups_per_line() * layout.group);
}

ActivationView::ActivationView(const IntegerLayer& layer, const IntegerActivations& input)
    : shape_(layer.shape),
      codes_(input.codes.data()),
      outside_(static_cast<int16_t>(layer.input.zero_point)),
      channel_step_(layer.shape.h * layer.shape.w),
      row_step_(layer.shape.w),
      column_step_(1) {
  if (input.codes.size() != shape_.inputs())
    throw InputError(fmt::format("layer '{}': {} activations", layer.name, input.codes.size()),
                     fmt::format("its shape needs {}", shape_.inputs()));
  if (shape_.kind != LayerKind::kLinear) return;
  channel_step_ = 1;
  column_step_ = shape_.c;
}

void ActivationView::gather(uint64_t channel, uint64_t tap, uint64_t first, uint64_t count,
                            int16_t* to) const {
  const uint64_t fy = tap / shape_.fx, fx = tap % shape_.fx;
  const uint64_t shift_x = fx * shape_.dilation_x - shape_.pad_left;
  while (count > 0) {
    const uint64_t oy = first / shape_.ox, ox = first % shape_.ox;
    const uint64_t run = std::min(count, shape_.ox - ox);
    // Above and left of the input the differences wrap, and lie outside as well.
    const uint64_t y = oy * shape_.stride_y + fy * shape_.dilation_y - shape_.pad_top;
    if (y < shape_.h)
      gather_row(codes_ + channel * channel_step_ + y * row_step_, ox * shape_.stride_x + shift_x, run, to);
    else
      std::fill_n(to, run, outside_);
    first += run;
    count -= run;
    to += run;
  }
}

void ActivationView::gather_row(const int8_t* row, uint64_t first_x, uint64_t count, int16_t* to) const {
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t x = first_x + i * shape_.stride_x;
    to[i] = x < shape_.w ? int16_t{row[x * column_step_]} : outside_;
  }
}

std::vector<int32_t> tile_product(const IntegerLayer& layer, const GroupedWeights& weights,
                                  const IntegerActivations& input, TileEngine engine,
                                  uint32_t accumulator_bits) {
  const ActivationView view(layer, input);
  switch (engine) {
    case TileEngine::kTwosColumns:
      return walk<ColumnEngine<false>>(layer, weights, view, accumulator_bits);
    case TileEngine::kEssentialBits:
      return walk<EssentialBitEngine>(layer, weights, view, accumulator_bits);
    case TileEngine::kParallel:
      return walk<ParallelEngine>(layer, weights, view, accumulator_bits);
    case TileEngine::kColumns:
      break;
  }
  return walk<ColumnEngine<true>>(layer, weights, view, accumulator_bits);
}

int64_t largest_accumulator(uint32_t accumulator_bits) { return (int64_t{1} << (accumulator_bits - 1)) - 1; }

void refuse_overflow(const IntegerLayer& layer, uint64_t channel, uint64_t position,
                     uint32_t accumulator_bits) {
  throw InputError(
      fmt::format("layer '{}': the accumulator of output channel {}, row {}, column {} overflows", layer.name,
                  channel, position / layer.shape.ox, position % layer.shape.ox),
      fmt::format("allowed: {} bits, sign included", accumulator_bits));
}

}  // namespace nonzero::hw
