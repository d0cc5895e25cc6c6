#include "nonzero/workload/sat_networks.h"

#include <fmt/format.h>

#include "nonzero/base/error.h"
#include "nonzero/workload/training_step.h"

namespace nonzero {
namespace {

class Builder {
 public:
  explicit Builder(uint64_t batch) : batch_(batch) {}

  // Returns the side of the output.
  uint64_t conv(const std::string& name, uint64_t cin, uint64_t cout, uint64_t kernel, uint64_t stride,
                uint64_t pad, uint64_t side) {
    StepShape shape = StepShape::conv(batch_, cin, cout, kernel, stride, pad, side);
    shape.first = layers_.empty();
    shape.sparse = !shape.first;
    layers_.push_back(shape_step(name, shape));
    return shape.oh;
  }
  void linear(const std::string& name, uint64_t cin, uint64_t cout, uint64_t tokens = 1) {
    layers_.push_back(shape_step(name, StepShape::linear(batch_, cin, cout, tokens)));
  }
  void attention(const std::string& name, uint64_t tokens, uint64_t heads, uint64_t head_dim) {
    layers_.push_back(shape_step(name, StepShape::attention(batch_, tokens, heads, head_dim)));
  }
  std::vector<Operation> classifier(uint64_t cin, uint64_t classes) {
    StepShape shape = StepShape::linear(batch_, cin, classes);
    shape.sparse = false;
    layers_.push_back(shape_step("classifier", shape));
    return std::move(layers_);
  }

 private:
  uint64_t batch_;
  std::vector<Operation> layers_;
};

std::vector<Operation> resnet9(uint64_t batch) {
  Builder b(batch);
  b.conv("conv1", 3, 64, 3, 1, 1, 32);
  b.conv("conv2", 64, 128, 3, 1, 1, 32);
  b.conv("residual1.conv1", 128, 128, 3, 1, 1, 16);
  b.conv("residual1.conv2", 128, 128, 3, 1, 1, 16);
  b.conv("conv3", 128, 256, 3, 1, 1, 16);
  b.conv("conv4", 256, 512, 3, 1, 1, 8);
  b.conv("residual2.conv1", 512, 512, 3, 1, 1, 4);
  b.conv("residual2.conv2", 512, 512, 3, 1, 1, 4);
  return b.classifier(512, 10);
}

// He et al., CVPR 2016, Table 1: two 3 x 3 convolutions per block, or 1 x 1, 3 x 3, 1 x 1.
void residual_stages(Builder& b, uint64_t side, const std::vector<uint64_t>& blocks, bool bottleneck) {
  uint64_t cin = 64;
  for (uint64_t stage = 0; stage < blocks.size(); ++stage) {
    const uint64_t width = uint64_t{64} << stage, cout = bottleneck ? 4 * width : width;
    for (uint64_t block = 0; block < blocks[stage]; ++block) {
      const uint64_t stride = stage > 0 && block == 0 ? 2 : 1;
      const std::string name = fmt::format("stage{}.{}", stage + 1, block);
      const uint64_t inside = bottleneck ? b.conv(name + ".conv1", cin, width, 1, 1, 0, side) : side;
      const uint64_t out = b.conv(name + (bottleneck ? ".conv2" : ".conv1"), bottleneck ? width : cin, width,
                                  3, stride, 1, inside);
      if (bottleneck)
        b.conv(name + ".conv3", width, cout, 1, 1, 0, out);
      else
        b.conv(name + ".conv2", width, width, 3, 1, 1, out);
      if (stride != 1 || cin != cout) b.conv(name + ".shortcut", cin, cout, 1, stride, 0, side);
      side = out;
      cin = cout;
    }
  }
}

std::vector<Operation> resnet18(uint64_t batch) {
  Builder b(batch);
  b.conv("stem", 3, 64, 3, 1, 1, 32);
  residual_stages(b, 32, {2, 2, 2, 2}, false);
  return b.classifier(512, 10);
}

std::vector<Operation> imagenet_resnet(uint64_t batch, const std::vector<uint64_t>& blocks, bool bottleneck) {
  Builder b(batch);
  b.conv("stem", 3, 64, 7, 2, 3, 224);
  residual_stages(b, 56, blocks, bottleneck);
  return b.classifier(bottleneck ? 2048 : 512, 1000);
}

std::vector<Operation> vgg19(uint64_t batch) {
  Builder b(batch);
  uint64_t cin = 3, side = 32, stage = 0;
  for (const auto& [width, convolutions] :
       {std::pair{64, 2}, std::pair{128, 2}, std::pair{256, 4}, std::pair{512, 4}, std::pair{512, 4}}) {
    ++stage;
    for (int i = 1; i <= convolutions; ++i) {
      const auto cout = static_cast<uint64_t>(width);
      b.conv(fmt::format("conv{}_{}", stage, i), cin, cout, 3, 1, 1, side);
      cin = cout;
    }
    side /= 2;
  }
  return b.classifier(512, 10);
}

std::vector<Operation> vit(uint64_t batch) {
  constexpr uint64_t kWidth = 256, kTokens = 64, kHeads = 8, kMlp = 512;
  Builder b(batch);
  b.conv("patch_embedding", 3, kWidth, 4, 4, 0, 32);
  for (int block = 0; block < 6; ++block) {
    const std::string name = fmt::format("block{}", block);
    b.linear(name + ".qkv", kWidth, 3 * kWidth, kTokens);
    b.attention(name + ".attention", kTokens, kHeads, kWidth / kHeads);
    b.linear(name + ".projection", kWidth, kWidth, kTokens);
    b.linear(name + ".mlp1", kWidth, kMlp, kTokens);
    b.linear(name + ".mlp2", kMlp, kWidth, kTokens);
  }
  return b.classifier(kWidth, 10);
}

}  // namespace

const std::vector<SatNetwork>& sat_networks() {
  static const std::vector<SatNetwork> all = {{"resnet9", 128}, {"resnet18", 128},    {"vgg19", 128},
                                              {"vit", 128},     {"resnet18-224", 32}, {"resnet50-224", 32}};
  return all;
}

std::vector<Operation> sat_network(const std::string& name, uint64_t batch) {
  if (batch == 0) throw InputError("batch 0", "allowed: 1 and more");
  if (name == "resnet9") return resnet9(batch);
  if (name == "resnet18") return resnet18(batch);
  if (name == "vgg19") return vgg19(batch);
  if (name == "vit") return vit(batch);
  if (name == "resnet18-224") return imagenet_resnet(batch, {2, 2, 2, 2}, false);
  if (name == "resnet50-224") return imagenet_resnet(batch, {3, 4, 6, 3}, true);
  throw InputError(fmt::format("no network '{}'", name));
}

}  // namespace nonzero
