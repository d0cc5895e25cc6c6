#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nonzero/io/npy.h"

namespace nonzero {

enum class FolderLayerType : uint8_t { kConv, kDepthwise, kLinear };

// In which order a folder's arrays hold their weights.
enum class FolderOrder : uint8_t {
  kChannelsFirst,  // [K, C, FY, FX], depthwise [C, 1, FY, FX], linear [K, C]: nonzero's own
  kTflite          // OHWI, depthwise 1HWC, linear OI
};

// real = scale * (code - zero_point)
struct FolderQuantisation {
  double scale = 1;
  int64_t zero_point = 0;
};

// One layer of a folder: its entry in layers.json and its arrays as stored.
struct FolderLayer {
  std::string name, activation;  // "", relu, relu6
  FolderLayerType type = FolderLayerType::kConv;
  NpyArray weights;                  // int8, uint8, float16 or float32
  std::vector<double> scales;        // one, or one for each channel out; none of float weights
  std::vector<int64_t> zero_points;  // none for all 0; one, or as many as scales
  std::vector<int32_t> bias;         // none, or one for each channel out
  uint64_t stride_y = 1, stride_x = 1, dilation_y = 1, dilation_x = 1, multiplier = 1;
  uint64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;  // kChannelsFirst
  bool same_padding = false;                                          // kTflite
  uint64_t h = 1, w = 1, tokens = 1, repeat = 1;                      // kChannelsFirst
  std::vector<uint64_t> input_shape, output_shape;                    // kTflite: [N, H, W, C], [.., C]
  bool recurrent = false;  // kTflite: a recurrent gate of an LSTM, whose input is its output
  std::optional<FolderQuantisation> input, output;
  std::string file;  // of the weights, for messages

  [[nodiscard]] uint64_t channels_out(FolderOrder order) const;
};

struct IntegerFolder {
  std::string network, path;
  FolderOrder order = FolderOrder::kChannelsFirst;
  std::vector<FolderLayer> layers;
  std::vector<std::string> warnings;  // entries of layers.json that hold no layer
};

// Reads FOLDER/layers.json and the arrays that it names (docs/networks.md). Throws InputError naming file and
// layer for unknown and missing keys, entries of both layouts, an array whose shape is not the one stated,
// an element type or rank that no weights have, and scales that are not above 0 or too many or few.
IntegerFolder read_integer_folder(const std::string& path);

// Writes kChannelsFirst, all or nothing: a folder beside `path` takes its place. Throws InputError where
// `path` exists, SystemError where it cannot be written.
void write_integer_folder(const std::string& path, const IntegerFolder& folder);

}  // namespace nonzero
