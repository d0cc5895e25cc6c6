// Flexagon's timing mode `paper` on the layers its authors published, six dataflows each, reading the files
// included; held against the plain transcription of the rules and against GraphBLAS making each layer's
// product once per dataflow. Generated layers where the shared ones are absent.

#include <chrono>
#include <filesystem>
#include <functional>

#include "arch/flexagon_published_twin.h"
#include "lib/bench.h"
#include "lib/graphblas.h"
#include "nonzero/arch/flexagon/published.h"
#include "nonzero/tensor/generate.h"
#include "support/data.h"
#include "support/flexagon_layers.h"

namespace {

using namespace nonzero;
using flexagon::OperandPair;

struct Layer {
  std::string name;
  std::function<OperandPair()> read;
};

std::vector<Layer> all_layers() {
  std::vector<Layer> layers;
  if (const auto data = test::shared_data()) {
    for (const test::PublishedLayer& layer : test::published_layers(*data))
      layers.push_back({layer.name, [layer] { return layer.read(); }});
    return layers;
  }
  for (const uint64_t side : {128, 512}) {
    const auto make = [side](uint64_t seed) {
      return std::make_shared<const Csr>(generate_uniform(side, side, 0.3, seed));
    };
    layers.push_back(
        {fmt::format("uniform {0} x {0}", side), [make] { return OperandPair(make(1), make(2)); }});
  }
  return layers;
}

template <class Run>
double milliseconds(const Run& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// Reads each layer and runs its six dataflows.
template <class Model>
void run_all(const std::vector<Layer>& layers, const Model& model) {
  for (const Layer& layer : layers) {
    OperandPair pair = layer.read();
    for (const flexagon::Dataflow dataflow : flexagon::kDataflows) bench::keep(model(pair.sides(dataflow)));
  }
}

double graphblas_ms(const std::vector<Layer>& layers) {
  double total = 0;
  for (const Layer& layer : layers) {
    const OperandPair pair = layer.read();
    const bench::GraphBlasMatrix a(pair.a());
    const bench::GraphBlasMatrix b(pair.b());
    total += 6 * bench::best_of_five([&] {
               bench::GraphBlasMatrix c(pair.a().rows, pair.b().columns);
               c.multiply(a, b);
             });
  }
  return total;
}

}  // namespace

int main() {
  const bench::GraphBlas library;
  const bench::Table table("Flexagon, timing mode paper: all layers x six dataflows");
  const std::vector<Layer> layers = all_layers();
  const auto model = [](const flexagon::Sides& sides) { return flexagon::run_published(sides, {}); };
  const auto plain = [](const flexagon::Sides& sides) { return test::SlowPublished::run(sides, {}); };
  const double ms = bench::best_of_five([&] { run_all(layers, model); });
  const std::string title = fmt::format("{} layers, files read", layers.size());
  table.row(title, ms, {20000.0, "plain", milliseconds([&] { run_all(layers, plain); }), std::nullopt});
  table.row(title + ", product", ms, {std::nullopt, "GraphBLAS", graphblas_ms(layers), std::nullopt});
}
