#include "train/network_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "nonzero/base/error.h"

namespace nonzero::train {
namespace {

constexpr uint64_t kWeightStream = 1;
constexpr double kPositionSpread = 0.02;

SparseRule rule_of(const Options& options) {
  return {options.method, options.n, options.m, options.mixed(), options.rescale};
}

// Throws where --strict forbids the padding of a group's last channels.
void check_groups(const LayerShape& shape, const Options& options) {
  const Method method = options.method;
  const bool along_cin =
      method == Method::kSrste || method == Method::kTransposable || method == Method::kBdwp;
  const bool along_cout = method != Method::kSrste;
  const auto check = [&](bool grouped, int64_t channels, const char* which) {
    if (grouped && channels % options.m != 0)
      throw InputError(
          fmt::format("layer {}: {} {} channels in groups of {}", shape.name, channels, which, options.m),
          "--strict allows: multiples");
  };
  check(along_cin, shape.cin, "input");
  check(along_cout, shape.cout, "output");
}

}  // namespace

NetworkBuilder::NetworkBuilder(const Options& options, const ImageSize& image)
    : size(image),
      options_(options),
      random_(derive_seed(options.seed, kWeightStream)),
      network_(std::make_shared<Network>()) {}

int64_t NetworkBuilder::channels(int64_t full) const {
  const double scaled = static_cast<double>(full) * options_.width / 16;
  return 16 * std::max<int64_t>(1, std::llround(scaled));
}

void NetworkBuilder::draw(Tensor& value, double bound) {
  const torch::NoGradGuard none;
  auto* values = value.data_ptr<float>();
  for (int64_t i = 0; i < value.numel(); ++i)
    values[i] = static_cast<float>((2 * random_.unit() - 1) * bound);
}

std::shared_ptr<GemmLayer> NetworkBuilder::gemm(LayerShape shape, bool with_bias) {
  shape.first = network_->entries.empty();
  shape.sparse = options_.method != Method::kDense && !excluded(shape);
  // SDGP prunes no layer of at most three input channels (author code).
  if (options_.method == Method::kSdgp && shape.cin <= 3) shape.sparse = false;
  if (shape.sparse && options_.strict) check_groups(shape, options_);
  const auto layer = std::make_shared<GemmLayer>(shape, rule_of(options_), with_bias);
  const double bound = 1 / std::sqrt(static_cast<double>(shape.cin * shape.kh * shape.kw));
  draw(layer->weight, bound);
  if (with_bias) draw(layer->bias, bound);
  network_->register_module(shape.name, layer);
  network_->entries.push_back({shape, layer});
  return layer;
}

NetworkBuilder::Stage NetworkBuilder::convolution(const std::string& name, int64_t cout, int64_t kernel,
                                                  int64_t stride) {
  LayerShape shape;
  shape.name = name;
  shape.type = "conv";
  shape.cin = size.channels;
  shape.cout = cout;
  shape.kh = shape.kw = kernel;
  shape.stride = stride;
  shape.pad = stride == kernel ? 0 : kernel / 2;  // patches do not overlap
  shape.h = size.height;
  shape.w = size.width;
  shape.oh = (shape.h + 2 * shape.pad - kernel) / stride + 1;
  shape.ow = (shape.w + 2 * shape.pad - kernel) / stride + 1;
  size = {cout, shape.oh, shape.ow};
  const auto layer = gemm(shape, false);
  return [layer](const Tensor& x) { return layer->forward(x); };
}

NetworkBuilder::Stage NetworkBuilder::convolution_norm(const std::string& name, int64_t cout, int64_t kernel,
                                                       int64_t stride, bool relu) {
  const Stage layer = convolution(name, cout, kernel, stride);
  if (options_.batch == 1 && size.height * size.width == 1)
    throw InputError(fmt::format("--batch 1: the batch norm of layer {} would see one value a channel", name),
                     "allowed: 2 and more images a batch for these images");
  torch::nn::BatchNorm2d norm(cout);
  network_->register_module(name + "_norm", norm);
  return [layer, norm, relu](const Tensor& x) mutable {
    const Tensor y = norm->forward(layer(x));
    return relu ? torch::relu(y) : y;
  };
}

NetworkBuilder::Stage NetworkBuilder::linear(const std::string& name, int64_t cin, int64_t cout,
                                             int64_t tokens) {
  LayerShape shape;
  shape.name = name;
  shape.type = "linear";
  shape.cin = cin;
  shape.cout = cout;
  shape.tokens = shape.h = shape.oh = tokens;
  const auto layer = gemm(shape, true);
  return [layer](const Tensor& x) { return layer->forward(x); };
}

NetworkBuilder::Stage NetworkBuilder::layer_norm(const std::string& name, int64_t features) {
  torch::nn::LayerNorm norm(torch::nn::LayerNormOptions({features}));
  network_->register_module(name, norm);
  return [norm](const Tensor& x) mutable { return norm->forward(x); };
}

NetworkBuilder::Stage NetworkBuilder::max_pool(const std::string& name) {
  if (size.height < 2 || size.width < 2) {
    network_->warnings.push_back(
        fmt::format("{} is left out: its input is only {} x {}", name, size.height, size.width));
    return [](const Tensor& x) { return x; };
  }
  size.height /= 2;
  size.width /= 2;
  return [](const Tensor& x) { return torch::max_pool2d(x, 2); };
}

NetworkBuilder::Stage NetworkBuilder::attention(const std::string& name, int64_t tokens, int64_t heads,
                                                int64_t head_dim) {
  LayerShape shape;
  shape.name = name;
  shape.type = "attention";
  shape.tokens = tokens;
  shape.heads = heads;
  shape.head_dim = head_dim;
  network_->entries.push_back({shape, nullptr});
  const bool mixed = options_.mixed();
  return [tokens, heads, head_dim, mixed](const Tensor& x) {
    const auto stored = [mixed](const Tensor& value) { return mixed ? half_stored(value) : value; };
    const auto parts = stored(x).reshape({-1, tokens, 3, heads, head_dim}).permute({2, 0, 3, 1, 4}).unbind(0);
    const Tensor scores = stored(torch::matmul(parts[0], parts[1].transpose(2, 3)));
    const Tensor shares = stored(torch::softmax(scores / std::sqrt(static_cast<double>(head_dim)), -1));
    return stored(torch::matmul(shares, parts[2])).transpose(1, 2).reshape({-1, tokens, heads * head_dim});
  };
}

NetworkBuilder::Stage NetworkBuilder::positions(int64_t tokens, int64_t features) {
  Tensor learned = network_->register_parameter("positions", torch::empty({1, tokens, features}));
  draw(learned, kPositionSpread);
  return [learned](const Tensor& x) { return x + learned; };
}

NetworkBuilder::Stage NetworkBuilder::global_max() const {
  return [](const Tensor& x) { return x.amax({2, 3}); };
}

NetworkBuilder::Stage NetworkBuilder::global_mean() const {
  return [](const Tensor& x) { return x.mean({2, 3}); };
}

std::vector<std::string> NetworkBuilder::exclusions() const {
  std::vector<std::string> names;
  std::istringstream parts(options_.exclude == "none" ? "" : options_.exclude);
  for (std::string part; std::getline(parts, part, ',');) names.push_back(part);
  return names;
}

bool NetworkBuilder::excluded(const LayerShape& shape) const {
  for (const std::string& name : exclusions())
    if (name == shape.name || (name == "first" && shape.first)) return true;
  return false;
}

std::shared_ptr<Network> NetworkBuilder::finish() {
  std::set<std::string> known = {"first"};
  bool any = false;
  for (const Network::Entry& entry : network_->entries) {
    if (entry.layer) known.insert(entry.shape.name);
    any = any || entry.shape.sparse;
  }
  for (const std::string& name : exclusions())
    if (known.count(name) == 0)
      throw InputError(fmt::format("--exclude {}: no such layer in {}", name, options_.model),
                       fmt::format("allowed: none, {}", fmt::join(known, ", ")));
  if (!any && options_.method != Method::kDense)
    network_->warnings.push_back("every layer is excluded from pruning: the training is dense");
  return network_;
}

}  // namespace nonzero::train
