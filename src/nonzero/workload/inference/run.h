#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/workload/inference/plan.h"

namespace nonzero::inference {

// What one thread needs to run images of a plan.
struct Scratch {
  std::vector<int16_t> words;
  std::vector<std::vector<int8_t>> tensors;
  std::vector<const int8_t*> places;  // of each tensor of the image at hand
  std::vector<int8_t*> targets;       // of those that its steps compute
  std::vector<const int8_t*> operands;
};

// Which steps to run, with which kernel in place of a step's own.
struct Selection {
  std::vector<bool> steps;
  const Kernel* kernel = nullptr;
  uint64_t replaced = 0;
};

// The steps that `tensor` hangs on.
std::vector<bool> steps_for(const Plan& plan, uint64_t tensor);
// Those of `steps` that hang on the output of step `changed`, and that step.
std::vector<bool> steps_after(const Plan& plan, const std::vector<bool>& steps, uint64_t changed);

// [tensor][image, elements], empty where a tensor is not held.
using HeldTensors = std::vector<std::vector<int8_t>>;

// Runs the selected steps for every image and returns [images, logits]. What the steps read of others is in
// `held`; what they compute goes to `written`, as far as that holds the tensor (it may be the same one).
std::vector<int8_t> run_images(const Plan& plan, const Selection& selection, std::span<const int8_t> images,
                               const HeldTensors& held, HeldTensors* written = nullptr);

}  // namespace nonzero::inference
