#include "nonzero/hw/reduction/merger.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/reduction/groups.h"

namespace nonzero::hw {
namespace {

// Writes the union of left and right; returns its length.
template <class Value>
size_t merge_two(const FiberView<Value>& left, const FiberView<Value>& right, uint32_t* coordinates,
                 Value* values, MergeCounts& counts) {
  const size_t lefts = left.coordinates.size(), rights = right.coordinates.size();
  size_t l = 0, r = 0, out = 0;
  for (; l < lefts && r < rights; ++out) {
    const uint32_t a = left.coordinates[l], b = right.coordinates[r];
    const Value x = a <= b ? left.values[l] : Value{}, y = b <= a ? right.values[r] : Value{};
    coordinates[out] = std::min(a, b);
    values[out] = x + y;
    l += a <= b;
    r += b <= a;
  }
  counts.comparisons += out;
  counts.additions += l + r - out;
  const FiberView<Value>& longer = l < lefts ? left : right;
  const size_t from = l < lefts ? l : r, rest = longer.coordinates.size() - from;
  std::copy_n(longer.coordinates.data() + from, rest, coordinates + out);
  std::copy_n(longer.values.data() + from, rest, values + out);
  counts.forwards += rest;
  return out + rest;
}

}  // namespace

uint32_t merge_levels(uint64_t fibers) { return std::max(1U, ceil_log2(fibers)); }

uint64_t merge_cycles(uint64_t inputs, uint64_t outputs, uint64_t bandwidth) {
  return std::max(outputs, ceil_div(inputs, bandwidth));
}

void check_merger_leaves(uint64_t leaves) { check_reduction_lanes(leaves, "a merger"); }

template <class Value>
Merger<Value>::Merger(uint32_t leaves) : leaves_(leaves) {
  check_merger_leaves(leaves);
  level_.reserve(leaves);
}

template <class Value>
FiberView<Value> Merger<Value>::merge(std::span<const FiberView<Value>> fibers, MergeCounts& counts) {
  if (fibers.size() > leaves_)
    throw InputError(fmt::format("{} fibers for a merger of {} leaves", fibers.size(), leaves_));
  if (fibers.empty()) return {};
  size_t total = 0;
  for (const FiberView<Value>& fiber : fibers) total += fiber.coordinates.size();
  counts.inputs += total;
  for (Buffer& buffer : buffers_) {
    if (buffer.coordinates.size() >= total) continue;
    buffer.coordinates.resize(total);
    buffer.values.resize(total);
  }
  level_.assign(fibers.begin(), fibers.end());
  const uint32_t levels = merge_levels(fibers.size());
  for (uint32_t level = 1; level <= levels; ++level) {
    Buffer& buffer = buffers_[level % 2];
    size_t at = 0;
    for (size_t node = 0; node < level_.size(); node += 2) {
      uint32_t* coordinates = buffer.coordinates.data() + at;
      Value* values = buffer.values.data() + at;
      const FiberView<Value> lone;
      const FiberView<Value>& right = node + 1 < level_.size() ? level_[node + 1] : lone;
      const size_t length = merge_two(level_[node], right, coordinates, values, counts);
      level_[node / 2] = {{coordinates, length}, {values, length}};
      at += length;
    }
    level_.resize((level_.size() + 1) / 2);
  }
  counts.outputs += level_[0].coordinates.size();
  return level_[0];
}

template class Merger<double>;
template class Merger<int64_t>;

}  // namespace nonzero::hw
