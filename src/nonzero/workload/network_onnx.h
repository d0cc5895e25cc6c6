#pragma once

#include "nonzero/io/onnx.h"
#include "nonzero/workload/network_builder.h"

namespace nonzero::network {

// Every Conv (one group, or depthwise), Gemm and MatMul whose weights are constant, floats, integers or
// behind a DequantizeLinear; ConvInteger, MatMulInteger, QLinearConv and QLinearMatMul. Throws InputError
// naming the node where a convolution's input cannot be followed, or has other groups.
void add_layers(NetworkBuilder& builder, const OnnxModel& model);

}  // namespace nonzero::network
