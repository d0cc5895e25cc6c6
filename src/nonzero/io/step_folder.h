#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nonzero/tensor/nm.h"
#include "nonzero/tensor/pruning_method.h"

namespace nonzero {

enum class StepLayerType : uint8_t { kConv, kLinear, kAttention };

// One layer of a training step. A linear layer is a 1 x 1 convolution over its tokens (h = tokens, w = 1);
// attention has tokens, heads and head_dim alone.
struct StepShape {
  StepLayerType type = StepLayerType::kConv;
  uint64_t batch = 1;
  uint64_t cin = 1, cout = 1, kh = 1, kw = 1, stride = 1, pad = 0;
  uint64_t h = 1, w = 1, oh = 1, ow = 1;
  uint64_t tokens = 0, heads = 0, head_dim = 0;
  bool sparse = true;  // false: the layer stays dense whatever the method (first, classifier, …)
  bool first = false;  // no gradient of its input is needed

  static StepShape conv(uint64_t batch, uint64_t cin, uint64_t cout, uint64_t kernel, uint64_t stride,
                        uint64_t pad, uint64_t side);
  static StepShape linear(uint64_t batch, uint64_t cin, uint64_t cout, uint64_t tokens = 1);
  static StepShape attention(uint64_t batch, uint64_t tokens, uint64_t heads, uint64_t head_dim);

  [[nodiscard]] bool is_attention() const { return type == StepLayerType::kAttention; }
  [[nodiscard]] WeightShape weight() const { return {cout, cin, kh * kw}; }
  [[nodiscard]] uint64_t weights() const { return is_attention() ? 0 : cout * cin * kh * kw; }
  [[nodiscard]] uint64_t inputs() const { return batch * h * w; }       // positions of x
  [[nodiscard]] uint64_t positions() const { return batch * oh * ow; }  // of y
  [[nodiscard]] uint64_t forward_multiplications() const;

  // Throws InputError naming `layer` for a size of 0, an output that does not follow from input, kernel,
  // stride and pad, or sizes whose products leave 64 bits.
  void check(const std::string& layer, const std::string& source) const;
  bool operator==(const StepShape&) const = default;
};

// The tensors of a step, as they lie in its folder; those without a file are empty.
struct StepTensors {
  std::vector<float> weight, x, dy, y, dx, dw;
  std::vector<uint8_t> mask_ff, mask_bp;
};
enum class StepTensor : uint8_t { kWeight, kMaskFf, kMaskBp, kX, kDy, kY, kDx, kDw };
inline constexpr size_t kStepTensors = 8;
std::string name(StepTensor tensor);  // "weight", "mask_ff", … as workload.json has it

struct StepLayer {
  std::string name;
  StepShape shape;
  double density_x = 1, density_dy = 1;
  std::array<std::string, kStepTensors> files;  // by StepTensor, relative to the folder; "" where absent

  [[nodiscard]] const std::string& file(StepTensor tensor) const {
    return files[static_cast<size_t>(tensor)];
  }
  // The shape that the tensor's file must have.
  [[nodiscard]] std::vector<uint64_t> dimensions(StepTensor tensor) const;
};

// One exported training step: workload.json and .npy files beside it (docs/training.md).
struct StepFolder {
  std::string folder, network;
  uint64_t batch = 0;
  PruningMethod method = PruningMethod::kBdwp;
  NmRatio ratio;
  bool mixed_precision = false;
  std::vector<StepLayer> layers;
};

// Reads FOLDER/workload.json. Throws InputError naming the file, and the layer where there is one, for an
// unknown or missing key, a wrong type, a size or ratio that is none, a file name that leaves the folder.
StepFolder read_step_folder(const std::string& folder);
StepFolder parse_step(std::string_view json, const std::string& source);

// Reads the layer's files. Throws InputError where a file's shape is not the layer's, a value is not finite,
// a mask holds something else than 0 and 1, or keeps more than N of a group of the pass that its method
// prunes.
StepTensors read_step_tensors(const StepFolder& step, const StepLayer& layer);

}  // namespace nonzero
