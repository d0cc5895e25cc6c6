#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nonzero/io/onnx.h"

namespace nonzero::network {

// A convolution's or pool's window along one axis.
struct OnnxWindow {
  uint64_t kernel = 1, stride = 1, dilation = 1, before = 0, after = 0;

  // Nothing where the window does not fit.
  [[nodiscard]] std::optional<uint64_t> outputs(uint64_t in, bool ceil) const;
};

// The windows of a Conv, a pool or their integer kin over the spatial sides `in`, kernel sizes given. Throws
// InputError for attributes of another number or below what is allowed.
std::vector<OnnxWindow> onnx_windows(const OnnxNode& node, const std::vector<uint64_t>& in,
                                     const std::vector<uint64_t>& kernel, const std::string& source);

// Shapes followed through the graph as far as loop bounds need them: what the file states, convolutions,
// products, pools, elementwise operators, reshapes. A batch that only has a name counts as 1.
class OnnxShapes {
 public:
  using Shape = std::optional<std::vector<uint64_t>>;

  explicit OnnxShapes(const OnnxModel& model);

  // Nothing where it cannot be followed.
  [[nodiscard]] Shape of(const std::string& value) const;

 private:
  void follow(const OnnxNode& node);
  [[nodiscard]] Shape infer(const OnnxNode& node) const;
  [[nodiscard]] Shape window_shape(const OnnxNode& node, size_t weights) const;
  [[nodiscard]] Shape product_shape(const OnnxNode& node, size_t left, size_t right) const;
  [[nodiscard]] Shape gemm_shape(const OnnxNode& node, size_t left, size_t right) const;
  [[nodiscard]] Shape broadcast_shape(const OnnxNode& node, size_t left, size_t right) const;
  [[nodiscard]] Shape reshaped(const OnnxNode& node) const;
  [[nodiscard]] Shape flattened(const OnnxNode& node) const;
  [[nodiscard]] Shape transposed(const OnnxNode& node) const;
  [[nodiscard]] Shape concatenated(const OnnxNode& node) const;
  [[nodiscard]] Shape reduced(const OnnxNode& node) const;
  [[nodiscard]] Shape squeezed(const OnnxNode& node, bool un) const;
  [[nodiscard]] Shape padded(const OnnxNode& node) const;
  [[nodiscard]] Shape input(const OnnxNode& node, size_t slot) const;
  // Whole numbers of an attribute, or of the constant input that took its place in later versions.
  [[nodiscard]] std::optional<std::vector<int64_t>> listed(const OnnxNode& node, const std::string& attribute,
                                                           size_t slot) const;

  const OnnxModel& model_;
  std::map<std::string, std::vector<uint64_t>> shapes_;
};

}  // namespace nonzero::network
