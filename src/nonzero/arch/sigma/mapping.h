#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "nonzero/arch/sigma/config.h"
#include "nonzero/tensor/formats.h"

namespace nonzero::sigma {

// Where a run of one stationary row's elements sits: consecutive lanes of one Flex-DPE in one fold.
// The reduction tree adds exactly such a run; the lanes' vecID is the row.
struct Segment {
  uint64_t row = 0;
  uint64_t slab = 0;        // 0 unless the words are limited
  uint64_t fold = 0;        // within the slab
  uint64_t first_lane = 0;  // within the fold, 0 .. P-1
  uint64_t ones = 0;        // lanes taken
  // The run in the stationary operand's storage; elements that REGOR drops may lie between.
  uint64_t first_element = 0, end_element = 0;
};

// The counts a mapping is timed by. `steps` is T, one step per row of the streaming operand's
// other dimension.
struct Mapping {
  uint64_t multipliers = 0, lanes_per_dpe = 0, steps = 0;
  std::vector<uint64_t> slab_ones;  // stationary' ones of each slab; one slab unless words are limited
  uint64_t ones = 0;                // S
  uint64_t segments = 0;            // groups the reduction trees add, over all folds
  uint64_t rows_mapped = 0;         // rows with a one
  uint64_t useful = 0;              // effectual multiplications
  uint64_t streamed_words = 0;      // distinct non-zero words sent, over all folds and steps
  uint64_t stall_steps = 0;         // packing row-major: steps beyond one per column and fold

  [[nodiscard]] uint64_t folds() const;
  // Partial sums that leave the trees beyond one per output: rows that straddle Flex-DPEs or folds.
  [[nodiscard]] uint64_t spilled_psums() const { return (segments - rows_mapped) * steps; }
};

// What the walk needs to know of the streaming operand.
struct Streaming {
  uint64_t steps = 0;
  std::vector<uint32_t> row_counts;  // non-zeros of each row k: REGOR is count > 0
  const Csr* rows_csr = nullptr;     // K x steps; where the product or row-major packing needs it
  const Bitmap* columns = nullptr;   // steps x K; where row-major packing needs it
};

// The sparsity controller (SIGMA, Sec. IV-C and IV-E): stationary' = stationary AND REGOR, packed
// row-major into folds of P lanes, slab by slab where the words are limited. `stationary` is rows x K.
Mapping map_stationary(const Csr& stationary, const Streaming& streaming, const Config& config);

// The same counts from bit words, 64 elements at a time.
Mapping map_stationary(const Bitmap& stationary, const Streaming& streaming, const Config& config);

// The same walk, told to `on_segment` in row-major order.
using OnSegment = std::function<void(const Segment&)>;
Mapping map_stationary(const Csr& stationary, const Streaming& streaming, const Config& config,
                       const OnSegment& on_segment);

}  // namespace nonzero::sigma
