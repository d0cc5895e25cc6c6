#include "nonzero/hw/array/bit_column_stepped.h"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

#include "nonzero/base/math.h"
#include "nonzero/base/progress.h"
#include "nonzero/hw/array/tile_product.h"

namespace nonzero::hw {
namespace {

constexpr uint8_t kAllKept = 0xFF;
constexpr uint64_t kMostWeights = 32;

// A group as the weight SRAM holds it: bit e of columns[j] is bit 7 - j of element e.
struct StoredGroup {
  uint8_t index = 0;
  std::array<uint32_t, 8> columns{};
};

class BitReader {
 public:
  explicit BitReader(const std::vector<uint8_t>& bytes) : bytes_(bytes) {}
  uint32_t next() {
    const uint32_t bit = bytes_[at_ / 8] >> (7 - at_ % 8) & 1U;
    ++at_;
    return bit;
  }

 private:
  const std::vector<uint8_t>& bytes_;
  uint64_t at_ = 0;
};

std::vector<StoredGroup> stored_groups(const BitColumnStream& stream) {
  std::vector<StoredGroup> groups(stream.layout.groups());
  BitReader reader(stream.bytes);
  for (StoredGroup& group : groups) {
    for (uint32_t i = 0; i < 8; ++i) group.index = static_cast<uint8_t>(group.index << 1U | reader.next());
    for (uint32_t j = 0; j < 8; ++j)
      for (uint32_t e = 0; (group.index & (kSignColumn >> j)) != 0 && e < stream.layout.group; ++e)
        group.columns[j] |= reader.next() << e;
  }
  return groups;
}

// Without an index: all eight columns of every group.
std::vector<StoredGroup> raw_groups(const GroupedWeights& weights, ColumnCode code) {
  std::vector<StoredGroup> groups(weights.layout.groups());
  for (size_t g = 0; g < groups.size(); ++g) {
    groups[g].index = kAllKept;
    for (uint32_t e = 0; e < weights.layout.group; ++e) {
      const int value = weights.values[g * weights.layout.group + e];
      const int coded = code == ColumnCode::kTwosComplement || value >= 0 ? value : 128 - value;
      for (uint32_t j = 0; j < 8; ++j)
        groups[g].columns[j] |= static_cast<uint32_t>(coded >> (7 - j) & 1) << e;
    }
  }
  return groups;
}

// The zero-column index parser of one output channel.
class Parser {
 public:
  void start(uint8_t index) { left_ = index; }
  [[nodiscard]] bool done() const { return left_ == 0; }
  // The next kept column, 0 the highest.
  uint32_t next() {
    const auto column = static_cast<uint32_t>(std::countl_zero(left_));
    left_ = static_cast<uint8_t>(left_ & ~(kSignColumn >> column));
    return column;
  }

 private:
  uint8_t left_ = 0;
};

class Stepper {
 public:
  Stepper(const IntegerLayer& layer, const GroupedWeights& weights, const Unrolling& unrolling,
          const ColumnRules& rules, const IntegerActivations& input, uint32_t accumulator_bits)
      : layer_(layer),
        layout_(weights.layout),
        unrolling_(unrolling),
        rules_(rules),
        view_(layer, input),
        bits_(accumulator_bits),
        magnitude_(rules.code == ColumnCode::kSignMagnitude),
        groups_(rules.raw ? raw_groups(weights, rules.code)
                          : stored_groups(encode_bit_columns(weights, rules.code))),
        tiles_(layout_.groups() / layout_.shape.cout),
        parsers_(unrolling.ku),
        sums_(layer.shape.k * layer.shape.oy * layer.shape.ox) {}

  SteppedLayer go(uint64_t outputs_per_cycle) {
    const IntegerLayerShape& s = layer_.shape;
    for (uint64_t k = 0; k < s.k; k += unrolling_.ku)
      for (uint64_t tile = 0; tile < tiles_; ++tile)
        for (uint64_t y = 0; y < s.oy; ++y)
          for (uint64_t x = 0; x < s.ox; x += unrolling_.oxu) {
            Progress::throw_if_stopped();
            step_tile({k, tile, y, x});
          }
    write_back(outputs_per_cycle);
    return std::move(out_);
  }

 private:
  struct Tile {
    uint64_t k, tile, y, x;
  };

  [[nodiscard]] const StoredGroup& group(uint64_t k, uint64_t tile) const {
    return groups_[k * tiles_ + tile];
  }

  void step_tile(const Tile& at) {
    const uint64_t channels = std::min(unrolling_.ku, layer_.shape.k - at.k);
    const uint64_t columns = std::min(unrolling_.oxu, layer_.shape.ox - at.x);
    for (uint64_t i = 0; i < channels; ++i)
      parsers_[i].start(group(at.k + i, at.tile).index & (magnitude_ ? 0x7F : 0xFF));
    const auto busy = [&] {
      return std::any_of(parsers_.begin(), parsers_.end(), [](const Parser& p) { return !p.done(); });
    };
    for (uint64_t cycle = 0; cycle < rules_.minimum || busy(); ++cycle) {
      ++out_.cycles;
      out_.lanes.idle += kBitLanes - channels * columns * unrolling_.cu;
      for (uint64_t i = 0; i < channels; ++i) step_channel(at, i, columns);
    }
  }

  // One cycle of the engines of one output channel.
  void step_channel(const Tile& at, uint64_t channel, uint64_t columns) {
    const uint64_t weights = weights_in_tile(layout_, at.tile);
    out_.lanes.idle += columns * (unrolling_.cu - weights);
    if (parsers_[channel].done()) {
      out_.lanes.imbalance += columns * weights;
      return;
    }
    const uint64_t k = at.k + channel;
    const StoredGroup& stored = group(k, at.tile);
    const uint32_t column = parsers_[channel].next();
    const uint32_t signs = magnitude_ ? stored.columns[0] : 0;
    const int64_t significance = int64_t{column == 0 ? -128 : 128 >> column};
    for (uint64_t x = 0; x < columns; ++x) {
      int64_t sum = 0;
      for (uint64_t e = 0; e < weights; ++e) {
        const bool one = (stored.columns[column] >> e & 1U) != 0;
        (one ? out_.lanes.useful : out_.lanes.zero_operand) += 1;
        if (one) sum += (signs >> e & 1U) != 0 ? -activation(at, k, e, x) : activation(at, k, e, x);
      }
      accumulate(k, at.y * layer_.shape.ox + at.x + x, sum * significance);
    }
  }

  [[nodiscard]] int64_t activation(const Tile& at, uint64_t k, uint64_t e, uint64_t x) const {
    const IntegerLayerShape& s = layer_.shape;
    const uint64_t own = s.kind == LayerKind::kDepthwise ? k / s.multiplier : 0;
    const TileElement element = tile_element(layout_, at.tile, e);
    int16_t code = 0;
    view_.gather(own + element.channel, element.tap, at.y * s.ox + at.x + x, 1, &code);
    return code;
  }

  void accumulate(uint64_t k, uint64_t position, int64_t amount) {
    int64_t& sum = sums_[k * layer_.shape.oy * layer_.shape.ox + position];
    sum += amount;
    const int64_t most = largest_accumulator(bits_);
    if (sum > most || sum < -most - 1) refuse_overflow(layer_, k, position, bits_);
  }

  [[nodiscard]] int64_t sum_of_weights(uint64_t k) const {
    int64_t sum = 0;
    for (uint64_t tile = 0; tile < tiles_; ++tile) {
      const StoredGroup& g = group(k, tile);
      const uint32_t signs = magnitude_ ? g.columns[0] : 0;
      for (uint32_t j = magnitude_ ? 1 : 0; j < 8; ++j) {
        const int64_t ones = std::popcount(g.columns[j] & ~signs) - std::popcount(g.columns[j] & signs);
        sum += ones * int64_t{j == 0 ? -128 : 128 >> j};
      }
    }
    return sum;
  }

  void write_back(uint64_t outputs_per_cycle) {
    const uint64_t positions = layer_.shape.oy * layer_.shape.ox;
    out_.sums.reserve(sums_.size());
    for (uint64_t k = 0; k < layer_.shape.k; ++k) {
      const int64_t offset = layer_.input.zero_point * sum_of_weights(k);
      for (uint64_t p = 0; p < positions; ++p) {
        if (out_.sums.size() % outputs_per_cycle == 0) ++out_.write_cycles;
        out_.sums.push_back(static_cast<int32_t>(sums_[k * positions + p] - offset));
      }
    }
  }

  const IntegerLayer& layer_;
  const GroupLayout& layout_;
  const Unrolling& unrolling_;
  const ColumnRules& rules_;
  const ActivationView view_;
  uint32_t bits_;
  bool magnitude_;
  std::vector<StoredGroup> groups_;
  uint64_t tiles_;
  std::vector<Parser> parsers_;
  std::vector<int64_t> sums_;
  SteppedLayer out_;
};

}  // namespace

SteppedLayer step_bit_columns(const IntegerLayer& layer, const GroupedWeights& weights,
                              const Unrolling& unrolling, const ColumnRules& rules,
                              const IntegerActivations& input, uint64_t outputs_per_cycle,
                              uint32_t accumulator_bits) {
  if (rules.sync != ColumnSync::kMax || weights.layout.group != unrolling.cu || unrolling.cu > kMostWeights)
    throw std::logic_error("engines that cannot be stepped");
  return Stepper(layer, weights, unrolling, rules, input, accumulator_bits).go(outputs_per_cycle);
}

}  // namespace nonzero::hw
