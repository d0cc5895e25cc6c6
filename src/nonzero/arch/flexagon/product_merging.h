#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/arch/flexagon/config.h"
#include "nonzero/arch/flexagon/product_rows.h"
#include "nonzero/hw/memory/psram.h"
#include "nonzero/hw/reduction/merger.h"

namespace nonzero::flexagon {

// Rows merged out of the PSRAM, as many fibers at a time as the merger has leaves, in as many rounds as
// they need.
template <class Value>
class RowMerging {
 public:
  using Store = hw::Psram<Value>;
  using Fiber = typename Store::Fiber;

  RowMerging(const hw::PsramGeometry& geometry, const Config& config)
      : lanes_(static_cast<uint32_t>(config.lanes())),
        merger_(lanes_),
        passes_(geometry, hw::PsramOverflow::kUnbounded) {}

  // The union of sorted fibers; valid until the next merge.
  hw::FiberView<Value> merge(std::span<const hw::FiberView<Value>> fibers) {
    return merger_.merge(fibers, counts_);
  }

  // Consumes a row's fibers, in order, and writes the row of C.
  void merge_row(Store& store, std::span<const Fiber> fibers, uint64_t row, RowWriter& rows) {
    const auto row_number = static_cast<uint32_t>(row);
    Store* from = &store;
    std::vector<Fiber> held(fibers.begin(), fibers.end());
    while (held.size() > lanes_) {
      std::vector<Fiber> next;
      for (size_t first = 0; first < held.size(); first += lanes_) {
        const hw::FiberView<Value> merged = merge_group(*from, group(held, first));
        next.push_back(keep(merged, row_number, next.size()));
      }
      held = std::move(next);
      from = &passes_;
    }
    rows.begin(row);
    const hw::FiberView<Value> merged = merge_group(*from, held);
    for (size_t i = 0; i < merged.coordinates.size(); ++i) rows.put(merged.coordinates[i], merged.values[i]);
    passes_.clear();
  }

 private:
  std::span<const Fiber> group(const std::vector<Fiber>& held, size_t first) const {
    return {held.data() + first, std::min<size_t>(lanes_, held.size() - first)};
  }

  hw::FiberView<Value> merge_group(Store& from, std::span<const Fiber> fibers) {
    views_.clear();
    for (const Fiber fiber : fibers) views_.push_back(from.drain(fiber));
    return merge(views_);
  }

  Fiber keep(const hw::FiberView<Value>& merged, uint32_t row, uint64_t pass) {
    const Fiber fiber = passes_.open(row, pass, static_cast<uint32_t>(merged.coordinates.size()));
    for (size_t i = 0; i < merged.coordinates.size(); ++i)
      passes_.write(fiber, merged.coordinates[i], merged.values[i]);
    return fiber;
  }

  uint32_t lanes_;
  hw::Merger<Value> merger_;
  hw::MergeCounts counts_;
  Store passes_;  // what passes leave for the next round
  std::vector<hw::FiberView<Value>> views_;
};

}  // namespace nonzero::flexagon
