#include "nonzero/workload/integer_inference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "nonzero/base/error.h"
#include "nonzero/io/npy.h"
#include "nonzero/workload/image_set.h"
#include "support/data.h"
#include "support/integer_layers.h"
#include "support/integer_networks.h"

namespace nonzero {
namespace {

using test::GraphBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

template <class Body>
std::string refusal(const Body& body) {
  try {
    body();
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing was refused";
}

// x -> 1x1 conv (weight 2) -> + x -> mean over 2 x 2 -> linear (1, -1) -> softmax
//
//   conv: 2 x;  sum: 3 x;  mean of (1, 2, 3, 4): 7.5 -> 8;  linear: 8, -8
IntegerNetwork small_graph() {
  GraphBuilder graph;
  const int x = graph.tensor({1, 2, 2, 1}, 1, 0), twice = graph.tensor({1, 2, 2, 1}, 1, 0),
            sum = graph.tensor({1, 2, 2, 1}, 1, 0), mean = graph.tensor({1, 1}, 1, 0),
            logits = graph.tensor({1, 2}, 1, 0), out = graph.tensor({1, 2}, 1.0F / 256, -128),
            axes = graph.constant(std::vector<int32_t>{1, 2}, {2});
  IntegerLayer conv = test::filled(test::conv_layer(1, 1, 1, 2, 2), [](auto...) { return 2; });
  IntegerLayer linear = test::linear_layer(2, 1, 1);
  linear.weights = {1, -1};
  graph.layer("CONV_2D", x, twice, conv);
  graph.op("ADD", {x, twice}, sum);
  graph.op("MEAN", {sum, axes}, mean);
  graph.layer("FULLY_CONNECTED", mean, logits, linear);
  graph.op("SOFTMAX", {logits}, out);
  return graph.finish(x, out);
}

TEST(IntegerInference, runs_a_graph_up_to_the_logits_before_its_softmax) {
  const IntegerInference inference(small_graph());
  EXPECT_THAT(inference.run(std::vector<int8_t>{1, 2, 3, 4}), ElementsAre(8, -8));
  const auto tensors = inference.trace(std::vector<int8_t>{1, 2, 3, 4});
  EXPECT_THAT(tensors[1], ElementsAre(2, 4, 6, 8));
  EXPECT_THAT(tensors[2], ElementsAre(3, 6, 9, 12));
  EXPECT_THAT(tensors[3], ElementsAre(8));
  EXPECT_THAT(tensors[5], ElementsAre(127, -128));
}

TEST(IntegerInference, takes_other_weights_and_keeps_the_bias) {
  IntegerNetwork network = small_graph();
  network.layers[0].bias = {1};
  IntegerInference inference(network);
  EXPECT_THAT(inference.run(std::vector<int8_t>{1, 2, 3, 4}), ElementsAre(8, -8));  // 8.5 -> 8
  inference.set_weights(0, std::vector<int8_t>{0});
  EXPECT_THAT(inference.run(std::vector<int8_t>{1, 2, 3, 4}), ElementsAre(4, -4));  // 3.5 -> 4
  EXPECT_THROW(inference.set_weights(0, std::vector<int8_t>{0, 0}), InputError);
}

TEST(IntegerInference, holds_uint8_codes_128_less) {
  GraphBuilder graph;
  const int x = graph.tensor({1, 1, 1, 1}, 1, 0, TfliteType::kUint8),
            y = graph.tensor({1, 1, 1, 1}, 2, 128, TfliteType::kUint8);
  graph.layer("CONV_2D", x, y, test::filled(test::conv_layer(1, 1, 1, 1, 1), [](auto...) { return -2; }));
  const IntegerInference inference(graph.finish(x, y));
  EXPECT_EQ(inference.input().quantisation.zero_point, -128);
  EXPECT_THAT(inference.run(std::vector<int8_t>{-123}), ElementsAre(-5));  // pixel 5 -> -10 -> code 128 - 5
}

TEST(IntegerInference, names_an_operator_that_it_does_not_know) {
  GraphBuilder graph;
  const int x = graph.tensor({1, 1, 1, 1}, 1, 0), y = graph.tensor({1, 1, 1, 1}, 1, 0),
            z = graph.tensor({1, 1, 1, 1}, 1, 0);
  graph.layer("CONV_2D", x, y, test::filled(test::conv_layer(1, 1, 1, 1, 1), [](auto...) { return 1; }));
  graph.op("HARD_SWISH", {y}, z);
  const IntegerNetwork network = graph.finish(x, z);
  EXPECT_THAT(refusal([&] { IntegerInference{network}; }), HasSubstr("operator 1 (HARD_SWISH)"));
}

TEST(IntegerInference, refuses_graphs_that_do_not_hang_together) {
  const auto broken = [](const auto& change) {
    IntegerNetwork network = small_graph();
    TfliteModel model = *network.graph;
    change(model);
    network.graph = std::make_shared<const TfliteModel>(model);
    return refusal([&] { IntegerInference{network}; });
  };
  EXPECT_THAT(broken([](auto& m) {
                m.operators[1].inputs = {0, 3};
              }),
              HasSubstr("read before it is computed"));
  EXPECT_THAT(broken([](auto& m) { m.operators[1].outputs = {1}; }), HasSubstr("written twice"));
  EXPECT_THAT(broken([](auto& m) { m.tensors[0].type = TfliteType::kFloat32; }), HasSubstr("int8"));
  EXPECT_THAT(broken([](auto& m) { m.tensors[2].scales[0] = 0; }), HasSubstr("scale 0"));
  EXPECT_THAT(broken([](auto& m) { m.tensors[2].zero_points[0] = 500; }), HasSubstr("zero point"));
  EXPECT_THAT(broken([](auto& m) { m.tensors[2].shape = {1, 9, 9, 1}; }), HasSubstr("operator 1 (ADD)"));
  EXPECT_THAT(broken([](auto& m) { m.tensors[5].shape = {1U << 30U, 2}; }), HasSubstr("elements"));
  EXPECT_THAT(broken([](auto& m) { m.inputs = {0, 1}; }), HasSubstr("input of the network"));
}

TEST(IntegerInference, runs_fully_connected_layers_in_order_where_there_is_no_graph) {
  const IntegerNetwork network = test::linear_chain({6, 5, 3}, 1);
  const IntegerInference inference(network);
  EXPECT_EQ(inference.input().elements, 6U);
  EXPECT_EQ(inference.run(test::drawn_codes(24, 1)).size(), 12U);
  EXPECT_THROW(inference.run(test::drawn_codes(25, 1)), InputError);
}

TEST(IntegerInference, refuses_layers_that_do_not_follow_each_other) {
  IntegerNetwork network = test::linear_chain({6, 5, 3}, 1);
  network.layers[1].input.zero_point = 4;
  EXPECT_THAT(refusal([&] { IntegerInference{network}; }), HasSubstr("zero point 4"));
  network = test::linear_chain({6, 5, 3}, 1);
  std::swap(network.layers[0], network.layers[1]);
  EXPECT_THAT(refusal([&] { IntegerInference{network}; }), HasSubstr("leaves 3"));
  network.layers = {test::conv_layer(1, 1, 3, 4, 4)};
  EXPECT_THAT(refusal([&] { IntegerInference{network}; }), HasSubstr("no graph"));
}

TEST(IntegerInference, gives_the_same_on_any_number_of_threads) {
  const IntegerInference inference(test::linear_chain({40, 30, 10}, 1));
  const std::vector<int8_t> images = test::drawn_codes(40 * 100, 2);
  const std::vector<int8_t> many = inference.run(images);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(inference.run(images), many);
}

// A trial of one layer, and a change that stays, are the same as running everything anew.
RC_GTEST_PROP(CachedInference, is_inference_from_the_start, ()) {
  IntegerNetwork network = test::linear_chain({12, 9, 7, 4}, *rc::gen::inRange<uint64_t>(0, 1000));
  const std::vector<int8_t> images = test::drawn_codes(12 * 5, *rc::gen::inRange<uint64_t>(0, 1000));
  const uint64_t memory = *rc::gen::element<uint64_t>(0, 1U << 20U);
  CachedInference cached(IntegerInference(network), images, memory);
  RC_ASSERT(cached.cached() == (memory > 0));
  for (int change = 0; change < 4; ++change) {
    const auto layer = *rc::gen::inRange<uint64_t>(0, 3);
    IntegerNetwork other = network;
    other.layers[layer] = test::drawn(other.layers[layer], *rc::gen::inRange<uint64_t>(0, 1000));
    RC_ASSERT(cached.logits_with(layer, other.layers[layer].weights) == IntegerInference(other).run(images));
    RC_ASSERT(cached.logits() == IntegerInference(network).run(images));
    cached.set_weights(layer, other.layers[layer].weights);
    network = other;
    RC_ASSERT(cached.logits() == IntegerInference(network).run(images));
  }
}

TEST(CachedInference, reruns_only_what_hangs_on_the_layer) {
  CachedInference cached(IntegerInference(small_graph()), {1, 2, 3, 4});
  const inference::Plan& plan = cached.network().plan();
  const auto all = inference::steps_for(plan, plan.logits);
  EXPECT_THAT(all, ElementsAre(true, true, true, true, false));  // no softmax
  EXPECT_THAT(inference::steps_after(plan, all, 3), ElementsAre(false, false, false, true, false));
  EXPECT_THAT(cached.logits_with(1, std::vector<int8_t>{2, 1}), ElementsAre(16, 8));
}

TEST(Labels, are_the_first_of_the_largest) {
  EXPECT_THAT(labels_of(std::vector<int8_t>{1, 3, 3, -5, -7, -6}, 3), ElementsAre(1, 0));
}

std::vector<int8_t> codes_of(const std::filesystem::path& path) {
  const NpyArray array = read_npy(path);
  std::vector<int8_t> codes;
  for (const int64_t value : to_integers(array, path))
    codes.push_back(static_cast<int8_t>(array.type == "|u1" ? value - 128 : value));
  return codes;
}

struct Recorded {
  const char* network;
  const char* activations;
  double least_equal;
};

// Inputs of every layer, recorded with TensorFlow Lite's own rounding (two roundings, in fixed point): each layer
// alone, fed with the recorded input, must give the recorded output but for a last step here and there.
class RecordedActivations : public testing::TestWithParam<Recorded> {};

TEST_P(RecordedActivations, are_those_of_each_layer_but_for_one_step_of_rounding) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const IntegerInference inference(read_integer_network(data / "tflite" / GetParam().network));
  const std::filesystem::path folder = data / "activations" / GetParam().activations;
  nlohmann::json layers;
  std::ifstream(folder / "layers.json") >> layers;
  std::map<uint64_t, std::vector<int8_t>> recorded;  // act_t<tensor>.npy
  for (const auto& layer : layers["layers"]) {
    const std::string file = layer["input"];
    recorded[std::stoul(file.substr(5))] = codes_of(folder / file);
  }
  uint64_t checked = 0;
  for (const inference::Step& step : inference.plan().steps) {
    if (!step.layer || !recorded.contains(step.inputs[0]) || !recorded.contains(step.output)) continue;
    const auto& kernel = std::get<inference::ConvolutionKernel>(step.kernel);
    const auto &input = recorded[step.inputs[0]], &output = recorded[step.output];
    const uint64_t in = inference.plan().tensors[step.inputs[0]].elements,
                   out = inference.plan().tensors[step.output].elements;
    std::vector<int8_t> ours(out);
    std::vector<int16_t> scratch(kernel.scratch());
    uint64_t equal = 0;
    for (uint64_t image = 0; image * in < input.size(); ++image) {
      kernel.run(input.data() + image * in, ours.data(), scratch.data());
      for (uint64_t i = 0; i < out; ++i) {
        EXPECT_LE(std::abs(ours[i] - output[image * out + i]), 1);
        equal += ours[i] == output[image * out + i];
      }
    }
    EXPECT_GE(static_cast<double>(equal), GetParam().least_equal * static_cast<double>(output.size()))
        << step.output;
    ++checked;
  }
  EXPECT_GE(checked, 4U);
}

INSTANTIATE_TEST_SUITE_P(Shared, RecordedActivations,
                         testing::Values(Recorded{"resnet8_int8.tflite", "resnet8_int8_cifar10x10", 0.999},
                                         Recorded{"person_detect_int8.tflite", "person_detect_int8_x2",
                                                  0.994}));

// MANIFEST: 71 % on the 200 test images with TensorFlow Lite's rounding; the standard error is 3.2 points.
TEST(RealNetworks, resnet8_is_as_accurate_as_recorded) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const IntegerInference inference(read_integer_network(data / "tflite/resnet8_int8.tflite"));
  const ImageSet set = read_image_set(data / "train/cifar10_jpeg_test200.npz");
  EXPECT_EQ(pixel_range_for(inference.input().quantisation), PixelRange::kByte);
  const auto labels =
      labels_of(inference.run(input_codes(set, inference.input().quantisation, 3072, PixelRange::kByte)), 10);
  uint64_t correct = 0;
  for (size_t i = 0; i < labels.size(); ++i) correct += labels[i] == set.labels[i];
  EXPECT_NEAR(static_cast<double>(correct), 142, 4);
}

// MANIFEST: [[-113, 113], [57, -57]].
TEST(RealNetworks, person_detection_tells_its_two_images_apart) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const IntegerInference inference(read_integer_network(data / "tflite/person_detect_int8.tflite"));
  const auto tensors = inference.trace(codes_of(data / "activations/person_detect_int8_x2/act_t88.npy"));
  EXPECT_THAT(tensors[inference.plan().output],
              ElementsAre(testing::Ge(-116), testing::Le(116), testing::Ge(52), testing::Le(-52)));
}

// MANIFEST: 98.0 % on the first 256 digits.
TEST(RealNetworks, lenet_reads_digits_from_its_folder) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const IntegerInference inference(read_integer_network(data / "int8/lenet_300_100_int8"));
  const ImageSet set = read_image_set(data / "train/mnist_t10k-images-idx3-ubyte.gz",
                                      data / "train/mnist_t10k-labels-idx1-ubyte.gz", {0, 256});
  EXPECT_EQ(pixel_range_for(inference.input().quantisation), PixelRange::kUnit);
  const auto codes = input_codes(set, inference.input().quantisation, 784, PixelRange::kUnit);
  const auto labels = labels_of(inference.run(codes), 10);
  uint64_t correct = 0;
  for (size_t i = 0; i < labels.size(); ++i) correct += labels[i] == set.labels[i];
  EXPECT_NEAR(static_cast<double>(correct), 251, 1);
}

}  // namespace
}  // namespace nonzero
