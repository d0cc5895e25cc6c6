#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nonzero/base/random.h"
#include "train/network.h"

namespace nonzero::train {

// Adds layers to a network one after another and follows the size of what flows through it.
class NetworkBuilder {
 public:
  using Stage = Network::Stage;

  NetworkBuilder(const Options& options, const ImageSize& image);

  // Channels of the full network times --width, a multiple of 16.
  [[nodiscard]] int64_t channels(int64_t full) const;

  // Layers are made and followed in `size`; the caller adds them to the network's stages.
  Stage convolution(const std::string& name, int64_t cout, int64_t kernel, int64_t stride);
  Stage convolution_norm(const std::string& name, int64_t cout, int64_t kernel, int64_t stride, bool relu);
  // On [..., cin] with `tokens` rows an image.
  Stage linear(const std::string& name, int64_t cin, int64_t cout, int64_t tokens);
  Stage layer_norm(const std::string& name, int64_t features);
  // Halves both sides; left out, with a warning, where a side would become 0.
  Stage max_pool(const std::string& name);
  // Softmax attention on [b, tokens, 3 * features].
  Stage attention(const std::string& name, int64_t tokens, int64_t heads, int64_t head_dim);
  // A learned [1, tokens, features], added.
  Stage positions(int64_t tokens, int64_t features);
  Stage global_max() const;
  Stage global_mean() const;

  void add(Stage stage) { network_->stages.push_back(std::move(stage)); }
  // Says which layers are pruned, and draws nothing more.
  std::shared_ptr<Network> finish();

  ImageSize size;

 private:
  std::shared_ptr<GemmLayer> gemm(LayerShape shape, bool with_bias);
  void draw(Tensor& value, double bound);
  [[nodiscard]] bool excluded(const LayerShape& shape) const;
  [[nodiscard]] std::vector<std::string> exclusions() const;

  const Options& options_;
  Random random_;
  std::shared_ptr<Network> network_;
};

}  // namespace nonzero::train
