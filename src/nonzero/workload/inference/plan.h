#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "nonzero/workload/inference/convolution.h"
#include "nonzero/workload/inference/elementwise.h"
#include "nonzero/workload/integer_network.h"

namespace nonzero::inference {

using Kernel = std::variant<ConvolutionKernel, AddKernel, PoolKernel, SoftmaxKernel, ConcatenationKernel,
                            PadKernel, TableKernel, CopyKernel>;

// A tensor of codes that the network computes for one image; uint8 codes are held 128 less.
struct PlanTensor {
  std::string name;
  std::vector<uint64_t> shape;
  uint64_t elements = 0;
  Quantisation quantisation;
};

struct Step {
  std::string name;  // the operator's
  std::vector<uint64_t> inputs;
  uint64_t output = 0;
  std::optional<uint64_t> layer;  // of IntegerNetwork::layers
  Activation activation = Activation::kNone;
  Kernel kernel;
};

// What to compute, in order. Tensors are numbered as in the graph.
struct Plan {
  std::vector<PlanTensor> tensors;
  std::vector<Step> steps;
  uint64_t input = 0, output = 0;
  uint64_t logits = 0;  // the output before a last softmax, which keeps the order
};

// The plan of a network's graph or, where it has none, of its linear layers in order. Throws InputError
// naming operator and index for one that cannot run on int8 codes.
Plan make_plan(const IntegerNetwork& network);

}  // namespace nonzero::inference
