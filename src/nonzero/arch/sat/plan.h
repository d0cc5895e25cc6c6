#pragma once

#include <string>
#include <vector>

#include "nonzero/arch/sat/config.h"
#include "nonzero/workload/operation.h"

namespace nonzero::sat {

// The taps of a kernel that one phase of a strided backward pass uses, and the rows and columns of dx that
// it makes: those that are `first` modulo the stride.
struct BackwardPhase {
  uint64_t first_h = 0, first_w = 0;
  std::vector<uint64_t> taps_h, taps_w;
  uint64_t rows = 0, columns = 0;

  [[nodiscard]] uint64_t taps() const { return taps_h.size() * taps_w.size(); }
};
// The stride's phases that have taps and outputs.
std::vector<BackwardPhase> backward_phases(const StepShape& shape);

// One GEMM of a stage as the array sees it.
struct GemmPlan {
  std::string name;
  hw::StceGemm gemm;
  hw::StceTraffic once;                       // bytes of its operands and of its result
  std::string activations, weights, outputs;  // the tensors that play these parts
  uint64_t instances = 1;                     // attention: per image and head; filled once
  double density = 1;  // of the products of stored operands: the expected effectual share
};

// What the method does to a layer.
struct LayerPlan {
  bool pruned_forward = false, pruned_backward = false;  // weights stored N:M
  bool pruned_gradient = false;                          // sdgp: dy stored N:M in the backward pass
  std::vector<GemmPlan> forward, backward, update;
  uint64_t forward_groups = 0, backward_groups = 0;  // that SORE makes of the weights; 0 where none
  uint64_t gradient_groups = 0;                      // … of dy

  [[nodiscard]] bool keeps_dense_weights() const;  // some stage reads them
};
LayerPlan plan_layer(const TrainingStep& step, const Config& config);

// Throws InputError naming the layer where `strict` refuses its channels.
void check_groups(const std::string& layer, const TrainingStep& step, const Config& config);

}  // namespace nonzero::sat
