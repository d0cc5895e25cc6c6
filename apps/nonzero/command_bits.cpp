#include <fmt/format.h>

#include <iostream>

#include "common.h"
#include "nonzero/codesign/network_bits.h"
#include "nonzero/report/bits_text.h"
#include "nonzero/workload/weight_file.h"

namespace nonzero::app {
namespace {

struct State {
  std::string network, group = "auto";
  std::optional<uint64_t> subgraph;
  bool json = false, csv = false;
};

void print_bits(const State& s, const std::string& command) {
  std::optional<uint32_t> group;
  if (s.group != "auto") group = static_cast<uint32_t>(std::stoul(s.group));
  const bool weights = s.network.ends_with(".npy") && !s.subgraph;
  const IntegerNetwork network =
      weights ? read_weight_file(s.network) : read_integer_network(s.network, {s.subgraph});
  warn(network.warnings);
  const std::vector<LayerBits> layers = network_bits(network, group);
  if (s.json) {
    std::cout << bits_json(network.name, layers, command).dump() << "\n";
    return;
  }
  if (s.csv) {
    std::cout << bits_table(layers).csv();
    return;
  }
  fmt::print("Bit columns of {}\n", network.name);
  std::cout << bits_table(layers).text();
  fmt::print(
      "\nG: weights of a group; zero columns: of the 8 of each group, in two's complement and in sign-magnitude;\n"
      "kept: columns stored per group; CR: 8 bit of each weight over the stored bits, index and padding included;\n"
      "clamped: weights of -128, taken as -127\nagain: {}\n",
      command);
}

}  // namespace

void add_bits(CLI::App& app, const std::string& command) {
  const auto s = std::make_shared<State>();
  CLI::App* sub = app.add_subcommand("bits", "zero bit columns of a network's int8 weights, layer by layer");
  sub->add_option("network", s->network,
                  "a .tflite or .onnx file, folder with layers.json, or .npy of one layer")
      ->required();
  sub->add_option("--subgraph", s->subgraph, "of a .tflite with several");
  sub->add_option("--group", s->group,
                  "weights of a group; auto: of 8, 16 and 32 the smallest result, per layer")
      ->check(CLI::IsMember({"4", "8", "16", "32", "auto"}));
  sub->add_flag("--json", s->json, "machine-readable output and nothing else");
  sub->add_flag("--csv", s->csv, "as CSV")->excludes("--json");
  sub->footer(
      "Examples:\n"
      "  nonzero bits NETWORK.tflite\n"
      "  nonzero bits FOLDER --group 8\n"
      "  nonzero bits weights.npy --json");
  sub->callback([s, command] { print_bits(*s, command); });
}

}  // namespace nonzero::app
