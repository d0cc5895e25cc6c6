#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/hw/reduction/merger.h"

namespace nonzero::hw {

MergeCounter::MergeCounter(uint32_t leaves, uint64_t columns)
    : leaves_(leaves), leaf_bits_(ceil_log2(leaves)) {
  check_merger_leaves(leaves);
  seen_.resize(columns);
  tail_seen_.resize(columns);
  new_below_.resize(uint64_t{leaves} * (leaf_bits_ + 1));
}

MergeCounts MergeCounter::count(std::span<const std::span<const uint32_t>> fibers) {
  return run<false>(fibers);
}

MergeCounts MergeCounter::count(std::span<const std::span<const uint32_t>> fibers,
                                std::span<const uint32_t>& merged) {
  if (touched_.empty()) {
    touched_.resize(ceil_div(seen_.size(), 64));
    summary_.resize(ceil_div(touched_.size(), 64));
  }
  const MergeCounts counts = run<true>(fibers);
  collect_union();
  merged = union_;
  return counts;
}

template <bool kKeepUnion>
MergeCounts MergeCounter::run(std::span<const std::span<const uint32_t>> fibers) {
  if (fibers.size() > leaves_)
    throw InputError(fmt::format("{} fibers for a merger of {} leaves", fibers.size(), leaves_));
  MergeCounts counts;
  if (fibers.empty()) return counts;
  if (++epoch_ >> (32 - leaf_bits_) != 0) {
    std::fill(seen_.begin(), seen_.end(), 0U);
    epoch_ = 1;
  }
  const uint32_t levels = merge_levels(fibers.size()), stride = leaf_bits_ + 1;
  std::fill_n(new_below_.begin(), fibers.size() * stride, uint64_t{0});
  for (uint32_t leaf = 0; leaf < fibers.size(); ++leaf) {
    uint64_t* fresh = new_below_.data() + leaf * stride;
    const uint32_t stamp = epoch_ << leaf_bits_ | leaf;
    for (const uint32_t column : fibers[leaf]) {
      const uint32_t difference = seen_[column] ^ stamp;
      seen_[column] = stamp;
      const bool is_new = difference >> leaf_bits_ != 0;
      const auto known_at = static_cast<uint32_t>(std::bit_width(difference));
      ++fresh[is_new ? levels : known_at - 1];
      if constexpr (kKeepUnion) {
        touched_[column >> 6U] |= uint64_t{1} << (column & 63U);
        summary_[column >> 12U] |= uint64_t{1} << (column >> 6U & 63U);
      }
    }
    counts.inputs += fibers[leaf].size();
    for (uint32_t t = 1; t <= levels; ++t) counts.comparisons += t * fresh[t];
    counts.outputs += fresh[levels];
  }
  counts.additions = counts.inputs - counts.outputs;

  const auto end_of = [&](size_t first, size_t last) {
    int64_t end = -1;
    for (size_t leaf = first; leaf < last; ++leaf)
      if (!fibers[leaf].empty()) end = std::max<int64_t>(end, fibers[leaf].back());
    return end;
  };
  for (uint32_t level = 1; level <= levels; ++level) {
    const size_t half = size_t{1} << (level - 1);
    for (size_t first = 0; first < fibers.size(); first += 2 * half) {
      const size_t middle = std::min(first + half, fibers.size()),
                   last = std::min(middle + half, fibers.size());
      const int64_t left = end_of(first, middle), right = end_of(middle, last);
      counts.forwards += left > right ? beyond(fibers, level - 1, first, middle, right)
                                      : beyond(fibers, level - 1, middle, last, left);
    }
  }
  counts.comparisons -= counts.forwards;
  return counts;
}

// Distinct coordinates in leaves first … last - 1, all those under one node of `level`.
uint64_t MergeCounter::distinct(uint32_t level, size_t first, size_t last) const {
  uint64_t count = 0;
  for (size_t leaf = first; leaf < last; ++leaf)
    for (uint32_t t = level; t <= leaf_bits_; ++t) count += new_below_[leaf * (leaf_bits_ + 1) + t];
  return count;
}

// Those of them above `coordinate`.
uint64_t MergeCounter::beyond(std::span<const std::span<const uint32_t>> fibers, uint32_t level, size_t first,
                              size_t last, int64_t coordinate) {
  bool all = true;
  for (size_t leaf = first; leaf < last && all; ++leaf)
    all = fibers[leaf].empty() || int64_t{fibers[leaf].front()} > coordinate;
  if (all) return distinct(level, first, last);
  if (++tail_epoch_ == 0) {
    std::fill(tail_seen_.begin(), tail_seen_.end(), 0U);
    tail_epoch_ = 1;
  }
  uint64_t count = 0;
  for (size_t leaf = first; leaf < last; ++leaf) {
    const std::span<const uint32_t> fiber = fibers[leaf];
    for (size_t i = fiber.size(); i > 0 && int64_t{fiber[i - 1]} > coordinate; --i) {
      count += tail_seen_[fiber[i - 1]] != tail_epoch_;
      tail_seen_[fiber[i - 1]] = tail_epoch_;
    }
  }
  return count;
}

void MergeCounter::collect_union() {
  union_.clear();
  for (uint64_t s = 0; s < summary_.size(); ++s) {
    for (uint64_t words = summary_[s]; words != 0; words &= words - 1) {
      const uint64_t w = s * 64 + static_cast<uint64_t>(std::countr_zero(words));
      for (uint64_t bits = touched_[w]; bits != 0; bits &= bits - 1)
        union_.push_back(static_cast<uint32_t>(w * 64 + static_cast<uint64_t>(std::countr_zero(bits))));
      touched_[w] = 0;
    }
    summary_[s] = 0;
  }
}

}  // namespace nonzero::hw
