#include "nonzero/workload/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/workload/image_set.h"
#include "nonzero/workload/integer_inference.h"
#include "support/data.h"
#include "support/integer_layers.h"
#include "support/integer_networks.h"

namespace nonzero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// y = relu(2 x + 1), in float; the weight is held as 127 of scale 2/127.
IntegerNetwork float_line() {
  test::GraphBuilder graph;
  const int x = graph.tensor({1, 1, 1, 1}, 1, 0, TfliteType::kFloat32),
            y = graph.tensor({1, 1, 1, 1}, 1, 0, TfliteType::kFloat32),
            out = graph.tensor({1, 1}, 1, 0, TfliteType::kFloat32),
            one = graph.constant(std::vector<float>{1}, {1});
  IntegerLayer line = test::filled(test::conv_layer(1, 1, 1, 1, 1), [](auto...) { return 127; });
  line.scales = {2.0 / 127};
  TfliteOptions options;
  options.activation = 1;
  graph.layer("CONV_2D", x, y, line, options, one);
  graph.op("RESHAPE", {y}, out);
  return graph.finish(x, out);
}

TEST(Calibration, gives_each_tensor_the_codes_of_what_it_held) {
  const IntegerNetwork network = float_line();
  EXPECT_TRUE(wants_calibration(network));
  EXPECT_THROW(IntegerInference{network}, InputError);
  const IntegerNetwork made = calibrated_network(network, std::vector<float>{-1, 0, 3});
  EXPECT_FALSE(wants_calibration(made));
  const IntegerInference inference(made);
  EXPECT_NEAR(inference.input().quantisation.scale, 4.0 / 255, 1e-8);   // -1 … 3
  EXPECT_NEAR(inference.output().quantisation.scale, 7.0 / 255, 1e-8);  // 0 … 7
  EXPECT_THAT(made.layers[0].bias, ElementsAre(4048));                  // 1 / (2/127 * 4/255) = 4048.1
  EXPECT_THAT(inference.run(std::vector<int8_t>{-128, 127}), ElementsAre(-128, 127));
}

TEST(Calibration, refuses_no_inputs_and_what_cannot_run) {
  const IntegerNetwork network = float_line();
  EXPECT_THROW(calibrated_network(network, {}), InputError);
  const float infinite = std::numeric_limits<float>::infinity();
  EXPECT_THROW(calibrated_network(network, std::vector<float>{infinite}), InputError);
  IntegerNetwork other = network;
  TfliteModel model = *network.graph;
  model.operators[1].name = "SQRT";
  other.graph = std::make_shared<const TfliteModel>(model);
  try {
    calibrated_network(other, std::vector<float>{1});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("operator 1 (SQRT)"));
  }
}

// MANIFEST: the float network has 75 % on 300 of these test images, the int8 one 71 % on 200.
TEST(Calibration, of_float_resnet8_keeps_its_accuracy) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const ImageSet search = read_image_set(data / "train/cifar10_jpeg_train600.npz", "", {0, 10});
  const IntegerNetwork network =
      calibrated_network(read_integer_network(data / "tflite/resnet8_float.tflite"),
                         real_inputs(search, 3072, PixelRange::kByte, 10));
  const IntegerInference inference(network);
  const ImageSet test = read_image_set(data / "train/cifar10_jpeg_test200.npz");
  const auto labels = labels_of(
      inference.run(input_codes(test, inference.input().quantisation, 3072, PixelRange::kByte)), 10);
  uint64_t correct = 0;
  for (size_t i = 0; i < labels.size(); ++i) correct += labels[i] == test.labels[i];
  EXPECT_NEAR(static_cast<double>(correct), 146, 8);
}

}  // namespace
}  // namespace nonzero
