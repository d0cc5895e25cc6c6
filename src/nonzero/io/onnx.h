#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nonzero {

// TensorProto.DataType, those that are read.
enum class OnnxType {
  kFloat32 = 1,
  kUint8 = 2,
  kInt8 = 3,
  kInt32 = 6,
  kInt64 = 7,
  kFloat16 = 10,
  kFloat64 = 11,
  kOther = 0
};

// A constant; its elements little-endian in C order, whichever field of the file held them.
struct OnnxTensor {
  std::string name;
  std::vector<uint64_t> shape;  // none for a scalar
  OnnxType type = OnnxType::kOther;
  std::string bytes;

  [[nodiscard]] uint64_t elements() const;
  // The elements of a float16, float32 or float64 tensor; of an int8, uint8, int32 or int64 one. Throw
  // InputError for the other types.
  [[nodiscard]] std::vector<float> floats(const std::string& source) const;
  [[nodiscard]] std::vector<int64_t> integers(const std::string& source) const;
};

struct OnnxAttribute {
  std::vector<int64_t> ints;
  int64_t i = 0;
  float f = 0;
  std::string s;
  std::optional<OnnxTensor> tensor;
};

struct OnnxNode {
  std::string op, domain, name;
  std::vector<std::string> inputs, outputs;  // "" for one left out
  std::map<std::string, OnnxAttribute> attributes;

  [[nodiscard]] int64_t integer(const std::string& attribute, int64_t otherwise) const;
  [[nodiscard]] float real(const std::string& attribute, float otherwise) const;
  [[nodiscard]] std::string text(const std::string& attribute, const std::string& otherwise) const;
  // Nothing where the attribute is absent.
  [[nodiscard]] std::vector<int64_t> integers(const std::string& attribute) const;
};

// A value's shape as far as the file states it: 0 for a side that only has a name or is unknown.
struct OnnxValue {
  std::string name;
  std::optional<std::vector<uint64_t>> shape;
};

// The main graph of an ONNX file.
struct OnnxModel {
  std::string source, producer;
  std::vector<OnnxNode> nodes;
  std::map<std::string, OnnxTensor> constants;
  std::vector<OnnxValue> inputs, outputs, values;
};

// Read by the wire format's field numbers (onnx.proto). Throws InputError with the byte for a field that
// reaches outside its message, and for tensors whose data is not their shape's, stands outside the file or
// is sparse, and a file without a graph.
OnnxModel read_onnx(const std::string& path);
OnnxModel parse_onnx(const std::string& bytes, const std::string& source);

}  // namespace nonzero
