#include "nonzero/workload/integer_inference.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

using inference::HeldTensors;
using inference::Plan;
using inference::Selection;

uint64_t images_in(std::span<const int8_t> codes, const inference::PlanTensor& input) {
  if (input.elements == 0 || codes.size() % input.elements != 0)
    throw InputError(fmt::format("{} codes", codes.size()),
                     fmt::format("expected: a multiple of {}, the elements of one input", input.elements));
  return codes.size() / input.elements;
}

Selection for_tensor(const Plan& plan, uint64_t tensor) { return {steps_for(plan, tensor), nullptr, 0}; }

HeldTensors nothing_held(const Plan& plan) { return HeldTensors(plan.tensors.size()); }

}  // namespace

IntegerInference::IntegerInference(const IntegerNetwork& network)
    : plan_(inference::make_plan(network)), layers_(network.layers) {
  step_of_layer_.assign(layers_.size(), plan_.steps.size());
  for (uint64_t s = 0; s < plan_.steps.size(); ++s) {
    const inference::Step& step = plan_.steps[s];
    if (!step.layer) continue;
    step_of_layer_[*step.layer] = s;
    layers_[*step.layer].input = plan_.tensors[step.inputs[0]].quantisation;
    layers_[*step.layer].output = plan_.tensors[step.output].quantisation;
  }
  for (IntegerLayer& layer : layers_) layer.weights = {};
}

std::optional<uint64_t> IntegerInference::step_of(uint64_t layer) const {
  if (step_of_layer_[layer] == plan_.steps.size()) return std::nullopt;
  return step_of_layer_[layer];
}

inference::Kernel IntegerInference::kernel(uint64_t layer, std::span<const int8_t> weights) const {
  const IntegerLayer& kept = layers_[layer];
  if (weights.size() != kept.shape.weights())
    throw InputError(fmt::format("{} weights for layer '{}'", weights.size(), kept.name),
                     fmt::format("expected: {}", kept.shape.weights()));
  const auto step = step_of(layer);
  return inference::ConvolutionKernel(kept, weights,
                                      step ? plan_.steps[*step].activation : inference::Activation::kNone);
}

void IntegerInference::set_weights(uint64_t layer, std::span<const int8_t> weights) {
  if (const auto step = step_of(layer)) plan_.steps[*step].kernel = kernel(layer, weights);
}

std::vector<int8_t> IntegerInference::run(std::span<const int8_t> images) const {
  images_in(images, input());
  return run_images(plan_, for_tensor(plan_, plan_.logits), images, nothing_held(plan_));
}

inference::HeldTensors IntegerInference::trace(std::span<const int8_t> images) const {
  const uint64_t count = images_in(images, input());
  HeldTensors kept = nothing_held(plan_);
  for (const inference::Step& step : plan_.steps)
    kept[step.output].resize(count * plan_.tensors[step.output].elements);
  run_images(plan_, {std::vector<bool>(plan_.steps.size(), true), nullptr, 0}, images, kept, &kept);
  kept[plan_.input].assign(images.begin(), images.end());
  return kept;
}

CachedInference::CachedInference(IntegerInference network, std::vector<int8_t> images, uint64_t most_bytes)
    : network_(std::move(network)), images_(std::move(images)) {
  const Plan& plan = network_.plan();
  count_ = images_in(images_, network_.input());
  tensors_ = nothing_held(plan);
  uint64_t bytes = 0;
  for (const inference::Step& step : plan.steps) bytes += plan.tensors[step.output].elements;
  cached_ = count_ == 0 || bytes <= most_bytes / count_;
  const Selection all = for_tensor(plan, plan.logits);
  for (uint64_t s = 0; s < plan.steps.size() && cached_; ++s)
    if (all.steps[s])
      tensors_[plan.steps[s].output].resize(count_ * plan.tensors[plan.steps[s].output].elements);
  logits_ = run_images(plan, all, images_, tensors_, &tensors_);
}

inference::Selection CachedInference::after(uint64_t layer) const {
  const Plan& plan = network_.plan();
  Selection selection = for_tensor(plan, plan.logits);
  const auto step = network_.step_of(layer);
  if (cached_ && step) selection.steps = steps_after(plan, selection.steps, *step);
  return selection;
}

std::vector<int8_t> CachedInference::logits_with(uint64_t layer, std::span<const int8_t> weights) const {
  const auto step = network_.step_of(layer);
  if (!step) return logits_;
  const inference::Kernel kernel = network_.kernel(layer, weights);
  Selection selection = after(layer);
  selection.kernel = &kernel;
  selection.replaced = *step;
  return run_images(network_.plan(), selection, images_, tensors_);
}

void CachedInference::set_weights(uint64_t layer, std::span<const int8_t> weights) {
  network_.set_weights(layer, weights);
  if (network_.step_of(layer))
    logits_ = run_images(network_.plan(), after(layer), images_, tensors_, &tensors_);
}

std::vector<uint32_t> labels_of(std::span<const int8_t> logits, uint64_t classes) {
  std::vector<uint32_t> labels;
  labels.reserve(classes == 0 ? 0 : logits.size() / classes);
  for (size_t at = 0; classes > 0 && at + classes <= logits.size(); at += classes) {
    const auto row = logits.subspan(at, classes);
    labels.push_back(static_cast<uint32_t>(std::max_element(row.begin(), row.end()) - row.begin()));
  }
  return labels;
}

}  // namespace nonzero
