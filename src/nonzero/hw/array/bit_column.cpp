#include "nonzero/hw/array/bit_column.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <vector>

#include "nonzero/base/math.h"
#include "nonzero/tensor/bit_columns_words.h"

namespace nonzero::hw {
namespace {

uint8_t ones_of(uint8_t x) {
  x = static_cast<uint8_t>(x - ((x >> 1) & 0x55));
  x = static_cast<uint8_t>((x & 0x33) + ((x >> 2) & 0x33));
  return static_cast<uint8_t>((x + (x >> 4)) & 0x0F);
}

// The tiles of one block of up to Ku output channels, side by side: what their groups keep.
class Block {
 public:
  Block(uint64_t tiles, uint8_t executed) : most_(tiles), executed_(tiles), stored_(tiles), mask_(executed) {}

  void clear() {
    std::fill(most_.begin(), most_.end(), uint8_t{0});
    std::fill(executed_.begin(), executed_.end(), uint16_t{0});
    std::fill(stored_.begin(), stored_.end(), uint16_t{0});
  }

  void add(const uint8_t* indexes) {
    for (size_t t = 0; t < most_.size(); ++t) {
      const uint8_t executed = ones_of(indexes[t] & mask_);
      most_[t] = std::max(most_[t], executed);
      executed_[t] = static_cast<uint16_t>(executed_[t] + executed);
      stored_[t] = static_cast<uint16_t>(stored_[t] + ones_of(indexes[t]));
    }
  }

  [[nodiscard]] uint64_t most(size_t tile) const { return most_[tile]; }
  [[nodiscard]] uint64_t executed(size_t tile) const { return executed_[tile]; }
  [[nodiscard]] uint64_t stored(size_t tile) const { return stored_[tile]; }

 private:
  std::vector<uint8_t> most_;                // executed columns of the tile's slowest group
  std::vector<uint16_t> executed_, stored_;  // columns of all its groups
  uint8_t mask_;
};

class Counter {
 public:
  Counter(const GroupLayout& layout, const Unrolling& unrolling, const ColumnRules& rules)
      : layout_(layout),
        unrolling_(unrolling),
        rules_(rules),
        executed_(rules.code == ColumnCode::kSignMagnitude ? 7 : 8),
        tiles_(layout.groups() / std::max<uint64_t>(1, layout.shape.cout)),
        tail_(layout.length - (layout.groups_per_line() - 1) * layout.group) {}

  ColumnWork count(std::span<const uint8_t> indexes) {
    Block block(tiles_, rules_.code == ColumnCode::kSignMagnitude ? 0x7F : 0xFF);
    const std::vector<uint8_t> all_kept(rules_.raw ? tiles_ : 0, 0xFF);
    for (uint64_t k = 0; k < layout_.shape.cout; k += unrolling_.ku) {
      const uint64_t channels = std::min(unrolling_.ku, layout_.shape.cout - k);
      block.clear();
      for (uint64_t i = 0; i < channels; ++i)
        block.add(rules_.raw ? all_kept.data() : indexes.data() + (k + i) * tiles_);
      count_block(block, channels);
    }
    if (work_.busy_lanes + work_.imbalance_lanes + work_.padded_lanes != work_.engine_lanes)
      throw std::logic_error("the lanes of the bit-column engines do not add up");
    return work_;
  }

 private:
  [[nodiscard]] uint64_t weights_in(uint64_t tile) const {
    return tile % layout_.groups_per_line() + 1 == layout_.groups_per_line() ? tail_ : layout_.group;
  }

  void count_block(const Block& block, uint64_t channels) {
    const uint64_t index_bits = rules_.raw ? 0 : kIndexBits;
    uint64_t cycles = 0, columns = 0, spread = 0;
    for (uint64_t t = 0; t < tiles_; ++t) {
      const uint64_t executed = block.executed(t), own = weights_in(t);
      const uint64_t bits = channels * index_bits + layout_.group * block.stored(t);
      work_.weight_bits += bits;
      work_.weight_reads += ceil_div(bits, unrolling_.weight_bits);
      columns += executed;
      work_.busy_lanes += own * executed;
      const uint64_t slowest = std::max(rules_.minimum, block.most(t));
      cycles += slowest;
      spread += std::max(rules_.minimum * channels, executed);
      if (rules_.sync == ColumnSync::kIdeal) {
        work_.padded_lanes += (layout_.group - own) * executed;
      } else {
        work_.imbalance_lanes += own * (channels * slowest - executed);
        work_.padded_lanes += (layout_.group - own) * channels * slowest;
      }
    }
    if (rules_.sync == ColumnSync::kIdeal) {
      cycles = ceil_div(spread, channels);
      work_.imbalance_lanes += layout_.group * (channels * cycles - columns);
    }
    work_.tiles += tiles_;
    work_.cycles += cycles;
    work_.columns += columns;
    work_.skipped_columns += executed_ * channels * tiles_ - columns;
    work_.engine_lanes += layout_.group * channels * cycles;
  }

  const GroupLayout& layout_;
  const Unrolling& unrolling_;
  const ColumnRules& rules_;
  uint64_t executed_;  // columns that a group can have the engines execute
  uint64_t tiles_;     // of one block of output channels: groups of one of them
  uint64_t tail_;      // weights of the last group of a line, the rest is padding
  ColumnWork work_;
};

}  // namespace

uint64_t passes(const Unrolling& unrolling, uint64_t ox, uint64_t oy) {
  return ceil_div(ox, unrolling.oxu) * oy;
}

uint64_t activation_bits(const Unrolling& unrolling) { return unrolling.cu * unrolling.oxu * 8; }

uint64_t window_bits(const Unrolling& unrolling, uint64_t fy, uint64_t fx, uint64_t stride_x) {
  return fy * ((unrolling.oxu - 1) * stride_x + fx) * 8;
}

ColumnWork count_columns(const GroupLayout& layout, std::span<const uint8_t> indexes,
                         const Unrolling& unrolling, const ColumnRules& rules) {
  if (layout.group != unrolling.cu) throw std::logic_error("groups of another size than the unrolling's Cu");
  if (!rules.raw && indexes.size() != layout.groups())
    throw std::logic_error("another number of indexes than groups");
  return Counter(layout, unrolling, rules).count(indexes);
}

uint64_t one_bits(std::span<const int8_t> weights, ColumnCode code) {
  const bool magnitude = code == ColumnCode::kSignMagnitude;
  const auto ones = [&](uint64_t word) {
    return static_cast<uint64_t>(
        std::popcount(magnitude ? bit_words::sign_magnitude(word) & ~bit_words::kSigns : word));
  };
  uint64_t sum = 0;
  const size_t whole = weights.size() / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) sum += ones(bit_words::load(weights.data() + i));
  uint64_t last = 0;
  std::memcpy(&last, weights.data() + whole, weights.size() - whole);
  return sum + ones(last);
}

LaneCycles lane_cycles(const ColumnWork& work, const Unrolling& unrolling, uint64_t ones, uint64_t ox,
                       uint64_t oy) {
  const uint64_t positions = ox * oy, all_passes = passes(unrolling, ox, oy);
  LaneCycles lanes;
  lanes.useful = ones * positions;
  lanes.zero_operand = (work.busy_lanes - ones) * positions;
  lanes.imbalance = work.imbalance_lanes * positions;
  const uint64_t missing_columns = unrolling.oxu * all_passes - positions;
  const uint64_t outside = (kBitLanes * work.cycles - unrolling.oxu * work.engine_lanes) * all_passes;
  lanes.idle = work.padded_lanes * positions + work.engine_lanes * missing_columns + outside;
  return lanes;
}

}  // namespace nonzero::hw
