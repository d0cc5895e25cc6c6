#include "train/network.h"

#include <fmt/format.h>

#include "nonzero/base/error.h"
#include "train/network_builder.h"

namespace nonzero::train {
namespace {

using Stage = Network::Stage;

void build_smallconv(NetworkBuilder& b, int64_t classes) {
  b.add(b.convolution_norm("conv1", b.channels(32), 3, 1, true));
  b.add(b.convolution_norm("conv2", b.channels(64), 3, 1, true));
  b.add(b.max_pool("pool"));
  b.add(b.convolution_norm("conv3", b.channels(64), 3, 1, true));
  b.add(b.global_mean());
  b.add(b.linear("classifier", b.size.channels, classes, 1));
}

// x + f(f(x)), the channels unchanged.
Stage residual(NetworkBuilder& b, const std::string& name) {
  const Stage first = b.convolution_norm(name + "a", b.size.channels, 3, 1, true);
  const Stage second = b.convolution_norm(name + "b", b.size.channels, 3, 1, true);
  return [first, second](const Tensor& x) { return x + second(first(x)); };
}

void build_resnet9(NetworkBuilder& b, int64_t classes) {
  b.add(b.convolution_norm("conv1", b.channels(64), 3, 1, true));
  b.add(b.convolution_norm("conv2", b.channels(128), 3, 1, true));
  b.add(b.max_pool("pool2"));
  b.add(residual(b, "residual1"));
  b.add(b.convolution_norm("conv3", b.channels(256), 3, 1, true));
  b.add(b.max_pool("pool3"));
  b.add(b.convolution_norm("conv4", b.channels(512), 3, 1, true));
  b.add(b.max_pool("pool4"));
  b.add(residual(b, "residual2"));
  b.add(b.global_max());
  b.add(b.linear("classifier", b.size.channels, classes, 1));
}

Stage basic_block(NetworkBuilder& b, const std::string& name, int64_t cout, int64_t stride) {
  const ImageSize input = b.size;
  const Stage first = b.convolution_norm(name + "a", cout, 3, stride, true);
  const Stage second = b.convolution_norm(name + "b", cout, 3, 1, false);
  if (stride == 1 && input.channels == cout)
    return [first, second](const Tensor& x) { return torch::relu(x + second(first(x))); };
  const ImageSize output = b.size;
  b.size = input;
  const Stage shortcut = b.convolution_norm(name + "_shortcut", cout, 1, stride, false);
  b.size = output;
  return [first, second, shortcut](const Tensor& x) { return torch::relu(shortcut(x) + second(first(x))); };
}

void build_resnet18(NetworkBuilder& b, int64_t classes) {
  b.add(b.convolution_norm("stem", b.channels(64), 3, 1, true));
  int64_t full = 64;
  for (int stage = 1; stage <= 4; ++stage, full *= 2)
    for (int block = 1; block <= 2; ++block)
      b.add(basic_block(b, fmt::format("stage{}_{}", stage, block), b.channels(full),
                        stage > 1 && block == 1 ? 2 : 1));
  b.add(b.global_mean());
  b.add(b.linear("classifier", b.size.channels, classes, 1));
}

void build_vgg19(NetworkBuilder& b, int64_t classes) {
  struct Group {
    int64_t channels;
    int convolutions;
  };
  int group_number = 1;
  for (const Group& group : {Group{64, 2}, Group{128, 2}, Group{256, 4}, Group{512, 4}, Group{512, 4}}) {
    for (int i = 1; i <= group.convolutions; ++i)
      b.add(b.convolution_norm(fmt::format("conv{}_{}", group_number, i), b.channels(group.channels), 3, 1,
                               true));
    b.add(b.max_pool(fmt::format("pool{}", group_number)));
    ++group_number;
  }
  b.add(b.global_mean());
  b.add(b.linear("classifier", b.size.channels, classes, 1));
}

Stage chain(const std::vector<Stage>& stages) {
  return [stages](Tensor x) {
    for (const Stage& stage : stages) x = stage(x);
    return x;
  };
}

// Pre-norm: x + proj(attention(qkv(norm(x)))), then x + fc2(gelu(fc1(norm(x)))).
void add_transformer_block(NetworkBuilder& b, const std::string& name, int64_t tokens, int64_t features,
                           int64_t heads) {
  const int64_t hidden = b.channels(512);
  const Stage mixing =
      chain({b.layer_norm(name + "_norm1", features), b.linear(name + "_qkv", features, 3 * features, tokens),
             b.attention(name + "_attention", tokens, heads, features / heads),
             b.linear(name + "_proj", features, features, tokens)});
  b.add([mixing](const Tensor& x) { return x + mixing(x); });
  const Stage gelu = [](const Tensor& x) { return torch::gelu(x); };
  const Stage mlp =
      chain({b.layer_norm(name + "_norm2", features), b.linear(name + "_fc1", features, hidden, tokens), gelu,
             b.linear(name + "_fc2", hidden, features, tokens)});
  b.add([mlp](const Tensor& x) { return x + mlp(x); });
}

void build_vit(NetworkBuilder& b, int64_t classes) {
  constexpr int64_t kPatch = 4, kBlocks = 6, kHeadDim = 32;
  if (b.size.height % kPatch != 0 || b.size.width % kPatch != 0)
    throw InputError(fmt::format("images of {} x {} for vit", b.size.height, b.size.width),
                     fmt::format("allowed: sides that are multiples of the patch, {}", kPatch));
  const int64_t features = b.channels(256);
  b.add(b.convolution("patch", features, kPatch, kPatch));
  const int64_t tokens = b.size.height * b.size.width;
  const int64_t heads = features % kHeadDim == 0 ? features / kHeadDim : features / (kHeadDim / 2);
  b.add([](const Tensor& x) { return x.flatten(2).transpose(1, 2); });
  b.add(b.positions(tokens, features));
  for (int i = 1; i <= kBlocks; ++i)
    add_transformer_block(b, fmt::format("block{}", i), tokens, features, heads);
  b.add(b.layer_norm("norm", features));
  b.add([](const Tensor& x) { return x.mean(1); });
  b.add(b.linear("classifier", features, classes, 1));
}

void build_mlp(NetworkBuilder& b, int64_t classes) {
  int64_t features = b.size.channels * b.size.height * b.size.width;
  b.add([](const Tensor& x) { return x.flatten(1); });
  for (const int layer : {1, 2, 3}) {
    const int64_t hidden = b.channels(256);
    const Stage linear = b.linear(fmt::format("fc{}", layer), features, hidden, 1);
    b.add([linear](const Tensor& x) { return torch::relu(linear(x)); });
    features = hidden;
  }
  b.add(b.linear("classifier", features, classes, 1));
}

}  // namespace

Tensor Network::forward(Tensor x) {
  for (const Stage& stage : stages) x = stage(x);
  return x;
}

void Network::refresh_masks(bool search) {
  for (const Entry& entry : entries)
    if (entry.layer) entry.layer->refresh_masks(search);
}

void Network::capture(bool on) {
  for (const Entry& entry : entries)
    if (entry.layer) entry.layer->state().capture = on;
}

std::vector<LayerShape> Network::shapes() const {
  std::vector<LayerShape> all;
  for (const Entry& entry : entries) all.push_back(entry.shape);
  return all;
}

std::shared_ptr<Network> build_network(const Options& options, const ImageSize& image, int64_t classes) {
  NetworkBuilder builder(options, image);
  if (options.model == "smallconv") build_smallconv(builder, classes);
  if (options.model == "resnet9") build_resnet9(builder, classes);
  if (options.model == "resnet18") build_resnet18(builder, classes);
  if (options.model == "vgg19") build_vgg19(builder, classes);
  if (options.model == "vit") build_vit(builder, classes);
  if (options.model == "mlp") build_mlp(builder, classes);
  return builder.finish();
}

}  // namespace nonzero::train
