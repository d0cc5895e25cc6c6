#include "nonzero/workload/inference/run.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>

#include "nonzero/base/parallel.h"

namespace nonzero::inference {
namespace {

void run_kernel(const ConvolutionKernel& kernel, Scratch& scratch, int8_t* output) {
  if (scratch.words.size() < kernel.scratch()) scratch.words.resize(kernel.scratch());
  kernel.run(scratch.operands[0], output, scratch.words.data());
}
void run_kernel(const AddKernel& kernel, Scratch& scratch, int8_t* output) {
  kernel.run(scratch.operands[0], scratch.operands[1], output);
}
void run_kernel(const ConcatenationKernel& kernel, Scratch& scratch, int8_t* output) {
  kernel.run(scratch.operands, output);
}
template <class Unary>
void run_kernel(const Unary& kernel, Scratch& scratch, int8_t* output) {
  kernel.run(scratch.operands[0], output);
}

// Where each tensor of an image stands: held for all images, or in the thread's own memory.
void place_tensors(const Plan& plan, const Selection& selection, uint64_t image, const HeldTensors& held,
                   HeldTensors* written, Scratch& scratch) {
  const uint64_t tensors = plan.tensors.size();
  scratch.places.resize(tensors);
  scratch.targets.resize(tensors);
  scratch.tensors.resize(tensors);
  for (uint64_t t = 0; t < tensors; ++t)
    scratch.places[t] = held[t].empty() ? nullptr : held[t].data() + image * plan.tensors[t].elements;
  for (uint64_t s = 0; s < plan.steps.size(); ++s) {
    if (!selection.steps[s]) continue;
    const uint64_t output = plan.steps[s].output, elements = plan.tensors[output].elements;
    const bool shared = written != nullptr && !(*written)[output].empty();
    if (!shared) scratch.tensors[output].resize(elements);
    scratch.targets[output] =
        shared ? (*written)[output].data() + image * elements : scratch.tensors[output].data();
    scratch.places[output] = scratch.targets[output];
  }
}

void run_steps(const Plan& plan, const Selection& selection, Scratch& scratch) {
  for (uint64_t s = 0; s < plan.steps.size(); ++s) {
    if (!selection.steps[s]) continue;
    const Step& step = plan.steps[s];
    scratch.operands.clear();
    for (const uint64_t input : step.inputs) scratch.operands.push_back(scratch.places[input]);
    const bool replaced = selection.kernel != nullptr && selection.replaced == s;
    std::visit([&](const auto& kernel) { run_kernel(kernel, scratch, scratch.targets[step.output]); },
               replaced ? *selection.kernel : step.kernel);
  }
}

}  // namespace

std::vector<bool> steps_for(const Plan& plan, uint64_t tensor) {
  std::vector<bool> wanted(plan.tensors.size()), steps(plan.steps.size());
  wanted[tensor] = true;
  for (uint64_t s = plan.steps.size(); s-- > 0;) {
    if (!wanted[plan.steps[s].output]) continue;
    steps[s] = true;
    for (const uint64_t input : plan.steps[s].inputs) wanted[input] = true;
  }
  return steps;
}

std::vector<bool> steps_after(const Plan& plan, const std::vector<bool>& steps, uint64_t changed) {
  std::vector<bool> other(plan.tensors.size()), after(plan.steps.size());
  for (uint64_t s = changed; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    const bool reached = s == changed || std::any_of(step.inputs.begin(), step.inputs.end(),
                                                     [&](uint64_t input) { return other[input]; });
    if (!reached || !steps[s]) continue;
    after[s] = other[step.output] = true;
  }
  return after;
}

std::vector<int8_t> run_images(const Plan& plan, const Selection& selection, std::span<const int8_t> images,
                               const HeldTensors& held, HeldTensors* written) {
  const uint64_t inputs = plan.tensors[plan.input].elements, logits = plan.tensors[plan.logits].elements;
  const uint64_t count = images.size() / inputs;
  std::vector<int8_t> answers(count * logits);
  tbb::enumerable_thread_specific<Scratch> threads;
  parallel_for(count, [&](uint64_t image) {
    Scratch& scratch = threads.local();
    place_tensors(plan, selection, image, held, written, scratch);
    scratch.places[plan.input] = images.data() + image * inputs;
    run_steps(plan, selection, scratch);
    std::copy_n(scratch.places[plan.logits], logits, answers.data() + image * logits);
  });
  return answers;
}

}  // namespace nonzero::inference
