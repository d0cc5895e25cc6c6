#pragma once

#include <cstdint>

#include "nonzero/tensor/nm.h"

// SAT's systolic tensor computing engine, dense and N:M, output- or weight-stationary (Fang et al., TCAD
// 2023). That the array runs both kinds of GEMM in both dataflows is the paper's; every formula here
// is this project's own model of it [choice].
namespace nonzero::hw {

enum class StceDataflow : uint8_t { kOutputStationary, kWeightStationary };

struct StceArray {
  uint64_t rows = 32, columns = 32;  // USPEs
  uint64_t add_latency = 4;          // L_acc: cycles until a partial sum can take its next addend
  uint64_t depth = 8;                // D: cycles from operands to a result that can leave
  uint64_t interleave = 4;           // I: row tiles whose partial sums share an output-stationary PE
  uint64_t psum_bytes = 1U << 19U;

  // Rows of the output that the partial-sum buffer holds of one column tile: psum_bytes / (4 columns).
  [[nodiscard]] uint64_t rows_per_block() const { return psum_bytes / (4 * columns); }
  [[nodiscard]] uint64_t cells() const { return rows * columns; }
};

// out[positions x outputs], reduced over taps x channels; of the weights (the operand with a row per
// output) N of each group of M channels are stored where it is sparse.
struct StceGemm {
  uint64_t positions = 0, taps = 1, channels = 0, outputs = 0;
  bool sparse = false;
  NmRatio ratio;

  [[nodiscard]] uint64_t groups() const;  // of one output: taps * ceil(channels / M)
  // Multiply-add steps of one output element: N per group, or one per reduced element.
  [[nodiscard]] uint64_t steps() const { return sparse ? ratio.n * groups() : taps * channels; }
};

// Disjoint, in array cycles.
struct StceCycles {
  uint64_t fill = 0;     // operands reach the last PE, its last result leaves the pipeline
  uint64_t issue = 0;    // a multiply-add in every PE that the tile covers
  uint64_t stall = 0;    // a partial sum waits for its last addition
  uint64_t drain = 0;    // output-stationary: rows leave, not hidden behind the next batch
  uint64_t preload = 0;  // weight-stationary: weights enter, not hidden behind the last tile

  [[nodiscard]] uint64_t total() const { return fill + issue + stall + drain + preload; }
  bool operator==(const StceCycles&) const = default;
};

// Output-stationary: the row tiles of a column tile run in batches of I that share the weight stream;
// K' = steps.
//   comp(b) = K' max(b, L_acc)             issue = K' Tm Tn      stall = sum of comp(b) - K' b
//   fill = (R-1) + (C-1) + D
//   drain = sum over consecutive batches of max(0, R b_previous - comp(b)) + R b_last
// Weight-stationary: N weights per PE (1 where dense); Q = groups or K, Tk = ceil(Q / R); tiles in the
// order column tile, row block, k tile. Sparse rows are interleaved in groups of L_acc.
//   slots(rows) = rows, or N L_acc ceil(rows / L_acc)
//   issue = Tn Tk positions N              stall = sum of slots - N rows
//   preload = R N + sum over all tiles but the last of max(0, R N - slots)
//   fill = (R-1) N L_acc + (C-1) + D
StceCycles stce_cycles(const StceArray& array, const StceGemm& gemm, StceDataflow dataflow);

// What passes between the array and its three buffers, and over the switches of the PEs.
struct StceActivity {
  uint64_t products = 0;          // multiply-adds of real outputs, padded channels included
  uint64_t activation_bytes = 0;  // into the array: M elements per group and tile, or one per step
  uint64_t weight_values = 0;     // into the array: once per batch (OS) or preload (WS)
  uint64_t psum_updates = 0;      // WS: k tiles after the first, per output element; 4 B read and written
};
StceActivity stce_activity(const StceArray& array, const StceGemm& gemm, StceDataflow dataflow);

// What a GEMM moves between DRAM and the chip. One operand stays in its buffer by whole tiles while the
// other is read again for each fill, or the other is read once per filling of the partial-sum buffer:
//   O + min( W + A ceil(Tn / q), q = floor(wgt_buf / ceil(W / Tn)) >= 1
//            A + W ceil(Tm / q), q = floor(act_buf / ceil(A / Tm)) >= 1
//            W + A ceil(4 positions outputs / psum_buf) )
struct StceBuffers {
  uint64_t activation_bytes = 2U << 20U, weight_bytes = 2U << 20U;
};
struct StceTraffic {
  uint64_t activations = 0, weights = 0, outputs = 0;  // bytes; the first two read, outputs written

  [[nodiscard]] uint64_t total() const { return activations + weights + outputs; }
};
// The operands' own bytes in, what is moved out.
StceTraffic stce_traffic(const StceArray& array, const StceBuffers& buffers, const StceGemm& gemm,
                         const StceTraffic& once);

}  // namespace nonzero::hw
