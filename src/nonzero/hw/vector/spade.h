#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "nonzero/hw/memory/lru_cache.h"
#include "nonzero/hw/vector/simd_rows.h"

namespace nonzero::hw {

struct SpadeConfig {
  uint64_t lanes = 16;
  double clock_hz = 0.8e9;
  double latency_seconds = 150e-9;
  uint64_t dense_loads = 32, sparse_loads = 6;  // lines outstanding
  uint64_t line_bytes = 64;
  uint64_t cache_bytes = 32 << 10;  // 0: Din goes past the cache too
  uint64_t cache_ways = 8;

  // What the load queues sustain, in bytes per second.
  [[nodiscard]] double dense_rate() const;
  [[nodiscard]] double sparse_rate() const;
};

// What a SPADE PE did for some rows.
struct SpadeWork {
  uint64_t nnz = 0;
  uint64_t din_lines = 0;   // asked for
  uint64_t din_misses = 0;  // of them fetched from memory
  double sparse_bytes = 0;  // A, past the cache
  double dout_bytes = 0;    // one way, past the cache
  double din_bytes = 0;     // fetched
  double compute_seconds = 0;
  double seconds = 0;  // alone, with all the memory's bandwidth

  [[nodiscard]] double bytes() const { return sparse_bytes + din_bytes + 2 * dout_bytes; }
};

// SPADE PROCESSING ELEMENT (Gerogiannis et al., ISCA 2023): a vector pipeline behind load queues that hide latency.
//
//   ports       visit (columns of A's non-zeros, in order): reads those rows of Din through the L1
//               close (bytes of A, rows of Dout) -> what was done since the last close
//   cache       set-associative, least recently used, line by line; keeps its lines from unit to unit. A and Dout
//               go past it
//   throughput  one vector multiply-add a cycle; dense_loads and sparse_loads lines per latency, side by side:
//               the longest of the three counts
//
// Where a row of Din is a power of two of lines, and no more than there are sets, all lines of a row meet sets of
// equal history: one directory of rows with sets / lines sets tells of them all.
class SpadePe {
 public:
  // Throws InputError where the cache is no power of two of sets, and on rates that are not above 0.
  SpadePe(const SpadeConfig& config, const SimdRows& rows);

  void visit(std::span<const uint32_t> columns) {
    work_.nnz += columns.size();
    if (!rows_alike_)
      visit_lines(columns);
    else if (cache_)
      for (const uint32_t column : columns) cache_->touch(column);
  }
  SpadeWork close(double sparse_bytes, uint64_t dout_rows);

 private:
  void visit_lines(std::span<const uint32_t> columns);

  SpadeConfig config_;
  SimdRows rows_;
  uint64_t lines_per_row_ = 0;
  bool rows_alike_ = false;  // whole lines that all hit or all miss
  std::optional<LruCache> cache_;
  uint64_t missed_before_ = 0;  // the directory's misses at the last close
  SpadeWork work_;
};

}  // namespace nonzero::hw
