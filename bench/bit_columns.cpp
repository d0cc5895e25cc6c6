// Bit columns beside a plain walk from weight to weight, one thread: every kernel within 1 ns per byte, that
// is 1 GB/s of int8 weights, and the exact flip of a MobileNetV2's weights within 3 s.

#include "nonzero/tensor/bit_columns.h"

#include <bit>
#include <cstdlib>
#include <vector>

#include "lib/bench.h"
#include "nonzero/codesign/bit_flip.h"
#include "nonzero/tensor/laplace_weights.h"
#include "nonzero/tensor/value_formats.h"

namespace {

using namespace nonzero;

constexpr WeightShape kLayer{512, 512, 9};
constexpr double kMobileNetV2Weights = 3.5e6;

uint8_t magnitude_code(int8_t weight) {
  return static_cast<uint8_t>(weight < 0 ? kSignColumn | -weight : weight);
}

uint8_t plain_index(const GroupedWeights& grouped, uint64_t group) {
  uint8_t index = 0;
  for (uint32_t i = 0; i < grouped.layout.group; ++i)
    index = static_cast<uint8_t>(index | magnitude_code(grouped.values[group * grouped.layout.group + i]));
  return index;
}

// As bit_column_statistics, element by element.
uint64_t plain_statistics(const GroupedWeights& grouped) {
  uint64_t zero_weights = 0, kept = 0, kept_twos = 0, ones = 0;
  for (uint64_t g = 0; g < grouped.layout.groups(); ++g) {
    uint32_t twos = 0;
    for (uint32_t i = 0; i < grouped.layout.group; ++i) {
      const int8_t weight = grouped.values[g * grouped.layout.group + i];
      zero_weights += weight == 0;
      twos |= static_cast<uint8_t>(weight);
      ones += static_cast<uint64_t>(std::popcount(magnitude_code(weight))) +
              static_cast<uint64_t>(std::popcount(static_cast<uint8_t>(weight)));
    }
    kept += static_cast<uint64_t>(std::popcount(plain_index(grouped, g)));
    kept_twos += static_cast<uint64_t>(std::popcount(twos));
  }
  return zero_weights + kept + kept_twos + ones;
}

std::vector<uint8_t> plain_encode(const GroupedWeights& grouped) {
  std::vector<uint8_t> bytes(2 * grouped.values.size() + grouped.layout.groups());
  uint64_t bit = 0;
  const auto put = [&](uint32_t one) {
    bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] | one << (7 - bit % 8));
    ++bit;
  };
  for (uint64_t g = 0; g < grouped.layout.groups(); ++g) {
    const uint8_t index = plain_index(grouped, g);
    for (uint32_t column = 0; column < 8; ++column) put(index >> (7 - column) & 1U);
    for (uint32_t column = 0; column < 8; ++column) {
      if ((index >> (7 - column) & 1) == 0) continue;
      for (uint32_t i = 0; i < grouped.layout.group; ++i) {
        const uint8_t code = magnitude_code(grouped.values[g * grouped.layout.group + i]);
        put(code >> (7 - column) & 1U);
      }
    }
  }
  return bytes;
}

// The definition: each candidate's error on its own. One group in `every`.
uint64_t plain_flip(const GroupedWeights& grouped, uint32_t z, uint64_t every) {
  uint64_t sum = 0;
  const uint32_t size = grouped.layout.group;
  for (uint64_t g = 0; g < grouped.layout.groups(); g += every) {
    uint64_t best = ~uint64_t{0};
    for (uint32_t candidate = 0; candidate < 256; ++candidate) {
      if (static_cast<uint32_t>(std::popcount(candidate)) > 8 - z) continue;
      uint64_t error = 0;
      for (uint32_t i = 0; i < size; ++i) {
        const int weight = grouped.values[g * size + i], magnitude = std::abs(weight);
        const int mask = static_cast<int>(candidate & 127);
        int nearest = 0;
        if (weight >= 0 || candidate > 127)
          for (int x = mask; x != 0; x = (x - 1) & mask)
            if (std::abs(x - magnitude) < std::abs(nearest - magnitude)) nearest = x;
        error += static_cast<uint64_t>((magnitude - nearest) * (magnitude - nearest));
      }
      best = std::min(best, error);
    }
    sum += best;
  }
  return sum;
}

std::string speed(const std::string& what, double ms, uint64_t weights) {
  return fmt::format("{}: {:.1f} M weights/s", what, static_cast<double>(weights) / 1e3 / ms);
}

std::string rate(const std::string& what, double ms, uint64_t weights) {
  return fmt::format("{}: {:.2f} GB/s", what, static_cast<double>(weights) / 1e6 / ms);
}

void kernel(const bench::Table& table, const std::string& what, uint64_t weights, double ms,
            std::optional<double> plain_ms) {
  table.row(rate(what, ms, weights), ms,
            {static_cast<double>(weights) / 1e6, "plain", plain_ms, std::nullopt});
}

void formats(const bench::Table& table, const std::vector<int8_t>& weights, uint32_t group) {
  const GroupLayout layout = group_layout(kLayer, group);
  const GroupedWeights grouped = group_order(weights, layout);
  const BitColumnStream stream = encode_bit_columns(grouped);
  const uint64_t size = weights.size();
  const std::string tail = fmt::format(", G = {}", group);
  const auto ms = [](const auto& body) { return bench::best_of_five([&] { bench::keep(body()); }); };
  const double plain_indexes = ms([&] {
    uint64_t sum = 0;
    for (uint64_t g = 0; g < layout.groups(); ++g) sum += plain_index(grouped, g);
    return sum;
  });
  kernel(table, "order [K,FY,FX,C]" + tail, size, ms([&] { return group_order(weights, layout); }),
         std::nullopt);
  kernel(table, "indexes" + tail, size, ms([&] { return column_indexes(grouped); }), plain_indexes);
  kernel(table, "statistics" + tail, size, ms([&] { return bit_column_statistics(grouped); }),
         ms([&] { return plain_statistics(grouped); }));
  kernel(table, "encode" + tail, size, ms([&] { return encode_bit_columns(grouped); }),
         ms([&] { return plain_encode(grouped); }));
  kernel(table, "decode" + tail, size, ms([&] { return decode_bit_columns(stream); }), std::nullopt);
}

void flips(const bench::Table& table, const std::vector<int8_t>& weights, uint32_t group) {
  const GroupedWeights grouped = group_order(weights, group_layout(kLayer, group));
  const auto flipped = [&](FlipMode mode) {
    GroupedWeights copy = grouped;
    return flip(copy, 4, mode).squared_error;
  };
  // The plain walk takes minutes for all: one group in 512, and the time of all from it.
  constexpr uint64_t kEvery = 512;
  const double plain = kEvery * bench::best_of_five([&] { bench::keep(plain_flip(grouped, 4, kEvery)); });
  const double exact = bench::best_of_five([&] { bench::keep(flipped(FlipMode::kExact)); });
  const double bound = 3000 * static_cast<double>(weights.size()) / kMobileNetV2Weights;
  const std::string tail = fmt::format(" flip, z = 4, G = {}", group);
  table.row(speed("exact" + tail, exact, weights.size()), exact, {bound, "plain", plain, std::nullopt});
  const double lsb = bench::best_of_five([&] { bench::keep(flipped(FlipMode::kLsb)); });
  table.row(speed("lsb" + tail, lsb, weights.size()), lsb, {bound, "", std::nullopt, std::nullopt});
  const double curve = bench::best_of_five([&] { bench::keep(flip_curve(grouped, FlipMode::kExact)); });
  table.row(speed(fmt::format("exact, z = 0 to 7 at once, G = {}", group), curve, weights.size()), curve, {});
}

}  // namespace

int main() {
  const bench::Table table("Bit columns: Laplace(0, 8) weights [512, 512, 3, 3]");
  const std::vector<int8_t> weights = laplace_weights(kLayer.size(), 8, 1);
  for (const uint32_t group : {8, 16, 32}) formats(table, weights, group);
  for (const uint32_t group : {8, 16, 32}) flips(table, weights, group);
  const double zre = bench::best_of_five([&] { bench::keep(zre_bits(weights)); });
  kernel(table, "zero-run size", weights.size(), zre, std::nullopt);
  const double csr = bench::best_of_five([&] { bench::keep(csr_bits(weights, kLayer.cin * kLayer.taps)); });
  kernel(table, "CSR size", weights.size(), csr, std::nullopt);
}
