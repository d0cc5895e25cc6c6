#pragma once

#include <cstdint>
#include <vector>

#include "nonzero/tensor/bit_columns.h"
#include "nonzero/workload/integer_layer.h"

// What the engines of an int8 machine compute, tile by tile: a tile is one group of weights for each output
// channel, met by the group's activations at every output position.
namespace nonzero::hw {

enum class TileEngine : uint8_t {
  kColumns,        // bit columns in sign-magnitude: sum of a column, one shift, sign by XOR (BitWave, Bitlet)
  kTwosColumns,    // bit columns in two's complement, the highest subtracts (Stripes, BitWave's variant)
  kEssentialBits,  // weight by weight, its one-bits one after the other (Pragmatic)
  kParallel,       // one 8-bit multiplication a weight (dense int8)
};

// The accumulators of the layer with `weights` (as its kernel in groups of 8 to 64) on `input`, K x (OY * OX):
// sum of w * a with codes as they are and the zero point as padding, then the zero point times the sum of the
// weights taken off. Throws InputError naming layer and position where an accumulator of
// `accumulator_bits` overflows after a tile.
std::vector<int32_t> tile_product(const IntegerLayer& layer, const GroupedWeights& weights,
                                  const IntegerActivations& input, TileEngine engine,
                                  uint32_t accumulator_bits = 32);

// An element of a tile: its input channel (of depthwise layers 0) and its tap, fy * FX + fx.
struct TileElement {
  uint64_t channel = 0, tap = 0;
};
// `tile` counts the groups of one output channel. Elements of the padding must not be asked for.
TileElement tile_element(const GroupLayout& layout, uint64_t tile, uint64_t element);
uint64_t weights_in_tile(const GroupLayout& layout, uint64_t tile);

// Activation codes by output position and weight, the zero point where the kernel lies outside the input.
class ActivationView {
 public:
  // Throws InputError where `input` is not of the layer's size.
  ActivationView(const IntegerLayer& layer, const IntegerActivations& input);

  // Codes for the positions [first, first + count) of oy * OX + ox, as the weight at (channel, tap) meets them.
  void gather(uint64_t channel, uint64_t tap, uint64_t first, uint64_t count, int16_t* to) const;

 private:
  void gather_row(const int8_t* row, uint64_t first_x, uint64_t count, int16_t* to) const;

  const IntegerLayerShape& shape_;
  const int8_t* codes_;
  int16_t outside_;
  uint64_t channel_step_, row_step_, column_step_;
};

// How far the accumulators of `accumulator_bits` reach; [[noreturn]] names layer and position.
int64_t largest_accumulator(uint32_t accumulator_bits);
[[noreturn]] void refuse_overflow(const IntegerLayer& layer, uint64_t channel, uint64_t position,
                                  uint32_t accumulator_bits);

}  // namespace nonzero::hw
