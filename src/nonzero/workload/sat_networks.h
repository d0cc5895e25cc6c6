#pragma once

#include <string>
#include <vector>

#include "nonzero/workload/operation.h"

namespace nonzero {

// The networks that SAT's training steps are timed on, layer by layer. First layer, patch embedding,
// classifier and attention scores are marked dense [choice]: that gives the published 48 % of operations
// saved. Sizes of the CIFAR networks: this project's choice of what the paper names.
struct SatNetwork {
  std::string name;  // resnet9, resnet18, vgg19, vit, resnet18-224, resnet50-224
  uint64_t batch;    // unless said otherwise
};
const std::vector<SatNetwork>& sat_networks();

// The training step of each of its layers.
std::vector<Operation> sat_network(const std::string& name, uint64_t batch);

}  // namespace nonzero
