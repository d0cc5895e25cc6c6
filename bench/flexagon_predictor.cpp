// Choosing a dataflow on the layers that Flexagon's authors published, or on generated ones where the shared
// files are absent: the predictor against simulating all six dataflows, operands at hand, in both timing modes.

#include "lib/bench.h"
#include "nonzero/arch/flexagon/dispatch.h"
#include "nonzero/arch/flexagon/predictor.h"
#include "nonzero/tensor/generate.h"
#include "support/data.h"
#include "support/flexagon_layers.h"

namespace {

using namespace nonzero;
using flexagon::OperandPair;
using flexagon::Timing;

std::vector<OperandPair> all_layers() {
  std::vector<OperandPair> layers;
  if (const auto data = test::shared_data()) {
    for (const test::PublishedLayer& layer : test::published_layers(*data)) layers.push_back(layer.read());
    return layers;
  }
  for (const uint64_t side : {128, 512}) {
    const auto make = [side](uint64_t seed) {
      return std::make_shared<const Csr>(generate_uniform(side, side, 0.3, seed));
    };
    layers.emplace_back(make(1), make(2));
  }
  return layers;
}

flexagon::Config machine(Timing timing) {
  flexagon::Config config;
  config.timing = timing;
  if (timing == Timing::kPaper) config.dn_bandwidth = config.rn_bandwidth = 64, config.str_cache_banks = 32;
  return config;
}

void predict_all(const std::vector<OperandPair>& layers, const flexagon::Config& config) {
  for (const OperandPair& layer : layers)
    bench::keep(predict(flexagon::fiber_offsets(layer.a()), flexagon::fiber_offsets(layer.b()), config));
}

void simulate_all(std::vector<OperandPair>& layers, const flexagon::Config& config) {
  for (OperandPair& layer : layers)
    for (const flexagon::Dataflow dataflow : flexagon::kDataflows)
      bench::keep(schedule(layer, dataflow, config));
}

}  // namespace

int main() {
  const bench::Table table("Flexagon, choice of a dataflow");
  std::vector<OperandPair> layers = all_layers();
  for (const Timing timing : {Timing::kPipelined, Timing::kPaper}) {
    const flexagon::Config config = machine(timing);
    const double predicted = bench::best_of_five([&] { predict_all(layers, config); });
    const double exact = bench::best_of_five([&] { simulate_all(layers, config); });
    const char* mode = timing == Timing::kPaper ? "paper" : "pipelined";
    table.row(fmt::format("{} layers, {}, predictor", layers.size(), mode), predicted,
              {std::nullopt, "exact", exact, std::nullopt});
  }
}
