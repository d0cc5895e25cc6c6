#include "nonzero/tensor/value_formats.h"

#include <fmt/format.h>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/tensor/bit_columns_words.h"

namespace nonzero {
namespace {

constexpr uint64_t kLongestRun = 16;  // an entry's 15 zeros, and its value the sixteenth
constexpr uint64_t kValueBits = 8, kOffsetBits = 32;

// Eight values at a time: no run of 16 zeros begins and ends within them.
class ZeroRuns {
 public:
  void add(uint64_t word, uint64_t values) {
    const uint64_t marks = bit_words::not_zero(word);
    if (marks == 0) {
      run_ += values;
      return;
    }
    entries_ += static_cast<uint64_t>(std::popcount(marks));
    entries_ += (run_ + static_cast<uint64_t>(std::countr_zero(marks)) / 8) / kLongestRun;
    run_ = values + static_cast<uint64_t>(std::countl_zero(marks)) / 8 - 8;
  }
  [[nodiscard]] uint64_t entries() const { return entries_ + run_ / kLongestRun; }

 private:
  uint64_t entries_ = 0, run_ = 0;
};

}  // namespace

uint64_t zre_bits(std::span<const int8_t> values) {
  ZeroRuns runs;
  const size_t whole = values.size() / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) runs.add(bit_words::load(values.data() + i), 8);
  if (whole == values.size()) return runs.entries() * kZreEntryBits;
  uint64_t last = 0;
  std::memcpy(&last, values.data() + whole, values.size() - whole);
  runs.add(last, values.size() - whole);
  return runs.entries() * kZreEntryBits;
}

uint64_t csr_bits(std::span<const int8_t> values, uint64_t columns) {
  if (columns == 0 || values.size() % columns != 0)
    throw InputError(fmt::format("{} values in rows of {}", values.size(), columns), "allowed: whole rows");
  uint64_t nnz = 0;
  for (const int8_t value : values) nnz += value != 0;
  return csr_bits(values.size() / columns, columns, nnz, kValueBits);
}

uint64_t csr_bits(uint64_t rows, uint64_t columns, uint64_t nnz, uint32_t value_bits) {
  return nnz * (value_bits + ceil_log2(columns)) + (rows + 1) * kOffsetBits;
}

}  // namespace nonzero
