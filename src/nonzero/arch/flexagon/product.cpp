#include "nonzero/arch/flexagon/product.h"

#include <algorithm>

#include "nonzero/arch/flexagon/product_inner.h"
#include "nonzero/arch/flexagon/product_merging.h"
#include "nonzero/arch/flexagon/psram_config.h"
#include "nonzero/base/progress.h"

namespace nonzero::flexagon {
namespace {

template <class Value>
class InnerWalk final : public ProductWalk {
 public:
  InnerWalk(const Sides& sides, const Sides& by_rows, const Config& config)
      : products_(sides, by_rows, config), rows_(sides.rows, sides.columns) {}

  void add(const Tile& tile) override { products_.add(tile, rows_); }
  Product finish() override { return rows_.finish(); }

 private:
  InnerProduct<Value> products_;
  RowWriter rows_;
};

template <class Value>
class OuterWalk final : public ProductWalk {
 public:
  OuterWalk(const Sides& sides, const Sides& by_rows, const Config& config)
      : sta_(*sides.stationary),
        str_(*sides.streaming),
        store_(psram_geometry(config), psram_overflow(config)),
        merging_(psram_geometry(config), config),
        row_offsets_(by_rows.stationary->offsets),
        next_of_row_(row_offsets_.begin(), row_offsets_.end() - 1),
        fiber_of_element_(sta_.nnz()),
        rows_(sides.rows, sides.columns) {
    uint64_t products = 0;
    for (uint64_t k = 0; k < sides.inner; ++k)
      products += (sta_.offsets[k + 1] - sta_.offsets[k]) * (str_.offsets[k + 1] - str_.offsets[k]);
    store_.reserve(products);
  }

  // Element 0 of every multiplier's fiber, then element 1 of each that has one, ...
  void add(const Tile& tile) override {
    store_.begin_tile(tiles_++);
    open_fibers(tile);
    for (uint64_t s = 0; !writers_.empty(); ++s) {
      size_t left = 0;
      for (const Writer& writer : writers_) {
        const uint64_t at = writer.begin + s;
        store_.write(writer.fiber, str_.indices[at], writer.held * static_cast<Value>(str_.values[at]));
        if (at + 1 < writer.end) writers_[left++] = writer;
      }
      writers_.resize(left);
    }
  }

  Product finish() override {
    for (uint64_t row = 0; row + 1 < row_offsets_.size(); ++row) {
      if (row % 1024 == 0) Progress::throw_if_stopped();
      const uint64_t begin = row_offsets_[row], end = next_of_row_[row];
      if (begin == end) continue;
      merging_.merge_row(store_, {fiber_of_element_.data() + begin, end - begin}, row, rows_);
    }
    return rows_.finish();
  }

 private:
  using Fiber = typename hw::Psram<Value>::Fiber;
  struct Writer {
    Fiber fiber = 0;
    uint64_t begin = 0, end = 0;
    Value held{};
  };

  // A fiber per multiplier whose row of the streaming operand is not empty; kept by row, k ascending.
  void open_fibers(const Tile& tile) {
    for (uint64_t k = tile.fiber_begin; k < tile.fiber_end; ++k) {
      const uint64_t first = std::max(tile.begin, sta_.offsets[k]),
                     last = std::min(tile.end, sta_.offsets[k + 1]);
      const uint64_t begin = str_.offsets[k], end = str_.offsets[k + 1];
      if (begin == end) continue;
      for (uint64_t e = first; e < last; ++e) {
        const uint32_t row = sta_.indices[e];
        const Fiber fiber = store_.open(row, k, static_cast<uint32_t>(end - begin));
        fiber_of_element_[next_of_row_[row]++] = fiber;
        writers_.push_back({fiber, begin, end, static_cast<Value>(sta_.values[e])});
      }
    }
  }

  const Csr& sta_;
  const Csr& str_;
  hw::Psram<Value> store_;
  RowMerging<Value> merging_;
  const std::vector<uint64_t>& row_offsets_;
  std::vector<uint64_t> next_of_row_;
  std::vector<Fiber> fiber_of_element_;
  std::vector<Writer> writers_;
  uint64_t tiles_ = 0;
  RowWriter rows_;
};

template <class Value>
class GustavsonWalk final : public ProductWalk {
 public:
  GustavsonWalk(const Sides& sides, const Sides& /*by_rows*/, const Config& config)
      : sta_(*sides.stationary),
        str_(*sides.streaming),
        store_(psram_geometry(config), psram_overflow(config)),
        merging_(psram_geometry(config), config),
        rows_(sides.rows, sides.columns) {}

  void add(const Tile& tile) override {
    if (tile.folds > 1) {
      add_pass(tile);
      return;
    }
    for (uint64_t row = tile.fiber_begin; row < tile.fiber_end; ++row) {
      if (sta_.offsets[row] == sta_.offsets[row + 1]) continue;
      const hw::FiberView<Value> merged = stream(sta_.offsets[row], sta_.offsets[row + 1]);
      rows_.begin(row);
      for (size_t i = 0; i < merged.coordinates.size(); ++i)
        rows_.put(merged.coordinates[i], merged.values[i]);
    }
  }

  Product finish() override { return rows_.finish(); }

 private:
  // Elements [begin, end) of the stationary operand, each times its row of the streaming one, merged on
  // the fly.
  hw::FiberView<Value> stream(uint64_t begin, uint64_t end) {
    uint64_t elements = 0;
    for (uint64_t e = begin; e < end; ++e) elements += length(sta_.indices[e]);
    products_.clear();
    products_.reserve(elements);
    views_.clear();
    for (uint64_t e = begin; e < end; ++e) {
      const uint32_t k = sta_.indices[e];
      const auto held = static_cast<Value>(sta_.values[e]);
      const Value* first = products_.data() + products_.size();
      for (uint64_t f = str_.offsets[k]; f < str_.offsets[k + 1]; ++f)
        products_.push_back(held * static_cast<Value>(str_.values[f]));
      views_.push_back({str_.fiber(k), {first, static_cast<size_t>(length(k))}});
    }
    return merging_.merge(views_);
  }

  // One pass of a row longer than the array: its union waits in the PSRAM, to be merged after the last.
  void add_pass(const Tile& tile) {
    if (tile.fold == 0) passes_.clear();
    const hw::FiberView<Value> merged = stream(tile.begin, tile.end);
    const uint64_t row = tile.fiber_begin;
    store_.begin_tile(tile.fold);
    if (!merged.coordinates.empty()) {
      const auto fiber = store_.open(static_cast<uint32_t>(row), tile.fold,
                                     static_cast<uint32_t>(merged.coordinates.size()));
      for (size_t i = 0; i < merged.coordinates.size(); ++i)
        store_.write(fiber, merged.coordinates[i], merged.values[i]);
      passes_.push_back(fiber);
    }
    if (tile.fold + 1 < tile.folds) return;
    merging_.merge_row(store_, passes_, row, rows_);
    store_.clear();
  }

  [[nodiscard]] uint64_t length(uint64_t k) const { return str_.offsets[k + 1] - str_.offsets[k]; }

  const Csr& sta_;
  const Csr& str_;
  hw::Psram<Value> store_;
  RowMerging<Value> merging_;
  RowWriter rows_;
  std::vector<Value> products_;
  std::vector<hw::FiberView<Value>> views_;
  std::vector<typename hw::Psram<Value>::Fiber> passes_;
};

template <class Value>
std::unique_ptr<ProductWalk> make_walk(const Sides& sides, const Sides& by_rows, const Config& config) {
  switch (sides.method) {
    case Method::kInner:
      return std::make_unique<InnerWalk<Value>>(sides, by_rows, config);
    case Method::kOuter:
      return std::make_unique<OuterWalk<Value>>(sides, by_rows, config);
    default:
      return std::make_unique<GustavsonWalk<Value>>(sides, by_rows, config);
  }
}

}  // namespace

std::unique_ptr<ProductWalk> ProductWalk::make(const Sides& sides, const Sides& by_rows, const Config& config,
                                               bool integer) {
  return integer ? make_walk<int64_t>(sides, by_rows, config) : make_walk<double>(sides, by_rows, config);
}

}  // namespace nonzero::flexagon
