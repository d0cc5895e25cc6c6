#include "nonzero/study/bitwave_runs.h"

#include <fmt/format.h>

#include "nonzero/arch/list.h"
#include "nonzero/workload/data_folder.h"
#include "nonzero/workload/integer_network.h"
#include "nonzero/workload/laplace_networks.h"

namespace nonzero {
namespace {

BitMachine rival(const std::string& design) { return {design, design, {}}; }

}  // namespace

BitNetwork laplace_resnet18(double b) {
  BitNetwork network{fmt::format("resnet18, laplace({})", b), {}};
  for (Operation& layer : laplace_network("resnet18-224", b, 1))
    if (layer.convolution()->layer->shape.kind == LayerKind::kConv)
      network.layers.push_back(std::move(layer));
  return network;
}

std::vector<BitNetwork> bit_networks() {
  std::vector<BitNetwork> all = {laplace_resnet18(8)};
  const auto data = data_folder();
  if (!data) return all;
  const std::vector<std::pair<std::string, std::string>> files = {
      {"mobilenet_v2", "mobilenet_v2_1.0_224_uint8.tflite"},
      {"resnet8", "resnet8_int8.tflite"},
      {"vww96", "vww96_int8.tflite"}};
  for (const auto& [name, file] : files)
    all.push_back({name, layer_operations(read_integer_network((*data / "tflite" / file).string()))});
  return all;
}

const std::vector<BitMachine>& bit_machines() {
  static const std::vector<BitMachine> all = {rival("bitwave"),
                                              rival("dense-int8"),
                                              rival("huaa-like"),
                                              rival("stripes"),
                                              rival("pragmatic"),
                                              rival("bitlet"),
                                              {"scnn-like", "scnn-like", {}}};
  return all;
}

BitMachine flipped_bitwave(uint32_t z) {
  return {fmt::format("bitwave, z = {}", z), "bitwave", {"flip=exact", fmt::format("zero_columns={}", z)}};
}

const std::vector<BitMachine>& bitwave_variants() {
  static const std::vector<BitMachine> all = {
      {"two's complement", "bitwave", {"columns=twos_complement", "su=1", "strict_su=false"}},
      {"+ sign-magnitude", "bitwave", {"su=1", "strict_su=false"}},
      {"+ dynamic unrolling", "bitwave", {}},
      {"+ bit-flip, z = 4", "bitwave", {"flip=exact", "zero_columns=4"}}};
  return all;
}

BitTotals run_network(const BitMachine& machine, const BitNetwork& network) {
  const RunResult run =
      find_accelerator(machine.design).make("", "", machine.settings)->simulate(network.layers, {});
  BitTotals totals{run.sequential_cycles, 0};
  for (const Result& result : run.results)
    totals.energy_pj += result.energy_pj.total * static_cast<double>(result.repeat);
  return totals;
}

}  // namespace nonzero
