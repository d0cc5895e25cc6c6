#include <array>
#include <bit>

#include "nonzero/tensor/formats.h"

namespace nonzero {
namespace {

constexpr size_t kPlanes = 8;
constexpr uint64_t kRowsPerBlock = (uint64_t{1} << kPlanes) - 1;

// Adds the 64 columns' counters, held as bit planes (plane p has weight 2^p), to `counts`.
void flush(const std::array<uint64_t, kPlanes>& planes, uint32_t* counts, uint64_t columns) {
  for (size_t p = 0; p < kPlanes; ++p)
    for (uint64_t rest = planes[p]; rest != 0; rest &= rest - 1) {
      const auto c = static_cast<uint64_t>(std::countr_zero(rest));
      if (c < columns) counts[c] += 1U << p;
    }
}

}  // namespace

// Vertical counters: one ripple-carry add per word counts 64 columns at once.
std::vector<uint32_t> column_counts(const Bitmap& bitmap) {
  std::vector<uint32_t> counts(bitmap.columns);
  const uint64_t words = bitmap.words_per_row();
  std::vector<std::array<uint64_t, kPlanes>> planes(words);
  for (uint64_t first = 0; first < bitmap.rows; first += kRowsPerBlock) {
    const uint64_t last = std::min(bitmap.rows, first + kRowsPerBlock);
    for (auto& plane : planes) plane.fill(0);
    for (uint64_t r = first; r < last; ++r) {
      const uint64_t* row = bitmap.words.data() + r * words;
      for (uint64_t w = 0; w < words; ++w) {
        uint64_t carry = row[w];
        for (size_t p = 0; carry != 0 && p < kPlanes; ++p) {
          const uint64_t overflow = planes[w][p] & carry;
          planes[w][p] ^= carry;
          carry = overflow;
        }
      }
    }
    for (uint64_t w = 0; w < words; ++w) flush(planes[w], counts.data() + w * 64, bitmap.columns - w * 64);
  }
  return counts;
}

}  // namespace nonzero
