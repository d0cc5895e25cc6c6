#include <gtest/gtest.h>

#include "nonzero/study/run.h"
#include "nonzero/workload/integer_network.h"
#include "support/data.h"
#include "support/integer_layers.h"
#include "support/machines.h"

namespace nonzero::test {
namespace {

std::vector<Operation> layers_of(const std::filesystem::path& model) {
  const IntegerNetwork network = read_integer_network(model.string());
  std::vector<Operation> operations;
  operations.reserve(network.layers.size());
  for (IntegerLayer layer : network.layers) {
    layer.network = network.name;
    operations.push_back(operation_of(std::move(layer)));
  }
  return operations;
}

// Convolutions with strides and padding by a zero point, depthwise layers, an LSTM's matrices: every product is
// judged by the plain convolution.
TEST(BitNetworks, products_of_real_networks_are_exact_on_every_machine) {
  NONZERO_NEEDS_SHARED_DATA(data);
  for (const char* model : {"tflite/resnet8_int8.tflite", "tflite/person_detect_int8.tflite",
                            "tflite/micro_speech_lstm.tflite", "int8/dtln_lstm_int8"}) {
    const std::vector<Operation> layers = layers_of(data / model);
    for (const char* design : {"bitwave", "stripes", "pragmatic", "bitlet", "dense-int8", "huaa-like"}) {
      StudyOptions options;
      options.output = OutputMode::kCheck;
      const RunResult run = run_study(*machine(design), layers, options);
      for (const Result& result : run.results)
        EXPECT_TRUE(result.output.checked) << model << ": " << design << " on " << result.operation;
    }
  }
}

TEST(BitNetworks, layers_of_a_network_hand_their_outputs_on) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const std::vector<Operation> layers = layers_of(data / "tflite/person_detect_int8.tflite");
  const RunResult run = run_study(*machine("bitwave"), layers, {});
  uint64_t from_dram = 0;
  for (const Result& result : run.results) from_dram += result.traffic_bytes.at("dram").read.get("b") > 0;
  EXPECT_GT(from_dram, 0U);
  EXPECT_LT(from_dram, layers.size() / 2);
}

}  // namespace
}  // namespace nonzero::test
