#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nonzero::test {

template <class Number>
std::string raw_bytes(const std::vector<Number>& values) {
  std::string bytes(values.size() * sizeof(Number), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// A TensorFlow Lite file, table by table as its schema has them.
struct TfliteFile {
  using Builder = flatbuffers::FlatBufferBuilder;
  using Offset = flatbuffers::Offset<flatbuffers::Table>;

  struct Tensor {
    std::string name;
    std::vector<int32_t> shape;
    int8_t type = 9;        // int8
    std::string data = "";  // none: computed
    std::vector<float> scales = {0.5F};
    std::vector<int64_t> zero_points = {0};
    int32_t dimension = 0;
    bool sparse = false, custom_quantisation = false;
    std::optional<uint32_t> buffer = std::nullopt;  // another one than its own
  };
  struct Operator {
    int32_t code = 3;
    std::vector<int32_t> inputs, outputs;
    uint8_t options_type = 0;
    std::vector<std::pair<int, int32_t>> numbers;  // options: slot and a number of four bytes
    std::vector<std::pair<int, int8_t>> bytes;     // options: slot and a number of one byte
    std::string custom;
  };
  std::vector<Tensor> tensors;
  std::vector<Operator> operators;
  std::vector<int32_t> inputs = {0}, outputs = {};
  uint32_t subgraphs = 1;
  size_t repeated = 0;  // how often the last tensor stands in the list again
  std::string identifier = "TFL3";

  [[nodiscard]] std::string build() const {
    Builder b;
    std::vector<Offset> codes, buffers = {table(b, [](Builder&) {})}, all_tensors, all_operators;
    for (const Operator& op : operators) codes.push_back(code(b, op));
    for (const Tensor& tensor : tensors) {
      buffers.push_back(buffer(b, tensor.data));
      const auto own = static_cast<uint32_t>(buffers.size() - 1);
      all_tensors.push_back(tensor_table(b, tensor, tensor.data.empty() ? 0 : own));
    }
    for (size_t i = 0; i < operators.size(); ++i) all_operators.push_back(operator_table(b, operators[i], i));
    all_tensors.insert(all_tensors.end(), repeated, all_tensors.back());
    const auto t = b.CreateVector(all_tensors), o = b.CreateVector(all_operators);
    const auto in = b.CreateVector(inputs), out = b.CreateVector(outputs);
    const Offset graph = table(b, [&](Builder& f) {
      f.AddOffset(slot(0), t);
      f.AddOffset(slot(1), in);
      f.AddOffset(slot(2), out);
      f.AddOffset(slot(3), o);
    });
    const auto graphs = b.CreateVector(std::vector<Offset>(subgraphs, graph));
    const auto c = b.CreateVector(codes), data = b.CreateVector(buffers);
    const auto description = b.CreateString("made for a test");
    b.Finish(table(b,
                   [&](Builder& f) {
                     f.AddElement<uint32_t>(slot(0), 3, 0);
                     f.AddOffset(slot(1), c);
                     f.AddOffset(slot(2), graphs);
                     f.AddOffset(slot(3), description);
                     f.AddOffset(slot(4), data);
                   }),
             identifier.c_str());
    return {reinterpret_cast<const char*>(b.GetBufferPointer()), b.GetSize()};
  }

 private:
  static flatbuffers::voffset_t slot(int number) {
    return static_cast<flatbuffers::voffset_t>(4 + 2 * number);
  }

  static Offset table(Builder& b, const std::function<void(Builder&)>& fields) {
    const auto start = b.StartTable();
    fields(b);
    return {b.EndTable(start)};
  }

  static Offset code(Builder& b, const Operator& op) {
    const auto name = b.CreateString(op.custom);
    return table(b, [&](Builder& f) {
      f.AddElement<int8_t>(slot(0), static_cast<int8_t>(op.code > 127 ? 127 : op.code), 0);
      if (!op.custom.empty()) f.AddOffset(slot(1), name);
      f.AddElement<int32_t>(slot(3), op.code, 0);
    });
  }

  static Offset buffer(Builder& b, const std::string& data) {
    b.ForceVectorAlignment(data.size(), 1, 16);
    const auto bytes = b.CreateVector(reinterpret_cast<const uint8_t*>(data.data()), data.size());
    return table(b, [&](Builder& f) { f.AddOffset(slot(0), bytes); });
  }

  static Offset tensor_table(Builder& b, const Tensor& tensor, uint32_t buffer) {
    const auto shape = b.CreateVector(tensor.shape);
    const auto name = b.CreateString(tensor.name);
    const auto scales = b.CreateVector(tensor.scales);
    const auto zeros = b.CreateVector(tensor.zero_points);
    const Offset quantisation = table(b, [&](Builder& f) {
      if (!tensor.scales.empty()) f.AddOffset(slot(2), scales);
      if (!tensor.zero_points.empty()) f.AddOffset(slot(3), zeros);
      if (tensor.custom_quantisation) f.AddElement<uint8_t>(slot(4), 1, 0);
      f.AddElement<int32_t>(slot(6), tensor.dimension, 0);
    });
    const Offset sparsity = table(b, [](Builder&) {});
    return table(b, [&](Builder& f) {
      f.AddOffset(slot(0), shape);
      f.AddElement<int8_t>(slot(1), tensor.type, 0);
      f.AddElement<uint32_t>(slot(2), tensor.buffer.value_or(buffer), 0);
      f.AddOffset(slot(3), name);
      f.AddOffset(slot(4), quantisation);
      if (tensor.sparse) f.AddOffset(slot(6), sparsity);
    });
  }

  static Offset operator_table(Builder& b, const Operator& op, size_t index) {
    const auto in = b.CreateVector(op.inputs), out = b.CreateVector(op.outputs);
    const Offset options = table(b, [&](Builder& f) {
      for (const auto& number : op.numbers) f.AddElement<int32_t>(slot(number.first), number.second, -1);
      for (const auto& number : op.bytes) f.AddElement<int8_t>(slot(number.first), number.second, -1);
    });
    return table(b, [&](Builder& f) {
      f.AddElement<uint32_t>(slot(0), static_cast<uint32_t>(index), 0);
      f.AddOffset(slot(1), in);
      f.AddOffset(slot(2), out);
      if (op.options_type == 0) return;
      f.AddElement<uint8_t>(slot(3), op.options_type, 0);
      f.AddOffset(slot(4), options);
    });
  }
};

// Conv2DOptions: padding, stride_w, stride_h, activation.
inline TfliteFile::Operator tflite_conv(bool same, int stride, int activation = 0) {
  return {3,
          {0, 1},
          {2},
          1,
          {{1, stride}, {2, stride}},
          {{0, same ? 0 : 1}, {3, static_cast<int8_t>(activation)}},
          ""};
}

// One convolution: input 1 x 4 x 4 x 2, three filters of 2 x 2, a scale for each of them.
inline TfliteFile one_convolution() {
  std::vector<int8_t> weights(24);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<int8_t>(i);
  TfliteFile file;
  file.tensors = {{"in", {1, 4, 4, 2}},
                  {"weights", {3, 2, 2, 2}, 9, raw_bytes(weights), {0.5F, 0.25F, 0.125F}, {0, 0, 0}},
                  {"out", {1, 4, 4, 3}}};
  file.operators = {tflite_conv(true, 1)};
  file.outputs = {2};
  return file;
}

}  // namespace nonzero::test
