#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "train/sparse_layer.h"

namespace nonzero::train {

struct ImageSize {
  int64_t channels = 3, height = 32, width = 32;
};

// A network as a list of stages, with its GEMMs in the order of the forward pass.
class Network : public torch::nn::Module {
 public:
  using Stage = std::function<Tensor(const Tensor&)>;
  // A GEMM layer, or an attention (`layer` empty), which is no parameter of its own.
  struct Entry {
    LayerShape shape;
    std::shared_ptr<GemmLayer> layer;
  };

  // [b, channels, height, width] to [b, classes].
  Tensor forward(Tensor x);
  void refresh_masks(bool search);
  void capture(bool on);
  [[nodiscard]] std::vector<LayerShape> shapes() const;

  std::vector<Stage> stages;
  std::vector<Entry> entries;
  std::vector<std::string> warnings;
};

// The network `options.model` names, its weights drawn from `options.seed` (each uniform within
// 1/sqrt(fan in); the same for every method). Throws InputError where the images do not fit it.
std::shared_ptr<Network> build_network(const Options& options, const ImageSize& image, int64_t classes);

}  // namespace nonzero::train
