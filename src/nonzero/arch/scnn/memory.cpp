#include "nonzero/arch/scnn/memory.h"

#include <algorithm>

#include "nonzero/base/math.h"
#include "nonzero/tensor/value_formats.h"

namespace nonzero::scnn {
namespace {

bool output_stays(const IntegerLayerShape& shape, uint64_t capacity) {
  return shape.inputs() + shape.outputs() <= capacity;
}

bool input_is_there(const Operation& operation, const Operation* previous, uint64_t capacity) {
  if (previous == nullptr || previous->network != operation.network) return false;
  const IntegerConvolution* before = previous->convolution();
  return before != nullptr &&
         before->layer->shape.outputs() == operation.convolution()->layer->shape.inputs() &&
         output_stays(before->layer->shape, capacity);
}

}  // namespace

DramBytes dram_bytes(const Operation& operation, const Operation* previous, const Config& config) {
  const IntegerLayer& layer = *operation.convolution()->layer;
  const auto weight_sram = static_cast<uint64_t>(config.weight_sram_kib * 1024);
  const auto activation_sram = static_cast<uint64_t>(config.activation_sram_kib * 1024);
  DramBytes bytes{ceil_div(zre_bits(layer.weights), 8), layer.shape.inputs(), 0};
  if (!output_stays(layer.shape, activation_sram)) bytes.output = layer.shape.outputs();
  if (input_is_there(operation, previous, activation_sram)) {
    bytes.input = 0;
  } else if (bytes.weights > weight_sram && bytes.input > activation_sram) {
    const uint64_t input_again = bytes.input * ceil_div(bytes.weights, weight_sram);
    const uint64_t weights_again = bytes.weights * ceil_div(bytes.input, activation_sram);
    if (bytes.weights + input_again <= bytes.input + weights_again)
      bytes.input = input_again;
    else
      bytes.weights = weights_again;
  }
  return bytes;
}

}  // namespace nonzero::scnn
