#include "nonzero/arch/flexagon/published.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"

namespace nonzero::flexagon {
namespace {

enum Stream : uint32_t { kStationary, kStreaming, kResult };

PublishedConfig checked(const PublishedConfig& config) {
  if (config.multipliers < 2)
    throw InputError(fmt::format("{} multipliers", config.multipliers), "at least 2");
  if (config.block_elements == 0) throw InputError("a PSRAM block of 0 elements", "at least 1");
  if (config.line_elements == 0) throw InputError("a cache line of 0 elements", "at least 1");
  return config;
}

// What the sides lack to unite fibers row by row of C: IP the streamed fibers by k, OP the rows.
std::unique_ptr<const Csr> other_order(const Sides& sides) {
  switch (sides.method) {
    case Method::kInner:
      return std::make_unique<const Csr>(transpose(*sides.streaming));
    case Method::kOuter:
      return std::make_unique<const Csr>(transpose(*sides.stationary));
    case Method::kGustavson:
      break;
  }
  return nullptr;
}

}  // namespace

double PublishedRun::miss_rate() const {
  const uint64_t reads = sta_reads + str_reads + psums_reinjected;
  return reads == 0 ? 0 : static_cast<double>(misses()) / static_cast<double>(reads);
}

PublishedWalk::PublishedWalk(const Sides& sides, const PublishedConfig& config)
    : sides_(sides),
      config_(checked(config)),
      str_base_(sides.stationary->nnz()),
      c_base_(str_base_ + sides.streaming->nnz()),
      cache_(config.cache),
      lock_step_(config.line_elements),
      transposed_(other_order(sides)),
      unions_(sides.method == Method::kInner ? *transposed_ : *sides.streaming) {
  if (sides.method == Method::kInner) cursors_.resize(sides.columns);
}

void PublishedWalk::add(const Tile& tile) {
  load(tile);
  switch (sides_.method) {
    case Method::kInner:
      return add_inner(tile);
    case Method::kOuter:
      return add_outer(tile);
    case Method::kGustavson:
      return add_gustavson(tile);
  }
}

void PublishedWalk::load(const Tile& tile) {
  runs_.clear();
  append_range(tile.begin, tile.end, kStationary);
  const uint64_t cycles = cache_.step(runs_).cycles;
  run_.load += cycles;
  run_.fill_drain += cycles * config_.multipliers;
  run_.sta_reads += tile.size();
}

void PublishedWalk::append_range(uint64_t begin, uint64_t end, uint32_t stream) {
  while (begin < end) {
    const uint64_t line = begin / config_.line_elements;
    const uint64_t next = std::min(end, (line + 1) * config_.line_elements);
    runs_.push_back({line, static_cast<uint32_t>(next - begin), stream});
    begin = next;
  }
}

void PublishedWalk::charge_steps(const Tile& tile, uint64_t cycles, uint64_t products) {
  run_.stream += cycles;
  run_.multiplications += products;
  run_.useful += products;
  run_.idle += (config_.multipliers - tile.size()) * cycles;
  run_.operand_stall += tile.size() * cycles - products;
}

void PublishedWalk::charge_drain(uint64_t cycles, uint64_t& phase) {
  phase += cycles;
  run_.fill_drain += cycles * config_.multipliers;
}

void PublishedWalk::charge_union(uint64_t elements, uint64_t& phase) {
  phase += elements;
  run_.reduce_stall += elements * config_.multipliers;
}

void PublishedWalk::charge_merge_pass(uint64_t elements) {
  charge_union(elements, run_.merge);
  charge_drain(config_.merge_drain, run_.merge);
  ++run_.merge_passes;
}

// Every column of the streamed operand in turn; a later fold first reads the partial sum it goes on with.
void PublishedWalk::add_inner(const Tile& tile) {
  const Csr& columns = *sides_.streaming;
  const bool reinjects = tile.fold > 0;
  const bool to_the_end = tile.fold + 1 == tile.folds;
  if (!reinjects) std::copy_n(columns.offsets.begin(), sides_.columns, cursors_.begin());
  const uint64_t psums = c_base_ + tile.fiber_begin * sides_.columns;
  uint64_t cycles = 0;
  for (uint64_t c = 0; c < sides_.columns; ++c) {
    const uint64_t begin = cursors_[c];
    uint64_t end = columns.offsets[c + 1];
    if (!to_the_end) {
      const auto first = columns.indices.begin();
      end = static_cast<uint64_t>(std::lower_bound(first + static_cast<ptrdiff_t>(begin),
                                                   first + static_cast<ptrdiff_t>(end), tile.k_end) -
                                  first);
      cursors_[c] = end;
    }
    if (begin == end && !reinjects) {
      ++cycles;
      continue;
    }
    runs_.clear();
    if (reinjects) append_range(psums + c, psums + c + 1, kResult);
    append_range(str_base_ + begin, str_base_ + end, kStreaming);
    run_.str_reads += end - begin;
    cycles += std::max<uint64_t>(1, cache_.step(runs_).cycles);
  }
  if (reinjects) run_.psums_reinjected += sides_.columns;

  const Csr& by_k = *transposed_;
  uint64_t products = 0;
  for (uint64_t e = tile.begin; e < tile.end; ++e) {
    const uint32_t k = sides_.stationary->indices[e];
    products += by_k.offsets[k + 1] - by_k.offsets[k];
  }
  charge_steps(tile, cycles, products);
  charge_drain(config_.inner_drain, run_.stream);
}

// Neighbours that hold the same k ask for the same elements.
void PublishedWalk::add_outer(const Tile& tile) {
  const Csr& held = *sides_.stationary;
  const Csr& streamed = *sides_.streaming;
  fibers_.clear();
  uint64_t products = 0;
  for (uint64_t k = tile.fiber_begin; k < tile.fiber_end; ++k) {
    const uint64_t readers = std::min(held.offsets[k + 1], tile.end) - std::max(held.offsets[k], tile.begin);
    const uint64_t begin = streamed.offsets[k];
    const uint64_t end = streamed.offsets[k + 1];
    products += readers * (end - begin);
    run_.peak_blocks += readers * ceil_div(end - begin, config_.block_elements);
    if (readers > 0) fibers_.push_back({str_base_ + begin, str_base_ + end, static_cast<uint32_t>(readers)});
  }
  charge_steps(tile, lock_step_.run(cache_, fibers_, kStreaming), products);
  charge_drain(config_.outer_drain, run_.stream);
  run_.str_reads += products;
  run_.psums_written += products;
}

void PublishedWalk::add_gustavson(const Tile& tile) {
  const Csr& streamed = *sides_.streaming;
  fibers_.clear();
  uint64_t products = 0;
  for (uint64_t e = tile.begin; e < tile.end; ++e) {
    const uint32_t k = sides_.stationary->indices[e];
    const uint64_t begin = streamed.offsets[k];
    const uint64_t end = streamed.offsets[k + 1];
    products += end - begin;
    fibers_.push_back({str_base_ + begin, str_base_ + end, 1});
    unions_.add(k);
  }
  charge_steps(tile, lock_step_.run(cache_, fibers_, kStreaming), products);
  run_.str_reads += products;
  const uint64_t union_size = unions_.take();
  charge_union(union_size, run_.stream);
  charge_drain(config_.gustavson_drain, run_.stream);
  if (tile.folds == 1) {
    run_.c_elements += union_size;
    return;
  }
  run_.psums_written += union_size;
  run_.psums_read += union_size;
  row_blocks_ += ceil_div(union_size, config_.block_elements);
  if (tile.fold + 1 < tile.folds) return;
  run_.peak_blocks = std::max(run_.peak_blocks, row_blocks_);
  row_blocks_ = 0;
  for (const uint32_t k : sides_.stationary->fiber(tile.fiber_begin)) unions_.add(k);
  const uint64_t row = unions_.take();
  charge_merge_pass(row);
  run_.c_elements += row;
}

// Row by row, k ascending, as many fibers at once as there are multipliers; their outputs once more.
void PublishedWalk::merge_outer() {
  const Csr& rows = *transposed_;
  const Csr& streamed = *sides_.streaming;
  std::vector<uint32_t> fibers;
  for (uint64_t r = 0; r < rows.rows; ++r) {
    fibers.clear();
    for (const uint32_t k : rows.fiber(r))
      if (streamed.offsets[k] < streamed.offsets[k + 1]) fibers.push_back(k);
    if (fibers.empty()) continue;
    if (fibers.size() > config_.multipliers)
      for (size_t begin = 0; begin < fibers.size(); begin += config_.multipliers) {
        const size_t end = std::min(fibers.size(), begin + config_.multipliers);
        for (size_t f = begin; f < end; ++f) unions_.add(fibers[f]);
        const uint64_t group = unions_.take();
        charge_merge_pass(group);
        run_.psums_written_intermediate += group;
      }
    for (const uint32_t k : fibers) unions_.add(k);
    const uint64_t row = unions_.take();
    charge_merge_pass(row);
    run_.c_elements += row;
  }
  run_.psums_read = run_.psums_written + run_.psums_written_intermediate;
}

PublishedRun PublishedWalk::finish() {
  if (sides_.method == Method::kOuter) merge_outer();
  if (sides_.method == Method::kInner)
    for (uint64_t r = 0; r < sides_.stationary->rows; ++r) {
      for (const uint32_t k : sides_.stationary->fiber(r)) unions_.add(k);
      run_.c_elements += unions_.take();
    }
  run_.sta_misses = cache_.misses()[kStationary];
  run_.str_misses = cache_.misses()[kStreaming];
  run_.c_misses = cache_.misses()[kResult];
  run_.cycles = run_.load + run_.stream + run_.merge;
  const uint64_t buckets = run_.useful + run_.idle + run_.operand_stall + run_.reduce_stall + run_.fill_drain;
  if (buckets != run_.cycles * config_.multipliers)
    throw std::logic_error(fmt::format("{} PE-cycles in buckets, {} multipliers x {} cycles", buckets,
                                       config_.multipliers, run_.cycles));
  return run_;
}

}  // namespace nonzero::flexagon
