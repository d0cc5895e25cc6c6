#include "nonzero/codesign/bit_flip.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/base/suggest.h"
#include "nonzero/codesign/bit_flip_tables.h"
#include "nonzero/tensor/bit_columns_words.h"

namespace nonzero {
namespace {

constexpr size_t kMostGroup = 32;

void check_zero_columns(uint32_t z) {
  if (z > kMostZeroColumns) throw InputError(fmt::format("{} forced zero columns", z), "allowed: 0 to 8");
}

uint8_t index_of(std::span<const int8_t> group) {
  uint64_t folded = 0;
  for (size_t i = 0; i < group.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, group.data() + i, std::min<size_t>(8, group.size() - i));
    folded |= bit_words::sign_magnitude(word);
  }
  return bit_words::fold(folded);
}

uint32_t zero_columns(uint8_t index) { return 8 - static_cast<uint32_t>(std::popcount(index)); }

uint32_t square(int32_t x) { return static_cast<uint32_t>(x * x); }

// The best way to clear columns of one group: all 128 masks at once, as 128 sums of squared errors.
class ExactFlip {
 public:
  // Sums over the group for all masks that leave z zero columns or more.
  void measure(std::span<const int8_t> group, uint32_t z) {
    ranks_ = tables_.masks_up_to(columns_without_sign(z));
    // Whole blocks of 16 sums; those behind the last mask are of more bits, and nobody reads them.
    const size_t padded = (ranks_ + kBlock - 1) / kBlock * kBlock;
    Magnitudes positive, negative;
    for (const int8_t weight : group) {
      positive.add_if(weight > 0, weight);
      negative.add_if(weight < 0, -weight);
    }
    negative_ = negative.count != 0;
    dropped_ = 0;
    for (size_t i = 0; i < negative.count; ++i) dropped_ += square(negative.values[i]);
    sum_up(positive, padded, nullptr, positive_);
    sum_up(negative, padded, &positive_, sums_);
  }

  // Flips the measured group, or a copy of it, and returns the squared error.
  uint64_t apply(std::span<int8_t> group, uint32_t z) const {
    const Choice choice = choose(z);
    const auto& near = tables_.near[choice.mask];
    const int32_t of_negative = choice.sign ? -1 : 0;
    for (int8_t& weight : group) {
      const int32_t magnitude = near[static_cast<size_t>(std::abs(weight))];
      weight = static_cast<int8_t>(weight < 0 ? of_negative * magnitude : magnitude);
    }
    return choice.error;
  }

 private:
  static constexpr size_t kBlock = 16;
  using Sums = std::array<uint32_t, FlipTables::kMasks>;

  // A list filled without a branch: signs are as good as random. One place more than a group has.
  struct Magnitudes {
    std::array<uint8_t, kMostGroup + 1> values;
    size_t count = 0;

    void add_if(bool wanted, int32_t magnitude) {
      values[count] = static_cast<uint8_t>(magnitude);
      count += wanted;
    }
  };

  struct Choice {
    uint32_t error = 0;
    uint8_t mask = 0;
    bool sign = false;

    [[nodiscard]] bool before(const Choice& other) const {
      if (error != other.error) return error < other.error;
      if (columns() != other.columns()) return columns() < other.columns();
      return mask < other.mask;
    }
    [[nodiscard]] int columns() const { return std::popcount(mask) + (sign ? 1 : 0); }
  };

  static uint32_t columns_without_sign(uint32_t z) { return std::min(7U, kMostZeroColumns - z); }

  // The squared errors of all magnitudes, a block of masks at a time, on top of `from` where given.
  void sum_up(const Magnitudes& magnitudes, size_t padded, const Sums* from, Sums& to) const {
    for (size_t first = 0; first < padded; first += kBlock) {
      std::array<uint32_t, kBlock> block{};
      if (from != nullptr) std::copy_n(from->begin() + first, kBlock, block.begin());
      for (size_t m = 0; m < magnitudes.count; ++m) {
        const uint16_t* row = tables_.squared[magnitudes.values[m]].data() + first;
        for (size_t i = 0; i < kBlock; ++i) block[i] += row[i];
      }
      std::copy_n(block.begin(), kBlock, to.begin() + first);
    }
  }

  // Masks stand by number of bits, then by value: the first of the least errors is the tie rule's.
  [[nodiscard]] Choice least(const Sums& sums, uint32_t columns, uint32_t more, bool sign) const {
    const auto end = sums.begin() + static_cast<std::ptrdiff_t>(tables_.masks_up_to(columns));
    const uint32_t error = std::accumulate(sums.begin(), end, std::numeric_limits<uint32_t>::max(),
                                           [](uint32_t a, uint32_t b) { return std::min(a, b); });
    const auto rank = static_cast<size_t>(std::find(sums.begin(), end, error) - sums.begin());
    return {error + more, tables_.masks[rank], sign};
  }

  [[nodiscard]] Choice choose(uint32_t z) const {
    if (!negative_) return least(positive_, columns_without_sign(z), 0, false);
    const Choice without = least(positive_, columns_without_sign(z), dropped_, false);
    if (z == kMostZeroColumns) return without;
    const Choice with = least(sums_, 7 - z, 0, true);
    return with.before(without) ? with : without;
  }

  const FlipTables& tables_ = FlipTables::get();
  Sums sums_{}, positive_{};  // of all weights; of those that are not negative
  uint32_t dropped_ = 0;      // what the negative ones add when they become 0
  bool negative_ = false;
  size_t ranks_ = 0;
};

// The columns that stay and those that round, of the BBS authors' code: columns p … 7 are cleared; columns
// t … p-1 take what rounding carries, and none below a column that was zero.
struct LsbCut {
  uint32_t p = 0, t = 1;
};

LsbCut lsb_cut(uint8_t index, uint32_t z) {
  LsbCut cut{kMostZeroColumns - z, 1};
  for (uint32_t column = 1; column <= 7; ++column) {
    if (cut.p <= column || (index & (kSignColumn >> column)) != 0) continue;
    ++cut.p;
    cut.t = column + 1;
  }
  return cut;
}

uint64_t flip_lsb(std::span<int8_t> group, uint8_t index, uint32_t z) {
  const LsbCut cut = lsb_cut(index, z);
  if (cut.p >= 8) return 0;
  const int32_t step = 1 << (8 - cut.p), end = 1 << (8 - cut.t);
  const int32_t most = std::max(0, end - step);
  uint64_t error = 0;
  for (int8_t& weight : group) {
    const int32_t magnitude = std::abs(weight), low = magnitude & (end - 1);
    const int32_t nearest = std::min((low + step / 2 - 1) & -step, most);
    error += square(low - nearest);
    const int32_t flipped = magnitude - low + nearest;
    weight = static_cast<int8_t>(weight < 0 ? -flipped : flipped);
  }
  return error;
}

// Flips a group that does not meet z yet.
uint64_t flip_one(std::span<int8_t> group, uint8_t index, uint32_t z, FlipMode mode, ExactFlip& exact) {
  if (mode == FlipMode::kLsb) return flip_lsb(group, index, z);
  exact.measure(group, z);
  return exact.apply(group, z);
}

uint64_t sum_of_squares(std::span<const int8_t> values) {
  // 2^15 squares of at most 2^14 fit 32 bits, and 32-bit lanes are what makes this fast.
  constexpr size_t kRun = 1 << 15;
  uint64_t sum = 0;
  for (size_t first = 0; first < values.size(); first += kRun) {
    uint32_t part = 0;
    for (const int8_t v : values.subspan(first, std::min(kRun, values.size() - first))) part += square(v);
    sum += part;
  }
  return sum;
}

double decibels(double signal, double noise) {
  return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
}

}  // namespace

std::vector<std::string> flip_mode_names() { return {"exact", "lsb", "off"}; }

std::string name(FlipMode mode) { return flip_mode_names()[static_cast<size_t>(mode)]; }

FlipMode parse_flip_mode(const std::string& text) {
  const std::vector<std::string> names = flip_mode_names();
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) throw InputError("unknown flip mode '" + text + "'", did_you_mean(text, names));
  return static_cast<FlipMode>(found - names.begin());
}

uint64_t flip_group(std::span<int8_t> group, uint32_t z, FlipMode mode) {
  check_zero_columns(z);
  if (group.size() > kMostGroup)
    throw InputError(fmt::format("a group of {} weights to flip", group.size()), "allowed: up to 32");
  const uint8_t index = index_of(group);
  if (mode == FlipMode::kOff || zero_columns(index) >= z) return 0;
  ExactFlip exact;
  return flip_one(group, index, z, mode, exact);
}

double FlipReport::relative_error() const {
  if (squared_weights == 0) return 0;
  return static_cast<double>(squared_error) / static_cast<double>(squared_weights);
}

double FlipReport::sqnr_db() const {
  return decibels(static_cast<double>(squared_weights), static_cast<double>(squared_error));
}

FlipReport& FlipReport::operator+=(const FlipReport& other) {
  changed_weights += other.changed_weights;
  changed_groups += other.changed_groups;
  squared_error += other.squared_error;
  squared_weights += other.squared_weights;
  return *this;
}

FlipReport flip(GroupedWeights& weights, uint32_t z, FlipMode mode) {
  check_zero_columns(z);
  FlipReport report;
  report.squared_weights = sum_of_squares(weights.values);
  if (mode == FlipMode::kOff || z == 0) return report;
  const std::vector<uint8_t> indexes = column_indexes(weights);
  const size_t size = weights.layout.group;
  std::array<int8_t, kMostGroup> before{};
  ExactFlip exact;
  for (size_t g = 0; g < indexes.size(); ++g) {
    if (zero_columns(indexes[g]) >= z) continue;
    const std::span<int8_t> group = std::span(weights.values).subspan(g * size, size);
    std::copy(group.begin(), group.end(), before.begin());
    const uint64_t error = flip_one(group, indexes[g], z, mode, exact);
    report.squared_error += error;
    report.changed_groups += error != 0;
    for (size_t i = 0; i < size; ++i) report.changed_weights += group[i] != before[i];
  }
  return report;
}

FlipCurve flip_curve(const GroupedWeights& weights, FlipMode mode) {
  const std::vector<uint8_t> indexes = column_indexes(weights);
  const size_t size = weights.layout.group;
  std::array<uint64_t, kMostSearchedZeroColumns + 1> errors{};
  FlipCurve curve;
  ExactFlip exact;
  std::array<int8_t, kMostGroup> flipped{};
  for (size_t g = 0; g < indexes.size(); ++g) {
    const std::span<const int8_t> group = std::span(weights.values).subspan(g * size, size);
    const uint32_t natural = mode == FlipMode::kOff ? kMostZeroColumns : zero_columns(indexes[g]);
    if (natural < kMostSearchedZeroColumns && mode == FlipMode::kExact) exact.measure(group, natural + 1);
    for (uint32_t z = 0; z < errors.size(); ++z) {
      uint8_t index = indexes[g];
      if (z > natural) {
        const std::span<int8_t> copy = std::span(flipped).first(size);
        std::copy(group.begin(), group.end(), copy.begin());
        errors[z] += mode == FlipMode::kLsb ? flip_lsb(copy, index, z) : exact.apply(copy, z);
        index = index_of(copy);
      }
      curve.compressed_bits[z] += group_bits(index, weights.layout.group);
    }
  }
  const FlipReport unflipped{0, 0, 0, sum_of_squares(weights.values)};
  for (uint32_t z = 0; z < errors.size(); ++z)
    curve.relative_error[z] = FlipReport{0, 0, errors[z], unflipped.squared_weights}.relative_error();
  return curve;
}

double output_sqnr_db(std::span<const int8_t> weights, std::span<const int8_t> flipped, uint64_t channels,
                      uint64_t samples, uint64_t seed) {
  if (channels == 0 || weights.size() != flipped.size() || weights.size() % channels != 0)
    throw InputError(fmt::format("{} weights and {} flipped ones of {} output channels", weights.size(),
                                 flipped.size(), channels),
                     "allowed: as many of both, as many for each channel");
  const uint64_t inputs = weights.size() / channels;
  Random random(seed);
  std::vector<double> x(inputs);
  double signal = 0, noise = 0;
  for (uint64_t sample = 0; sample < samples; ++sample) {
    for (double& value : x) value = random.normal();
    for (uint64_t channel = 0; channel < channels; ++channel) {
      const int8_t* w = weights.data() + channel * inputs;
      const int8_t* f = flipped.data() + channel * inputs;
      double y = 0, lost = 0;
      for (uint64_t i = 0; i < inputs; ++i) {
        y += w[i] * x[i];
        lost += (w[i] - f[i]) * x[i];
      }
      signal += y * y;
      noise += lost * lost;
    }
  }
  return decibels(signal, noise);
}

}  // namespace nonzero
