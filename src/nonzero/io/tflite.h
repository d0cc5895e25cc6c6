#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nonzero {

enum class TfliteType {
  kFloat32 = 0,
  kFloat16 = 1,
  kInt32 = 2,
  kUint8 = 3,
  kInt64 = 4,
  kBool = 6,
  kInt16 = 7,
  kInt8 = 9,
  kOther = 255
};

struct TfliteTensor {
  std::string name;
  std::vector<uint64_t> shape;
  TfliteType type = TfliteType::kOther;
  std::vector<float> scales;  // none where the tensor is not quantised
  std::vector<int64_t> zero_points;
  uint64_t quantized_dimension = 0;
  // Where a constant's bytes stand in TfliteModel::bytes; size 0 for what is computed.
  uint64_t offset = 0, size = 0;
  uint64_t scales_offset = 0, zero_points_offset = 0;  // where scales and zero points stand in the file

  [[nodiscard]] uint64_t elements() const;
  [[nodiscard]] bool constant() const { return size > 0; }
};

// The options of every kind of operator that nonzero reads; an operator uses those it has.
struct TfliteOptions {
  bool same_padding = false;  // padding SAME; VALID otherwise
  int stride_y = 1, stride_x = 1, dilation_y = 1, dilation_x = 1, multiplier = 1;
  int filter_y = 1, filter_x = 1;             // pooling
  int activation = 0;                         // 0 none, 1 relu, 2 relu -1..1, 3 relu6
  bool keep_dims = false;                     // mean and other reductions; fully connected
  float beta = 1;                             // softmax
  float alpha = 0;                            // leaky relu
  int axis = 0;                               // concatenation, pack, unpack
  std::vector<int> new_shape;                 // reshape, where no tensor says it
  bool adjoint_x = false, adjoint_y = false;  // batch matmul: its operands transposed
  bool time_major = false;                    // sequence LSTM
  float cell_clip = 0, projection_clip = 0;   // sequence LSTM; 0 for none
  int begin_mask = 0, end_mask = 0, ellipsis_mask = 0, new_axis_mask = 0,
      shrink_axis_mask = 0;  // strided slice
};

struct TfliteOperator {
  int code = 0;      // BuiltinOperator
  std::string name;  // "CONV_2D"; "CUSTOM name" for custom ones; "#code" where nonzero knows no name
  std::vector<int> inputs, outputs;  // tensors; -1 for an optional one left out
  std::vector<int> intermediates;    // of an LSTM: tensors whose scales are those of its own steps
  TfliteOptions options;
};

// One subgraph of a TensorFlow Lite file. `bytes` is the whole file: constants are looked up in it.
struct TfliteModel {
  std::string bytes, description, source;
  std::vector<TfliteTensor> tensors;
  std::vector<TfliteOperator> operators;
  std::vector<int> inputs, outputs;

  [[nodiscard]] std::string_view data(const TfliteTensor& tensor) const;
};

// Throws InputError with the byte for a wrong identifier, an offset, vector or table outside the file, a
// buffer shorter than its tensor's shape, sparse tensors, and more than one subgraph unless one is chosen.
TfliteModel read_tflite(const std::string& path, std::optional<uint64_t> subgraph = std::nullopt);
TfliteModel parse_tflite(std::string bytes, const std::string& source,
                         std::optional<uint64_t> subgraph = std::nullopt);

// What a constant becomes: its bytes, and its scales and zero points where they are given, as many of each
// as the file holds.
struct TflitePatch {
  int tensor = 0;
  std::string bytes;
  std::vector<float> scales;
  std::vector<int64_t> zero_points;
};

// The file's bytes with those constants replaced. Throws InputError where a tensor is no constant, a size is
// another one than the file's, or a buffer is shared with a tensor that stays as it is.
std::string patched_tflite(const TfliteModel& model, const std::vector<TflitePatch>& patches);

}  // namespace nonzero
