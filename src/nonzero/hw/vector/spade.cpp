#include "nonzero/hw/vector/spade.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nonzero/base/error.h"

namespace nonzero::hw {
namespace {

double queue_rate(uint64_t loads, const SpadeConfig& config) {
  return static_cast<double>(loads * config.line_bytes) / config.latency_seconds;
}

void check(const SpadeConfig& config, const SimdRows& rows) {
  if (config.lanes == 0 || config.dense_loads == 0 || config.sparse_loads == 0 || config.line_bytes == 0)
    throw InputError("a vector PE without lanes, outstanding loads or bytes in a line", "at least 1 of each");
  if (!(config.clock_hz > 0) || !(config.latency_seconds > 0))
    throw InputError(
        fmt::format("a vector PE of {} Hz and {} s of latency", config.clock_hz, config.latency_seconds),
        "both above 0");
  if (rows.values == 0 || rows.value_bytes == 0 || !(rows.operations > 0))
    throw InputError("rows without values, bytes or operations", "at least 1 of each");
}

uint64_t sets_of(const SpadeConfig& config) {
  const uint64_t set_bytes = config.line_bytes * std::max<uint64_t>(1, config.cache_ways);
  if (config.cache_bytes % set_bytes != 0)
    throw InputError(fmt::format("a cache of {} bytes", config.cache_bytes),
                     fmt::format("whole sets of {} bytes", set_bytes));
  const uint64_t sets = config.cache_bytes / set_bytes;
  if (!is_power_of_two(sets)) throw InputError(fmt::format("a cache of {} sets", sets), "a power of two");
  return sets;
}

}  // namespace

double SpadeConfig::dense_rate() const { return queue_rate(dense_loads, *this); }
double SpadeConfig::sparse_rate() const { return queue_rate(sparse_loads, *this); }

SpadePe::SpadePe(const SpadeConfig& config, const SimdRows& rows) : config_(config), rows_(rows) {
  check(config, rows);
  const bool whole_lines = rows.bytes() % config.line_bytes == 0;
  lines_per_row_ = rows.bytes() / config.line_bytes;
  rows_alike_ = whole_lines;
  if (config.cache_bytes == 0) return;
  const uint64_t sets = sets_of(config);
  rows_alike_ = whole_lines && is_power_of_two(lines_per_row_) && lines_per_row_ <= sets;
  cache_.emplace(rows_alike_ ? sets / lines_per_row_ : sets, config.cache_ways);
}

void SpadePe::visit_lines(std::span<const uint32_t> columns) {
  for (const uint32_t column : columns) {
    const uint64_t first = column * rows_.bytes() / config_.line_bytes;
    const uint64_t last = ((column + uint64_t{1}) * rows_.bytes() - 1) / config_.line_bytes;
    work_.din_lines += last - first + 1;
    for (uint64_t line = first; cache_ && line <= last; ++line) cache_->touch(line);
  }
}

SpadeWork SpadePe::close(double sparse_bytes, uint64_t dout_rows) {
  SpadeWork work = std::exchange(work_, {});
  const uint64_t lines_per_touch = rows_alike_ ? lines_per_row_ : 1;
  if (rows_alike_) work.din_lines = work.nnz * lines_per_row_;
  work.din_misses = work.din_lines;
  if (cache_) {
    const uint64_t missed = cache_->counts().misses;
    work.din_misses = (missed - std::exchange(missed_before_, missed)) * lines_per_touch;
  }
  work.sparse_bytes = sparse_bytes;
  work.din_bytes = static_cast<double>(work.din_misses * config_.line_bytes);
  work.dout_bytes = static_cast<double>(dout_rows * rows_.bytes());
  work.compute_seconds = static_cast<double>(work.nnz) * rows_.cycles(config_.lanes) / config_.clock_hz;
  const double dense = (work.din_bytes + 2 * work.dout_bytes) / config_.dense_rate();
  work.seconds = std::max({work.compute_seconds, dense, work.sparse_bytes / config_.sparse_rate()});
  return work;
}

}  // namespace nonzero::hw
