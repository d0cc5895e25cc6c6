#pragma once

#include <cstdint>

#include "nonzero/arch/scnn/config.h"
#include "nonzero/workload/integer_layer.h"

namespace nonzero::scnn {

// One dimension of the plane: how far kernel and stride carry an input.
//
//   output row = (input row + pad - r * dilation) / stride, where that divides: inputs and kernel rows are
//   paired by their rest, the phase; quotient of the input minus quotient of the kernel row is the output row.
struct Axis {
  uint64_t inputs = 1, outputs = 1, kernel = 1, stride = 1, dilation = 1, pad = 0;

  [[nodiscard]] uint64_t phase(uint64_t input) const { return (input + pad) % stride; }
  [[nodiscard]] uint64_t quotient(uint64_t input) const { return (input + pad) / stride; }
  [[nodiscard]] uint64_t kernel_phase(uint64_t r) const { return r * dilation % stride; }
  [[nodiscard]] uint64_t kernel_quotient(uint64_t r) const { return r * dilation / stride; }
  [[nodiscard]] uint64_t last_kernel_quotient() const { return kernel_quotient(kernel - 1); }
  // Outputs that `count` consecutive inputs can reach, at most; without the kernel, their own ones.
  [[nodiscard]] uint64_t reach(uint64_t count) const;
  [[nodiscard]] uint64_t own(uint64_t count) const;
};

Axis rows_of(const IntegerLayerShape& shape);
Axis columns_of(const IntegerLayerShape& shape);

// Where a layer goes: the plane's tiles over the PEs, the input channels over chains of PEs, output channels
// in groups of as many as the accumulators hold.
struct Mapping {
  Axis rows, columns;
  uint64_t grid_y = 1, grid_x = 1;      // PEs that share the plane
  uint64_t chain = 1;                   // PEs that share the input channels
  uint64_t pieces_y = 1, pieces_x = 1;  // a PE's tile in pieces that fit its accumulators, one by one
  uint64_t piece_h = 1, piece_w = 1;    // inputs of a piece
  uint64_t group = 1, groups = 1;       // output channels (of a chain's PE, if it has its own) and how often
  uint64_t channels_per_pe = 1;         // input channels of one PE of a chain
  bool own_outputs = false;             // depthwise: the PEs of a chain have their own output channels
  bool flat = false;                    // linear: column and row of an accumulator are bits of its position

  [[nodiscard]] uint64_t tiles() const { return grid_y * grid_x; }
  [[nodiscard]] uint64_t pieces() const { return pieces_y * pieces_x; }
  // Accumulators of one output channel.
  [[nodiscard]] uint64_t extent() const { return rows.reach(piece_h) * columns.reach(piece_w); }
  // Those of them whose outputs belong to neighbours.
  [[nodiscard]] uint64_t halo() const { return extent() - rows.own(piece_h) * columns.own(piece_w); }
  // Output channels of one group, of all PEs of a chain.
  [[nodiscard]] uint64_t group_of_chain() const { return own_outputs ? group * chain : group; }
  // Cycles in which a group of `outputs` channels leaves: down the chain, then to the neighbours.
  [[nodiscard]] uint64_t drain_cycles(uint64_t outputs, uint64_t link_words) const;
};

// Throws InputError where one input alone reaches more outputs than a PE has accumulators.
Mapping map_layer(const IntegerLayerShape& shape, const Config& config);

// Whether map_layer finds a place for the layer.
bool fits(const IntegerLayerShape& shape, const Config& config);

}  // namespace nonzero::scnn
