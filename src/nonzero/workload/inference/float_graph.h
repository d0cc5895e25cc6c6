#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nonzero/workload/integer_network.h"

namespace nonzero::inference {

using FloatTensors = std::vector<std::vector<float>>;  // by number, of one input

// A network's graph in float, its weights those of the layers times their scales: for calibration, in plain loops.
class FloatGraph {
 public:
  // Throws InputError for networks without a graph or with several inputs.
  explicit FloatGraph(const IntegerNetwork& network);

  [[nodiscard]] uint64_t input_elements() const;
  // Everything the graph computes. Throws InputError naming operator and index where one cannot run.
  [[nodiscard]] FloatTensors run(std::span<const float> input) const;

 private:
  void run_operator(size_t at, FloatTensors& tensors) const;
  void run_layer(size_t at, FloatTensors& tensors) const;
  void run_pool(size_t at, FloatTensors& tensors) const;
  void run_mean(size_t at, FloatTensors& tensors) const;
  [[noreturn]] void refuse(size_t at, const std::string& problem) const;
  [[nodiscard]] const std::vector<float>& input_of(size_t at, size_t slot, const FloatTensors& tensors) const;
  [[nodiscard]] const std::vector<uint64_t>& image_shape(size_t at, int tensor) const;

  const IntegerNetwork& network_;
  const TfliteModel& graph_;
};

}  // namespace nonzero::inference
