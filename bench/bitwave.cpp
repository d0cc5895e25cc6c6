// BitWave and its peers on whole networks with Laplace(8) weights, one thread: format, flip at one setting and all
// machines within 10 s for a MobileNetV2, 20 s for a ResNet-18.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "lib/bench.h"
#include "nonzero/arch/list.h"
#include "nonzero/base/random.h"
#include "nonzero/tensor/laplace_weights.h"
#include "nonzero/workload/integer_network.h"
#include "nonzero/workload/suites.h"

namespace {

using namespace nonzero;

constexpr double kScale = 8;

// One block of the table of MobileNetV2 (Sandler et al., CVPR 2018, Table 2).
struct Blocks {
  uint64_t expansion, channels, repeat, stride;
};
constexpr std::array<Blocks, 7> kBlocks = {{{1, 16, 1, 1},
                                            {6, 24, 2, 2},
                                            {6, 32, 3, 2},
                                            {6, 64, 4, 2},
                                            {6, 96, 3, 1},
                                            {6, 160, 3, 2},
                                            {6, 320, 1, 1}}};

class MobileNetV2 {
 public:
  std::vector<Operation> make() {
    add(LayerKind::kConv, 32, 3, 2);
    for (const Blocks& blocks : kBlocks)
      for (uint64_t i = 0; i < blocks.repeat; ++i) {
        if (blocks.expansion > 1) add(LayerKind::kConv, channels_ * blocks.expansion, 1, 1);
        add(LayerKind::kDepthwise, channels_, 3, i == 0 ? blocks.stride : 1);
        add(LayerKind::kConv, blocks.channels, 1, 1);
      }
    add(LayerKind::kConv, 1280, 1, 1);
    side_ = 1;
    add(LayerKind::kLinear, 1001, 1, 1);
    return std::move(operations_);
  }

 private:
  void add(LayerKind kind, uint64_t outputs, uint64_t kernel, uint64_t stride) {
    IntegerLayer layer;
    layer.name = "layer" + std::to_string(operations_.size());
    layer.network = "mobilenet-v2";
    IntegerLayerShape& s = layer.shape;
    s.kind = kind;
    s.k = outputs;
    s.c = kind == LayerKind::kDepthwise ? 1 : channels_;
    s.fy = s.fx = kernel;
    s.stride_y = s.stride_x = stride;
    s.pad_top = s.pad_left = kernel / 2;
    s.h = s.w = side_;
    s.oy = s.ox = side_ / stride;
    layer.weights = laplace_weights(s.weights(), kScale, derive_seed(1, operations_.size()));
    operations_.push_back(convolution_operation(std::move(layer)));
    channels_ = outputs;
    side_ = s.ox;
  }

  uint64_t channels_ = 3, side_ = 224;
  std::vector<Operation> operations_;
};

void run_all(const bench::Table& table, const std::string& network, const std::vector<Operation>& layers,
             double bound_ms) {
  struct Machine {
    std::string name, design;
    std::vector<std::string> settings;
    bool product;
  };
  const std::vector<Machine> machines = {
      {"bitwave", "bitwave", {}, false},     {"bitwave, z = 4", "bitwave", {"zero_columns=4"}, false},
      {"stripes", "stripes", {}, false},     {"pragmatic", "pragmatic", {}, false},
      {"bitlet", "bitlet", {}, false},       {"dense-int8", "dense-int8", {}, false},
      {"huaa-like", "huaa-like", {}, false}, {"bitwave, with products", "bitwave", {}, true}};
  double counted = 0;
  for (const Machine& one : machines) {
    const std::unique_ptr<Accelerator> machine = find_accelerator(one.design).make("", "", one.settings);
    SimulateOptions options;
    options.compute_product = one.product;
    const double ms = bench::best_of_five([&] { bench::keep(machine->simulate(layers, options)); });
    table.row(network + ": " + one.name, ms);
    if (!one.product) counted += ms;
  }
  table.row(network + ": all, without products", counted, {bound_ms, "", std::nullopt, std::nullopt});
}

}  // namespace

int main() {
  const bench::Table table("BitWave and its peers");
  run_all(table, "MobileNetV2", MobileNetV2().make(), 10'000);
  run_all(table, "ResNet-18", suite("laplace-resnet18-224", nullptr, 1), 20'000);
}
