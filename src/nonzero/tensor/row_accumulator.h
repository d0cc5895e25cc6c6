#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace nonzero {

// One output row under construction: sums by column, and which columns were touched, as bit words
// with a summary level, so that emptying the row costs its elements and not its width.
template <class Sum>
class RowAccumulator {
 public:
  explicit RowAccumulator(uint64_t columns)
      : sums_(columns), touched_((columns + 63) / 64), summary_((touched_.size() + 63) / 64) {}

  void add(uint32_t column, Sum value) {
    sums_[column] += value;
    touched_[column >> 6U] |= uint64_t{1} << (column & 63U);
    summary_[column >> 12U] |= uint64_t{1} << ((column >> 6U) & 63U);
  }

  // Appends the row's columns, rising, and their sums; the row is empty afterwards.
  void flush(std::vector<uint32_t>& columns, std::vector<double>& values) {
    for (uint64_t s = 0; s < summary_.size(); ++s) {
      for (uint64_t words = summary_[s]; words != 0; words &= words - 1) {
        const uint64_t w = s * 64 + static_cast<uint64_t>(std::countr_zero(words));
        for (uint64_t bits = touched_[w]; bits != 0; bits &= bits - 1) {
          const uint64_t column = w * 64 + static_cast<uint64_t>(std::countr_zero(bits));
          columns.push_back(static_cast<uint32_t>(column));
          values.push_back(static_cast<double>(sums_[column]));
          sums_[column] = Sum{};
        }
        touched_[w] = 0;
      }
      summary_[s] = 0;
    }
  }

 private:
  std::vector<Sum> sums_;
  std::vector<uint64_t> touched_, summary_;
};

}  // namespace nonzero
