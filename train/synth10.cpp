#include <cmath>
#include <numbers>

#include "train/data_set.h"

namespace nonzero::train {
namespace {

constexpr uint64_t kSide = 8;
constexpr double kNoise = 0.4;

// splitmix64 (Steele, Lea and Flood 2014), which the set is defined by.
class SplitMix {
 public:
  explicit SplitMix(uint64_t state) : state_(state) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  double unit() { return static_cast<double>(next() >> 11U) * 0x1p-53; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - unit()));
    return radius * std::cos(2 * std::numbers::pi * unit());
  }
  uint64_t shift() { return next() % 3; }  // 0, 1, 2 for -1, 0, 1

 private:
  uint64_t state_;
};

}  // namespace

std::array<std::array<uint8_t, 64>, 10> synth10_prototypes() {
  SplitMix random(1);
  std::array<std::array<uint8_t, 64>, 10> prototypes{};
  for (auto& prototype : prototypes)
    for (uint8_t& bit : prototype) bit = static_cast<uint8_t>(random.next() >> 63U);
  return prototypes;
}

Images synth10(uint64_t start, uint64_t count) {
  const auto prototypes = synth10_prototypes();
  SplitMix random(start);
  Images images{1, kSide, kSide, {}, {}, {}};
  images.reals.reserve(count * kSide * kSide);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t label = i % 10, dx = random.shift(), dy = random.shift();
    images.labels.push_back(static_cast<uint8_t>(label));
    for (uint64_t y = 0; y < kSide; ++y)
      for (uint64_t x = 0; x < kSide; ++x) {
        const uint64_t from = (y + kSide + 1 - dy) % kSide * kSide + (x + kSide + 1 - dx) % kSide;
        images.reals.push_back(static_cast<float>(prototypes[label][from] + kNoise * random.normal()));
      }
  }
  return images;
}

}  // namespace nonzero::train
