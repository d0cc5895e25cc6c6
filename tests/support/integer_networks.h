#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "nonzero/base/random.h"
#include "nonzero/workload/integer_network.h"

// Small networks of int8 layers for tests.
namespace nonzero::test {

// A graph put together tensor by tensor.
class GraphBuilder {
 public:
  int tensor(std::vector<uint64_t> shape, float scale, int64_t zero_point,
             TfliteType type = TfliteType::kInt8) {
    TfliteTensor tensor;
    tensor.name = "t" + std::to_string(model_.tensors.size());
    tensor.shape = std::move(shape);
    tensor.type = type;
    tensor.scales = {scale};
    tensor.zero_points = {zero_point};
    model_.tensors.push_back(tensor);
    return static_cast<int>(model_.tensors.size()) - 1;
  }
  template <class T>  // int32_t or float
  int constant(const std::vector<T>& values, std::vector<uint64_t> shape) {
    TfliteTensor tensor;
    tensor.shape = std::move(shape);
    tensor.type = std::is_same_v<T, float> ? TfliteType::kFloat32 : TfliteType::kInt32;
    tensor.offset = model_.bytes.size();
    tensor.size = sizeof(T) * values.size();
    model_.bytes.append(reinterpret_cast<const char*>(values.data()), tensor.size);
    model_.tensors.push_back(tensor);
    return static_cast<int>(model_.tensors.size()) - 1;
  }
  void op(const std::string& name, std::vector<int> inputs, int output, const TfliteOptions& options = {}) {
    TfliteOperator made;
    made.name = name;
    made.inputs = std::move(inputs);
    made.outputs = {output};
    made.options = options;
    model_.operators.push_back(std::move(made));
  }
  // An operator with weights; quantisations of its ends are those of the tensors.
  void layer(const std::string& name, int input, int output, IntegerLayer layer,
             const TfliteOptions& options = {}, int bias = -1) {
    network_.operators.push_back(model_.operators.size());
    network_.layers.push_back(std::move(layer));
    op(name, {input, -1, bias}, output, options);
  }
  IntegerNetwork finish(int input, int output) {
    model_.source = network_.source = "built";
    model_.inputs = {input};
    model_.outputs = {output};
    network_.graph = std::make_shared<const TfliteModel>(model_);
    return network_;
  }

 private:
  TfliteModel model_;
  IntegerNetwork network_;
};

// Fully connected layers of these sizes, relu between them, with weights and biases drawn.
inline IntegerNetwork linear_chain(const std::vector<uint64_t>& sizes, uint64_t seed) {
  Random random(seed);
  IntegerNetwork network;
  network.name = "chain";
  for (size_t l = 0; l + 1 < sizes.size(); ++l) {
    IntegerLayer layer;
    layer.name = "fc" + std::to_string(l);
    layer.network = network.name;
    layer.shape.kind = LayerKind::kLinear;
    layer.shape.c = sizes[l];
    layer.shape.k = sizes[l + 1];
    for (uint64_t i = 0; i < layer.shape.weights(); ++i)
      layer.weights.push_back(static_cast<int8_t>(static_cast<int>(random.below(255)) - 127));
    for (uint64_t k = 0; k < layer.shape.k; ++k)
      layer.bias.push_back(static_cast<int32_t>(random.below(2001)) - 1000);
    layer.scales = {1.0 / 127};
    layer.input = l == 0 ? Quantisation{1.0 / 255, -128} : network.layers.back().output;
    const bool last = l + 2 == sizes.size();
    layer.output = {0.05 * static_cast<double>(l + 1), last ? 3 : -128};
    if (!last) layer.activation = "relu";
    network.layers.push_back(std::move(layer));
  }
  return network;
}

inline std::vector<int8_t> drawn_codes(uint64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<int8_t> codes(count);
  for (int8_t& code : codes) code = static_cast<int8_t>(static_cast<int>(random.below(256)) - 128);
  return codes;
}

}  // namespace nonzero::test
