#pragma once

#include <cstdint>
#include <memory>

#include "nonzero/arch/scnn/mapping.h"
#include "nonzero/result/result.h"

namespace nonzero::scnn {

// What a layer costs the array, counted on one walk over its mapping; phases and multiplier-cycles are
// disjoint.
struct Walk {
  uint64_t stream = 0;     // steps of the slowest PE of each group
  uint64_t conflicts = 0;  // further cycles of that PE, whose products met in one bank
  uint64_t drain = 0;      // partial sums and halos that the next group did not hide

  uint64_t weights = 0, activations = 0;         // non-zeros
  uint64_t issued = 0, effectual = 0;            // the difference fell outside the output
  uint64_t empty_lanes = 0, conflict_lanes = 0;  // multiplier-cycles
  uint64_t waiting_lanes = 0, idle_lanes = 0;    // of PEs with, and without, work in this layer
  uint64_t rounds = 0;                           // groups times pieces
  uint64_t weight_reads = 0;                     // out of the PEs' FIFOs
  uint64_t activation_reads = 0;                 // out of the PEs' RAMs, once per group
  uint64_t weight_broadcasts = 0;                // non-zero weights sent to all PEs, once per piece
  uint64_t link_words = 0;                       // partial sums to other PEs
  std::shared_ptr<const Product> product;        // if asked for
};

// Throws InputError where a sum leaves 32 bits.
Walk walk_layer(const IntegerLayer& layer, const IntegerActivations& input, const Mapping& map,
                const Config& config, bool compute_product);

}  // namespace nonzero::scnn
