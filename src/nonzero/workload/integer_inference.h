#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nonzero/workload/inference/run.h"
#include "nonzero/workload/integer_network.h"

namespace nonzero {

// Runs a network on int8 codes, as its file quantises it: integer sums, one real multiplier per channel,
// results rounded half to even (BitWave spec, "Post-training quantisation" [choice]). uint8 codes are 128 less.
// The weights are those of IntegerNetwork::layers, so flipped ones take effect; biases stay.
class IntegerInference {
 public:
  // The graph, or fully connected layers in order where there is none. Throws InputError naming operator and
  // index for one that cannot run on int8 codes.
  explicit IntegerInference(const IntegerNetwork& network);

  [[nodiscard]] const inference::PlanTensor& input() const { return plan_.tensors[plan_.input]; }
  // The network's output or, where that is a softmax, what goes into it.
  [[nodiscard]] const inference::PlanTensor& logits() const { return plan_.tensors[plan_.logits]; }
  [[nodiscard]] const inference::PlanTensor& output() const { return plan_.tensors[plan_.output]; }
  [[nodiscard]] const inference::Plan& plan() const { return plan_; }
  [[nodiscard]] uint64_t layers() const { return layers_.size(); }
  // The layer's step of the plan; none where the output does not hang on it.
  [[nodiscard]] std::optional<uint64_t> step_of(uint64_t layer) const;

  [[nodiscard]] uint64_t channels(uint64_t layer) const { return layers_[layer].shape.k; }  // out
  // A layer's kernel with other weights [K, C, FY, FX]; throws InputError as the constructor does.
  [[nodiscard]] inference::Kernel kernel(uint64_t layer, std::span<const int8_t> weights) const;
  void set_weights(uint64_t layer, std::span<const int8_t> weights);

  // [images, logits] from [images, input elements]: images run in parallel, the answer is the same on any
  // number of threads. Throws InputError where the codes are no whole number of inputs.
  [[nodiscard]] std::vector<int8_t> run(std::span<const int8_t> images) const;
  // Every tensor, by number, as [images, elements]; those that are constant are empty.
  [[nodiscard]] inference::HeldTensors trace(std::span<const int8_t> images) const;

 private:
  inference::Plan plan_;
  std::vector<IntegerLayer> layers_;     // without their weights
  std::vector<uint64_t> step_of_layer_;  // steps.size(): none
};

// A set of images with everything the network computes for them, so that another layer's weights cost only
// the steps that depend on it. Where that would take too much memory, every trial starts from the images.
class CachedInference {
 public:
  // Throws InputError where the codes are no whole number of inputs.
  CachedInference(IntegerInference network, std::vector<int8_t> images,
                  uint64_t most_bytes = uint64_t{1} << 31U);

  [[nodiscard]] const IntegerInference& network() const { return network_; }
  [[nodiscard]] uint64_t images() const { return count_; }
  [[nodiscard]] bool cached() const { return cached_; }
  // [images, logits] with the weights as they are, or with another layer's.
  [[nodiscard]] const std::vector<int8_t>& logits() const { return logits_; }
  [[nodiscard]] std::vector<int8_t> logits_with(uint64_t layer, std::span<const int8_t> weights) const;
  void set_weights(uint64_t layer, std::span<const int8_t> weights);

 private:
  [[nodiscard]] inference::Selection after(uint64_t layer) const;

  IntegerInference network_;
  std::vector<int8_t> images_;
  uint64_t count_ = 0;
  bool cached_ = false;
  inference::HeldTensors tensors_;  // where cached
  std::vector<int8_t> logits_;
};

// The place of the largest of each image's `classes` codes, the first of several.
std::vector<uint32_t> labels_of(std::span<const int8_t> logits, uint64_t classes);

}  // namespace nonzero
