#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nonzero/arch/flexagon/dataflow.h"
#include "nonzero/arch/flexagon/mapping.h"
#include "nonzero/arch/flexagon/union_counter.h"
#include "nonzero/base/progress.h"
#include "nonzero/hw/memory/step_cache.h"

namespace nonzero::flexagon {

// Timing mode `paper`: the authors' simulator as their published results show it (the README of this
// folder lists the rules). Operands and result lie behind one another: stationary, streaming, C.
struct PublishedConfig {
  uint64_t multipliers = 64;     // also bandwidth of distribution and reduction
  uint64_t line_elements = 32;   // 128 B of 4 B elements
  uint64_t block_elements = 16;  // of a PSRAM block
  hw::StepCacheConfig cache;
  uint64_t inner_drain = 9;       // cycles per tile
  uint64_t outer_drain = 4;       // per tile
  uint64_t gustavson_drain = 12;  // per pass
  uint64_t merge_drain = 10;      // per merging pass
};

// Cycles of the three phases add up to `cycles`; the buckets to multipliers * cycles.
struct PublishedRun {
  uint64_t cycles = 0;
  uint64_t load = 0, stream = 0, merge = 0;

  // PE-cycles. Of a step of c cycles the unloaded multipliers are idle, products are useful, the rest waits
  // for operands. Loads and drains fill and drain; cycles in which unions leave the network stall on it.
  uint64_t useful = 0, idle = 0, operand_stall = 0, reduce_stall = 0, fill_drain = 0;

  uint64_t sta_misses = 0, str_misses = 0, c_misses = 0;  // lines; C: partial sums of folded rows, re-read

  // In elements.
  uint64_t multiplications = 0;  // effectual
  uint64_t sta_reads = 0, str_reads = 0;
  uint64_t psums_written = 0;               // by the multipliers
  uint64_t psums_written_intermediate = 0;  // by merging passes that are not the last
  uint64_t psums_read = 0;                  // by merging passes
  uint64_t psums_reinjected = 0;            // read from C by the folds of inner products
  uint64_t c_elements = 0;                  // structural non-zeros of C

  uint64_t merge_passes = 0;
  // Of a PSRAM without bounds, when most partial sums wait: OP, once the last tile has streamed; Gust, at the
  // end of the row that leaves most.
  uint64_t peak_blocks = 0;

  bool operator==(const PublishedRun&) const = default;
  [[nodiscard]] uint64_t misses() const { return sta_misses + str_misses + c_misses; }
  [[nodiscard]] double miss_rate() const;  // Flexagon, Fig. 15: per read of STA, STR and C; 0 without reads
};

// One dataflow, tile by tile in the order of for_each_tile(sides, multipliers, true, ...).
class PublishedWalk {
 public:
  // Throws InputError where there are fewer than 2 multipliers, where line_elements or block_elements is 0, or
  // as StepCache does.
  PublishedWalk(const Sides& sides, const PublishedConfig& config);

  void add(const Tile& tile);
  // After the last tile: outer product merges. Asserts that phases and buckets close.
  [[nodiscard]] PublishedRun finish();

 private:
  void load(const Tile& tile);
  void add_inner(const Tile& tile);
  void add_outer(const Tile& tile);
  void add_gustavson(const Tile& tile);
  void merge_outer();
  // Elements [begin, end) of the common address space, line by line.
  void append_range(uint64_t begin, uint64_t end, uint32_t stream);
  void charge_steps(const Tile& tile, uint64_t cycles, uint64_t products);
  void charge_drain(uint64_t cycles, uint64_t& phase);
  void charge_union(uint64_t elements, uint64_t& phase);
  void charge_merge_pass(uint64_t elements);

  Sides sides_;
  PublishedConfig config_;
  uint64_t str_base_, c_base_;
  hw::StepCache cache_;
  hw::LockStepStream lock_step_;
  std::unique_ptr<const Csr> transposed_;  // IP: streaming by k; OP: stationary by row
  uint64_t row_blocks_ = 0;                // Gust: of the passes of a long row
  UnionCounter unions_;                    // of streamed fibers by column of C
  std::vector<uint64_t> cursors_;          // IP: per column, where the next fold begins
  std::vector<hw::LineRun> runs_;
  std::vector<hw::StreamedFiber> fibers_;
  PublishedRun run_;
};

// The whole walk. `visit(tile)` follows each tile, so that a product can be made on the same walk.
template <class Visit>
PublishedRun run_published(const Sides& sides, const PublishedConfig& config, const Visit& visit) {
  PublishedWalk walk(sides, config);
  for_each_tile(sides, config.multipliers, true, [&](const Tile& tile) {
    Progress::throw_if_stopped();
    walk.add(tile);
    visit(tile);
  });
  return walk.finish();
}

inline PublishedRun run_published(const Sides& sides, const PublishedConfig& config) {
  return run_published(sides, config, [](const Tile&) {});
}

}  // namespace nonzero::flexagon
