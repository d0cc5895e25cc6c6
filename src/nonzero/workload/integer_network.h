#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nonzero/io/tflite.h"
#include "nonzero/workload/integer_layer.h"
#include "nonzero/workload/operation.h"

namespace nonzero {

// The layers with int8 weights of a network, in the order of its file, and its graph where the file has one.
struct IntegerNetwork {
  std::string name, source;
  std::vector<IntegerLayer> layers;
  // The graph, for inference; `operators[i]` is the operator of layer i in it (matrix products of one
  // operator, such as an LSTM's eight, name the same one). Null for weights without a graph.
  std::shared_ptr<const TfliteModel> graph;
  std::vector<uint64_t> operators;
  std::vector<std::string> warnings;
};

struct NetworkOptions {
  std::optional<uint64_t> subgraph;
};

// A `.tflite` or `.onnx` file, or a folder with layers.json (BitWave spec, "Inputs"). Float weights are
// quantised per output channel; uint8 ones dequantised and quantised again, with a warning; -128 becomes
// -127 and is counted. Throws InputError as the readers do, and where no layer has weights.
IntegerNetwork read_integer_network(const std::string& path, const NetworkOptions& options = {});

// The operation of one layer, its activations to be drawn from the seed where they are wanted.
Operation convolution_operation(IntegerLayer layer, uint64_t seed = 1);
// Of every layer, in their order.
std::vector<Operation> layer_operations(IntegerNetwork network, uint64_t seed = 1);

// The layers as a folder of [K, C, FY, FX] arrays with layers.json, without the graph. Throws InputError
// where `path` exists already or a layer's name is no file's, SystemError where it cannot be written.
void write_integer_network(const std::string& path, const IntegerNetwork& network);

}  // namespace nonzero
