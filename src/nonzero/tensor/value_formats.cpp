#include "nonzero/tensor/value_formats.h"

#include <fmt/format.h>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero {
namespace {

constexpr uint32_t kLongestRun = 16;  // an entry's 15 zeros, and its value the sixteenth
constexpr uint64_t kValueBits = 8, kOffsetBits = 32;

}  // namespace

uint64_t zre_bits(std::span<const int8_t> values) {
  uint64_t entries = 0;
  uint32_t run = 0;
  for (const int8_t value : values) {
    const bool ends = value != 0 || run + 1 == kLongestRun;
    entries += ends;
    run = ends ? 0 : run + 1;
  }
  return entries * kZreEntryBits;
}

uint64_t csr_bits(std::span<const int8_t> values, uint64_t columns) {
  if (columns == 0 || values.size() % columns != 0)
    throw InputError(fmt::format("{} values in rows of {}", values.size(), columns), "allowed: whole rows");
  uint64_t nnz = 0;
  for (const int8_t value : values) nnz += value != 0;
  return nnz * (kValueBits + ceil_log2(columns)) + (values.size() / columns + 1) * kOffsetBits;
}

}  // namespace nonzero
