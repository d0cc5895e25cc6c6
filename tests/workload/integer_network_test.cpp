#include "nonzero/workload/integer_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/workload/spec.h"
#include "support/data.h"
#include "support/onnx_file.h"
#include "support/tflite_file.h"

namespace nonzero {
namespace {

namespace fs = std::filesystem;
using test::one_convolution;
using test::raw_bytes;
using test::TfliteFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Network : public ::testing::Test {
 protected:
  fs::path folder = fs::temp_directory_path() / ("nonzero-network-" + std::to_string(getpid()));
  void SetUp() override {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder / name).string(); }
  [[nodiscard]] IntegerNetwork read(const std::string& name, const std::string& bytes) const {
    write_atomically(path(name), bytes);
    return read_integer_network(path(name));
  }
  [[nodiscard]] IntegerNetwork read(const TfliteFile& file) const { return read("net.tflite", file.build()); }
  [[nodiscard]] IntegerNetwork read(const test::Proto& graph) const {
    return read("net.onnx", test::onnx_model(graph));
  }
  template <class File>
  [[nodiscard]] std::string refused(const File& file) const {
    try {
      (void)read(file);
    } catch (const InputError& error) {
      return error.what();
    }
    ADD_FAILURE() << "nothing was refused";
    return "";
  }
};

// A fully connected layer: weights [K, C] on an input of any shape.
TfliteFile fully_connected(const std::vector<int32_t>& input, int32_t k, int32_t c, int8_t type,
                           const std::string& weights) {
  TfliteFile file;
  file.tensors = {{"in", input, type == 0 ? int8_t{0} : type},
                  {"weights", {k, c}, type, weights},
                  {"out", {1, k}, type == 0 ? int8_t{0} : type}};
  file.operators = {{9, {0, 1}, {2}, 8, {}, {{0, 0}}, ""}};
  file.outputs = {2};
  return file;
}

// --- TensorFlow Lite

//   OHWI of filter 0: (y,x) x (c)         [K, C, FY, FX]: c = 0: 0 2   c = 1: 1 3
//     (0,0): 0 1  (0,1): 2 3                                     4 6          5 7
//     (1,0): 4 5  (1,1): 6 7
TEST_F(Network, convolution_weights_are_reordered_channels_first) {
  const IntegerNetwork net = read(one_convolution());
  ASSERT_EQ(net.layers.size(), 1U);
  const IntegerLayer& layer = net.layers[0];
  EXPECT_EQ(std::vector<int8_t>(layer.weights.begin(), layer.weights.begin() + 8),
            (std::vector<int8_t>{0, 2, 4, 6, 1, 3, 5, 7}));
  EXPECT_THAT(layer.scales, ElementsAre(0.5, 0.25, 0.125));
  EXPECT_EQ(layer.shape.k, 3U);
  EXPECT_EQ(layer.shape.c, 2U);
  EXPECT_EQ(layer.shape.fy, 2U);
  EXPECT_EQ(layer.name, "00_conv_2d");
  EXPECT_EQ(layer.network, "net");
  EXPECT_THAT(layer.source, HasSubstr("net.tflite, tensor 'weights'"));
  EXPECT_THAT(net.warnings, IsEmpty());
  EXPECT_NE(net.graph, nullptr);
  EXPECT_THAT(net.operators, ElementsAre(0U));
}

// TensorFlow puts the odd one of the missing rows after the last: 4 rows, 2 taps, stride 1, 4 outputs miss
// one; 5 rows, 3 taps, stride 2, 3 outputs miss two.
TEST_F(Network, same_padding_puts_the_smaller_half_before) {
  EXPECT_EQ(read(one_convolution()).layers[0].shape.pad_top, 0U);
  TfliteFile file = one_convolution();
  file.tensors[0].shape = {1, 5, 4, 2};
  file.tensors[1].shape = {3, 3, 1, 2};
  file.tensors[1].data.resize(18);
  file.tensors[2].shape = {1, 3, 2, 3};
  file.operators = {test::tflite_conv(true, 2, 1)};
  const IntegerLayer layer = read(file).layers[0];
  EXPECT_EQ(layer.shape.pad_top, 1U);
  EXPECT_EQ(layer.shape.pad_left, 0U);
  EXPECT_EQ(layer.shape.oy, 3U);
  EXPECT_EQ(layer.shape.stride_x, 2U);
  EXPECT_EQ(layer.activation, "relu");
}

TEST_F(Network, an_output_that_does_not_follow_from_the_padding_is_refused) {
  TfliteFile file = one_convolution();
  file.tensors[2].shape = {1, 4, 3, 3};
  EXPECT_THAT(refused(file),
              HasSubstr("operator 0 CONV_2D: 3 outputs of 4 inputs, 2 taps and stride 1; allowed: 4, "
                        "by padding SAME"));
  file.operators = {test::tflite_conv(false, 1)};
  EXPECT_THAT(refused(file), HasSubstr("allowed: 3, by padding VALID"));
}

// 1HWC, two taps, three channels:  tap 0: 0 1 2   tap 1: 3 4 5
TEST_F(Network, depthwise_weights_are_one_channel_each) {
  TfliteFile file = one_convolution();
  file.tensors[0].shape = {1, 4, 4, 3};
  file.tensors[1] = {"weights", {1, 1, 2, 3}, 9, raw_bytes<int8_t>({0, 1, 2, 3, 4, 5}),
                     {1, 2, 3}, {0, 0, 0},    3};
  file.operators[0] = {4, {0, 1}, {2}, 2, {{1, 1}, {2, 1}, {3, 1}}, {{0, 0}}, ""};
  const IntegerLayer layer = read(file).layers[0];
  EXPECT_EQ(layer.shape.kind, LayerKind::kDepthwise);
  EXPECT_EQ(layer.weights, (std::vector<int8_t>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(layer.shape.k, 3U);
  EXPECT_EQ(layer.shape.c, 1U);
  EXPECT_EQ(layer.shape.multiplier, 1U);
  file.tensors[0].shape = {1, 4, 4, 1};
  EXPECT_EQ(read(file).layers[0].shape.multiplier, 3U);
  file.tensors[1].dimension = 0;
  file.tensors[1].shape = {3, 1, 2, 1};
  EXPECT_THAT(refused(file), HasSubstr("allowed: [1, FY, FX, K], K a multiple of C"));
}

TEST_F(Network, minus_128_becomes_minus_127_and_is_counted) {
  const IntegerNetwork net = read(fully_connected({1, 2}, 2, 2, 9, raw_bytes<int8_t>({-128, 5, -128, -127})));
  EXPECT_EQ(net.layers[0].weights, (std::vector<int8_t>{-127, 5, -127, -127}));
  EXPECT_EQ(net.layers[0].clamped, 2U);
  ASSERT_EQ(net.warnings.size(), 1U);
  EXPECT_THAT(net.warnings[0], HasSubstr("2 weights of -128 in 1 layers taken as -127"));
}

// Codes less their zero point: 2 -1 | 4 0; the largest of each channel becomes 127.
TEST_F(Network, weights_with_a_zero_point_are_quantised_again_with_a_warning) {
  TfliteFile file = fully_connected({1, 2}, 2, 2, 3, raw_bytes<uint8_t>({102, 99, 104, 100}));
  file.tensors[1].zero_points = {100};
  file.tensors.push_back({"bias", {2}, 2, raw_bytes<int32_t>({10, -10}), {0.25F}});
  file.operators[0].inputs = {0, 1, 3};
  const IntegerNetwork net = read(file);
  const IntegerLayer& layer = net.layers[0];
  EXPECT_EQ(layer.weights, (std::vector<int8_t>{127, -64, 127, 0}));
  ASSERT_EQ(layer.scales.size(), 2U);
  EXPECT_DOUBLE_EQ(layer.scales[0], 0.5 * 2 / 127);
  EXPECT_DOUBLE_EQ(layer.scales[1], 0.5 * 4 / 127);
  // The real bias, 10 * 0.5 * the input's scale, in units of the new scales.
  EXPECT_THAT(layer.bias, ElementsAre(635, -318));
  file.tensors.back().scales = {-0.25F};
  EXPECT_THAT(refused(file), HasSubstr("scale -0.25 of bias 'bias'; allowed: finite and above 0"));
  ASSERT_EQ(net.warnings.size(), 1U);
  EXPECT_THAT(net.warnings[0], HasSubstr("4 weights of 1 layers have a zero point"));
}

TEST_F(Network, uint8_activations_are_int8_codes_128_less) {
  TfliteFile file = fully_connected({1, 2}, 2, 2, 3, std::string(4, '\x80'));
  file.tensors[1].zero_points = {128};
  file.tensors[0].zero_points = {128};
  file.tensors[2].zero_points = {3};
  const IntegerLayer layer = read(file).layers[0];
  EXPECT_EQ(layer.input.zero_point, 0);
  EXPECT_EQ(layer.output.zero_point, -125);
  EXPECT_EQ(layer.input.scale, 0.5);
}

TEST_F(Network, float_weights_are_quantised_per_output_channel) {
  TfliteFile file =
      fully_connected({1, 4}, 2, 4, 0, raw_bytes<float>({0.5F, -1, 0.25F, 0, -2, 1, 0.0078F, 0.008F}));
  file.tensors[1].scales = {};
  const IntegerNetwork net = read(file);
  EXPECT_EQ(net.layers[0].weights, (std::vector<int8_t>{64, -127, 32, 0, -127, 64, 0, 1}));
  EXPECT_THAT(net.layers[0].scales, ElementsAre(1.0 / 127, 2.0 / 127));
  ASSERT_EQ(net.warnings.size(), 1U);
  EXPECT_THAT(net.warnings[0], HasSubstr("8 float weights of 1 layers quantised per output channel"));
}

TEST_F(Network, nan_and_infinity_among_float_weights_are_refused) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    TfliteFile file = fully_connected({1, 2}, 1, 2, 0, raw_bytes<float>({1, value}));
    EXPECT_THAT(refused(file), HasSubstr("net.tflite"));
  }
}

TEST_F(Network, codes_without_a_scale_and_activations_of_16_bits_are_refused) {
  TfliteFile file = fully_connected({1, 2}, 1, 2, 9, "ab");
  file.tensors[1].scales = {};
  EXPECT_THAT(refused(file),
              HasSubstr("layer '00_fully_connected': 0 scales; allowed: 1, or 1 for its channels"));
  file = fully_connected({1, 2}, 1, 2, 9, "ab");
  file.tensors[0].type = 7;
  EXPECT_THAT(refused(file), HasSubstr("activation 'in' of 16 bits; allowed: int8, uint8, float32"));
}

TEST_F(Network, positions_of_a_linear_layer_are_tokens) {
  const IntegerLayer layer = read(fully_connected({1, 7, 3, 2}, 2, 2, 9, "abcd")).layers[0];
  EXPECT_EQ(layer.shape.kind, LayerKind::kLinear);
  EXPECT_EQ(layer.shape.w, 21U);
  EXPECT_EQ(layer.shape.ox, 21U);
  EXPECT_THAT(refused(fully_connected({1, 5}, 2, 2, 9, "abcd")),
              HasSubstr("operator 0 FULLY_CONNECTED: an input [1, 5] of vectors of 2; allowed: a multiple"));
}

TEST_F(Network, the_gates_of_an_lstm_are_linear_layers_over_its_steps) {
  TfliteFile file;
  file.tensors = {{"in", {1, 5, 3}}, {"out", {1, 5, 2}}};
  TfliteFile::Operator lstm = {44, {0}, {1}, 0, {}, {}, ""};
  for (int gate = 0; gate < 8; ++gate) {
    const int32_t c = gate < 4 ? 3 : 2;
    file.tensors.push_back({"gate", {2, c}, 9, std::string(static_cast<size_t>(2 * c), 'x')});
    lstm.inputs.push_back(2 + gate);
  }
  lstm.inputs[1] = -1;  // coupled input and forget gate
  file.operators = {lstm};
  const IntegerNetwork net = read(file);
  ASSERT_EQ(net.layers.size(), 7U);
  EXPECT_EQ(net.layers[0].name, "00_unidirectional_sequence_lstm_in2");
  for (const IntegerLayer& layer : net.layers) EXPECT_EQ(layer.shape.ox, 5U);
  EXPECT_EQ(net.layers[2].shape.c, 3U);
  EXPECT_EQ(net.layers[3].shape.c, 2U);
  EXPECT_THAT(net.operators, ElementsAre(0U, 0U, 0U, 0U, 0U, 0U, 0U));
}

// x [2, 3] * W [3, 2]: W's columns are the channels out.
TEST_F(Network, the_constant_of_a_matrix_product_is_a_linear_layer) {
  TfliteFile file = fully_connected({2, 3}, 3, 2, 9, raw_bytes<int8_t>({1, 2, 3, 4, 5, 6}));
  file.operators[0] = {126, {0, 1}, {2}, 101, {}, {{0, 0}, {1, 0}}, ""};
  IntegerLayer layer = read(file).layers[0];
  EXPECT_EQ(layer.weights, (std::vector<int8_t>{1, 3, 5, 2, 4, 6}));
  EXPECT_EQ(layer.shape.k, 2U);
  EXPECT_EQ(layer.shape.ox, 2U);
  file.tensors[1].shape = {2, 3};
  file.operators[0].bytes[1].second = 1;  // adjoint
  layer = read(file).layers[0];
  EXPECT_EQ(layer.weights, (std::vector<int8_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(layer.shape.c, 3U);
}

TEST_F(Network, weights_dequantised_within_the_graph_are_read_as_stored) {
  TfliteFile file = fully_connected({1, 2}, 2, 2, 0, "");
  file.tensors[1].scales = {};
  file.tensors.push_back({"stored", {2, 2}, 9, "abcd", {0.5F}});
  file.operators.insert(file.operators.begin(), {6, {3}, {1}, 0, {}, {}, ""});
  const IntegerNetwork net = read(file);
  EXPECT_EQ(net.layers[0].weights, (std::vector<int8_t>{'a', 'b', 'c', 'd'}));
  EXPECT_THAT(net.operators, ElementsAre(1U));
}

TEST_F(Network, operators_that_nobody_knows_are_refused_by_name_and_index) {
  TfliteFile file = one_convolution();
  file.operators.push_back({32, {2}, {2}, 0, {}, {}, "Detect"});
  EXPECT_THAT(refused(file), HasSubstr("operator 1 CUSTOM Detect: nonzero does not know it"));
  file.operators[1] = {300, {2}, {2}, 0, {}, {}, ""};
  EXPECT_THAT(refused(file), HasSubstr("operator 1 #300: nonzero does not know it"));
}

TEST_F(Network, a_graph_without_weights_is_refused) {
  TfliteFile file = one_convolution();
  file.operators[0] = {19, {0}, {2}, 0, {}, {}, ""};
  EXPECT_THAT(refused(file), HasSubstr("no layer with weights"));
}

// --- ONNX

using test::onnx_int;
using test::onnx_ints;
using test::onnx_node;
using test::onnx_tensor;
using test::onnx_value;
using test::Proto;

constexpr int kFloat = 1, kUint8 = 2, kInt8 = 3, kInt32 = 6, kInt64 = 7;

std::string reals(const std::vector<float>& values) { return raw_bytes(values); }

Proto scalar(const std::string& name, float value) { return onnx_tensor(name, kFloat, {}, reals({value})); }

TEST_F(Network, a_float_onnx_network_is_followed_from_layer_to_layer) {
  const Proto conv = onnx_node("Conv", {"x", "w"}, {"a"})
                         .message(5, onnx_ints("strides", {2, 2}))
                         .message(5, onnx_ints("pads", {1, 0, 1, 1}));
  const Proto pool = onnx_node("MaxPool", {"b"}, {"c"}).message(5, onnx_ints("kernel_shape", {2, 2}));
  const Proto gemm = onnx_node("Gemm", {"d", "v"}, {"y"}).message(5, onnx_int("transB", 1));
  const Proto graph =
      Proto()
          .message(1, conv)
          .message(1, onnx_node("Relu", {"a"}, {"b"}))
          .message(1, pool)
          .message(1, onnx_node("Flatten", {"c"}, {"d"}))
          .message(1, gemm)
          .message(5, onnx_tensor("w", kFloat, {1, 2, 3, 2}, reals(std::vector<float>(12, 0.5F))))
          .message(5, onnx_tensor("v", kFloat, {3, 6}, reals(std::vector<float>(18, 2))))
          .message(11, onnx_value("x", {0, 2, 6, 7}));
  const IntegerNetwork net = read(graph);
  ASSERT_EQ(net.layers.size(), 2U);
  // (6 + 1 + 1 - 3) / 2 + 1 = 3 rows, (7 + 0 + 1 - 2) / 2 + 1 = 4 columns
  const IntegerLayerShape& s = net.layers[0].shape;
  EXPECT_EQ(s.oy, 3U);
  EXPECT_EQ(s.ox, 4U);
  EXPECT_EQ(s.pad_top, 1U);
  EXPECT_EQ(s.pad_left, 0U);
  EXPECT_EQ(s.h, 6U);
  EXPECT_EQ(net.layers[0].activation, "relu");
  EXPECT_EQ(net.layers[0].name, "00_conv");
  EXPECT_EQ(net.layers[1].shape.c, 6U);
  EXPECT_EQ(net.layers[1].shape.ox, 1U);
  EXPECT_EQ(net.graph, nullptr);
  EXPECT_THAT(net.operators, IsEmpty());
}

Proto qdq_graph(int64_t axis) {
  const Proto x = onnx_node("DequantizeLinear", {"x", "sx", "zx"}, {"rx"});
  const Proto w = onnx_node("DequantizeLinear", {"w", "sw", "zw"}, {"rw"})
                      .message(5, onnx_int("axis", static_cast<uint64_t>(axis)));
  const Proto b = onnx_node("DequantizeLinear", {"b", "sb"}, {"rb"});
  return Proto()
      .message(1, x)
      .message(1, w)
      .message(1, b)
      .message(1, onnx_node("Conv", {"rx", "rw", "rb"}, {"a"}))
      .message(1, onnx_node("QuantizeLinear", {"a", "sy", "zy"}, {"y"}))
      .message(5, onnx_tensor("w", kInt8, {2, 1, 1, 2}, raw_bytes<int8_t>({1, -2, 3, -4})))
      .message(5, onnx_tensor("sw", kFloat, {2}, reals({0.5F, 0.25F})))
      .message(5, onnx_tensor("zw", kInt8, {2}, std::string(2, '\0')))
      .message(5, onnx_tensor("b", kInt32, {2}, raw_bytes<int32_t>({7, 8})))
      .message(5, scalar("sb", 1))
      .message(5, scalar("sx", 0.125F))
      .message(5, onnx_tensor("zx", kUint8, {}, "\x80"))
      .message(5, scalar("sy", 2))
      .message(5, onnx_tensor("zy", kInt8, {}, "\x05"))
      .message(11, onnx_value("x", {1, 1, 4, 4}));
}

TEST_F(Network, int8_weights_behind_a_dequantize_linear_keep_their_codes_and_scales) {
  const IntegerLayer layer = read(qdq_graph(0)).layers.at(0);
  EXPECT_EQ(layer.weights, (std::vector<int8_t>{1, -2, 3, -4}));
  EXPECT_THAT(layer.scales, ElementsAre(0.5, 0.25));
  EXPECT_THAT(layer.bias, ElementsAre(7, 8));
  EXPECT_EQ(layer.input.scale, 0.125);
  EXPECT_EQ(layer.input.zero_point, 0);  // uint8 128
  EXPECT_EQ(layer.output.scale, 2);
  EXPECT_EQ(layer.output.zero_point, 5);
  EXPECT_THAT(refused(qdq_graph(1)),
              HasSubstr("scales along axis 1 of its weights; allowed: 0, the channels out"));
}

TEST_F(Network, a_qlinear_conv_says_all_its_scales_itself) {
  const Proto graph =
      Proto()
          .message(1, onnx_node("QLinearConv", {"x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"}, {"y"})
                          .message(5, onnx_int("group", 2)))
          .message(5, onnx_tensor("w", kInt8, {4, 1, 1, 1}, raw_bytes<int8_t>({1, -128, 3, 4})))
          .message(5, scalar("sw", 0.5F))
          .message(5, onnx_tensor("zw", kInt8, {}, std::string(1, '\0')))
          .message(5, scalar("sx", 0.25F))
          .message(5, onnx_tensor("zx", kInt8, {}, "\x03"))
          .message(5, scalar("sy", 2))
          .message(5, onnx_tensor("zy", kInt8, {}, "\x04"))
          .message(5, onnx_tensor("b", kInt32, {4}, raw_bytes<int32_t>({1, 2, 3, 4})))
          .message(11, onnx_value("x", {3, 2, 5, 5}));
  const IntegerLayer layer = read(graph).layers.at(0);
  EXPECT_EQ(layer.shape.kind, LayerKind::kDepthwise);
  EXPECT_EQ(layer.shape.multiplier, 2U);
  EXPECT_EQ(layer.clamped, 1U);
  EXPECT_EQ(layer.repeat, 3U);
  EXPECT_EQ(layer.input.zero_point, 3);
  EXPECT_EQ(layer.output.zero_point, 4);
  EXPECT_THAT(layer.bias, ElementsAre(1, 2, 3, 4));
}

// x [.., 3] * W [3, 2]: columns are the channels out.
TEST_F(Network, a_matmul_has_as_many_tokens_as_its_input_has_vectors) {
  const auto graph = [](bool shape) {
    Proto g = Proto()
                  .message(1, onnx_node("MatMulInteger", {"x", "w"}, {"y"}))
                  .message(5, onnx_tensor("w", kInt8, {3, 2}, raw_bytes<int8_t>({1, 2, 3, 4, 5, 6})));
    if (shape) g.message(11, onnx_value("x", {0, 5, 3}));
    return g;
  };
  const IntegerNetwork net = read(graph(true));
  EXPECT_EQ(net.layers.at(0).weights, (std::vector<int8_t>{1, 3, 5, 2, 4, 6}));
  EXPECT_EQ(net.layers[0].shape.ox, 5U);
  EXPECT_THAT(net.warnings.at(0), HasSubstr("weights without a scale: taken as 1"));
  const IntegerNetwork blind = read(graph(false));
  EXPECT_EQ(blind.layers.at(0).shape.ox, 1U);
  EXPECT_THAT(blind.warnings.at(1), HasSubstr("the shape of its input 'x' cannot be followed: one token"));
}

TEST_F(Network, a_convolution_whose_input_cannot_be_followed_is_refused_by_name) {
  const Proto graph = Proto()
                          .message(1, onnx_node("Resize", {"x"}, {"a"}))
                          .message(1, onnx_node("Conv", {"a", "w"}, {"y"}))
                          .message(5, onnx_tensor("w", kFloat, {1, 1, 1, 1}, reals({1})))
                          .message(11, onnx_value("x", {1, 1, 4, 4}));
  EXPECT_THAT(refused(graph),
              HasSubstr("node 1 Conv 'the Conv': the shape of its input 'a' cannot be followed"));
  Proto stated = graph;
  stated.message(13, onnx_value("a", {1, 1, 8, 8}));
  EXPECT_EQ(read(stated).layers.at(0).shape.oy, 8U);
}

TEST_F(Network, other_groups_and_computed_weights_are_refused) {
  const auto graph = [](uint64_t group, const std::string& weights) {
    return Proto()
        .message(1, onnx_node("Conv", {"x", weights}, {"y"}).message(5, onnx_int("group", group)))
        .message(5, onnx_tensor("w", kFloat, {4, 2, 1, 1}, reals(std::vector<float>(8, 1))))
        .message(11, onnx_value("x", {1, 4, 4, 4}));
  };
  EXPECT_THAT(refused(graph(2, "w")), HasSubstr("2 groups of weights [4, 2, 1, 1] over 4 channels"));
  EXPECT_THAT(refused(graph(1, "v")), HasSubstr("weights that are computed"));
}

TEST_F(Network, shapes_pass_reshape_transpose_concat_reduce_and_broadcasts) {
  const Proto graph =
      Proto()
          .message(1, onnx_node("Transpose", {"x"}, {"a"}).message(5, onnx_ints("perm", {0, 2, 1})))  // 1 4 6
          .message(1, onnx_node("Concat", {"a", "a"}, {"b"}).message(5, onnx_int("axis", 1)))         // 1 8 6
          .message(1, onnx_node("Add", {"b", "one"}, {"c"}))
          .message(1, onnx_node("Reshape", {"c", "to"}, {"d"}))      // 1 4 12
          .message(1, onnx_node("Unsqueeze", {"d", "zero"}, {"e"}))  // 1 1 4 12
          .message(1, onnx_node("ReduceMean", {"e"}, {"f"})
                          .message(5, onnx_ints("axes", {2}))
                          .message(5, onnx_int("keepdims", 0)))  // 1 1 12
          .message(1, onnx_node("MatMul", {"e", "w"}, {"g"}))
          .message(1, onnx_node("MatMul", {"f", "w"}, {"h"}))
          .message(5, onnx_tensor("one", kFloat, {1}, reals({1})))
          .message(5, onnx_tensor("to", kInt64, {3}, raw_bytes<int64_t>({0, 4, -1})))
          .message(5, onnx_tensor("zero", kInt64, {1}, raw_bytes<int64_t>({0})))
          .message(5, onnx_tensor("w", kFloat, {12, 2}, reals(std::vector<float>(24, 1))))
          .message(11, onnx_value("x", {1, 6, 4}));
  const IntegerNetwork net = read(graph);
  ASSERT_EQ(net.layers.size(), 2U);
  EXPECT_EQ(net.layers[0].shape.ox, 4U);
  EXPECT_EQ(net.layers[1].shape.ox, 1U);
}

// --- files and folders

TEST_F(Network, a_network_written_as_a_folder_reads_back_the_same) {
  TfliteFile file = one_convolution();
  file.tensors[0].shape = {1, 5, 4, 2};
  file.tensors[1].shape = {3, 3, 1, 2};
  file.tensors[1].data.resize(18);
  file.tensors[2].shape = {1, 3, 2, 3};
  file.operators = {test::tflite_conv(true, 2, 1)};
  const IntegerNetwork net = read(file);
  write_integer_network(path("written"), net);
  const IntegerNetwork back = read_integer_network(path("written"));
  ASSERT_EQ(back.layers.size(), 1U);
  EXPECT_EQ(back.name, "net");
  EXPECT_EQ(back.layers[0].shape, net.layers[0].shape);
  EXPECT_EQ(back.layers[0].weights, net.layers[0].weights);
  EXPECT_EQ(back.layers[0].scales, net.layers[0].scales);
  EXPECT_EQ(back.layers[0].activation, "relu");
  EXPECT_EQ(back.layers[0].input.scale, net.layers[0].input.scale);
}

TEST_F(Network, other_files_are_refused) {
  EXPECT_THROW((void)read("net.pb", "x"), InputError);
  EXPECT_THROW((void)read_integer_network(path("absent.tflite")), InputError);
  EXPECT_THROW((void)read_integer_network(folder.string()), InputError);
}

TEST_F(Network, as_a_workload_every_layer_is_an_operation) {
  WorkloadOptions options;
  write_atomically(path("net.tflite"), one_convolution().build());
  options.word = "model:" + path("net.tflite");
  const Workload workload = make_workload(options);
  ASSERT_EQ(workload.operations.size(), 1U);
  const Operation& op = workload.operations[0];
  EXPECT_EQ(op.kind, "conv2d");
  EXPECT_EQ(op.name, "00_conv_2d");
  EXPECT_EQ(op.network, "net");
  ASSERT_NE(op.convolution(), nullptr);
  EXPECT_EQ(op.convolution()->layer->shape.k, 3U);
  options = {};
  options.subgraph = 1;
  options.gemm = "4x4x4";
  EXPECT_THROW((void)make_workload(options), InputError);
  options = {};
  options.model = path("net.tflite");
  options.density_a = 0.5;
  EXPECT_THROW((void)make_workload(options), InputError);
}

// --- real networks

TEST(NetworkSharedData, a_tflite_file_and_the_folder_of_its_weights_are_the_same_layers) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  for (const std::string name :
       {"ad01_autoencoder_int8", "kws_dscnn_int8", "mobilenet_v1_0.25_128_uint8",
        "mobilenet_v2_1.0_224_uint8", "person_detect_int8", "resnet8_int8", "vww96_int8"}) {
    SCOPED_TRACE(name);
    const IntegerNetwork file = read_integer_network((folder / "tflite" / (name + ".tflite")).string());
    const IntegerNetwork arrays = read_integer_network((folder / "int8" / name).string());
    ASSERT_EQ(file.layers.size(), arrays.layers.size());
    for (size_t i = 0; i < file.layers.size(); ++i) {
      const IntegerLayer &a = file.layers[i], &b = arrays.layers[i];
      EXPECT_EQ(a.name, b.name);
      EXPECT_EQ(a.shape, b.shape) << a.name;
      EXPECT_EQ(a.weights, b.weights) << a.name;
      EXPECT_EQ(a.bias, b.bias) << a.name;
      EXPECT_EQ(a.activation, b.activation) << a.name;
      EXPECT_EQ(a.input.zero_point, b.input.zero_point) << a.name;
      ASSERT_EQ(a.scales.size(), b.scales.size()) << a.name;
      for (size_t k = 0; k < a.scales.size(); ++k) EXPECT_NEAR(a.scales[k], b.scales[k], 1e-6 * a.scales[k]);
    }
  }
}

TEST(NetworkSharedData, scales_of_a_quantised_network_stand_for_each_channel_out) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const IntegerNetwork net = read_integer_network((folder / "tflite" / "kws_dscnn_int8.tflite").string());
  for (const IntegerLayer& layer : net.layers) {
    if (layer.shape.kind == LayerKind::kLinear) continue;  // one scale for the tensor
    EXPECT_EQ(layer.scales.size(), layer.shape.k) << layer.name;
  }
}

TEST(NetworkSharedData, int8_weights_times_their_scale_are_the_float_weights_within_half_a_step) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const TfliteModel reals = read_tflite((folder / "tflite" / "resnet8_float.tflite").string());
  const TfliteModel codes = read_tflite((folder / "tflite" / "resnet8_int8.tflite").string());
  size_t compared = 0;
  for (size_t i = 0; i < codes.operators.size(); ++i) {
    const TfliteOperator& op = codes.operators[i];
    if (op.name != "CONV_2D" && op.name != "FULLY_CONNECTED") continue;
    const TfliteTensor& coded = codes.tensors[static_cast<size_t>(op.inputs[1])];
    const TfliteTensor& real = reals.tensors[static_cast<size_t>(reals.operators[i].inputs[1])];
    ASSERT_EQ(coded.shape, real.shape);
    const std::string_view c = codes.data(coded), r = reals.data(real);
    const uint64_t each = coded.elements() / coded.shape[0];
    for (uint64_t n = 0; n < coded.elements(); ++n, ++compared) {
      float value = 0;
      std::memcpy(&value, r.data() + n * sizeof(float), sizeof(float));
      const double scale = static_cast<double>(coded.scales[coded.scales.size() == 1 ? 0 : n / each]);
      // Half a step, and the rounding of a float division.
      ASSERT_LE(std::abs(scale * static_cast<int8_t>(c[n]) - static_cast<double>(value)), 0.5001 * scale)
          << op.name;
    }
  }
  EXPECT_EQ(compared, 77360U);
}

TEST(NetworkSharedData, the_float_network_quantised_here_is_the_published_int8_network) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const IntegerNetwork here = read_integer_network((folder / "tflite" / "resnet8_float.tflite").string());
  const IntegerNetwork there = read_integer_network((folder / "tflite" / "resnet8_int8.tflite").string());
  ASSERT_EQ(here.layers.size(), there.layers.size());
  uint64_t different = 0;
  for (size_t i = 0; i + 1 < here.layers.size(); ++i) {  // the last one has a scale for its tensor there
    EXPECT_EQ(here.layers[i].shape, there.layers[i].shape);
    for (size_t n = 0; n < here.layers[i].weights.size(); ++n) {
      const int gap = std::abs(here.layers[i].weights[n] - there.layers[i].weights[n]);
      EXPECT_LE(gap, 1);
      different += gap > 0;
    }
  }
  EXPECT_LE(different, 10U);  // ties, and scales held in 32 bits
}

TEST(NetworkSharedData, the_gates_of_real_lstms_are_layers) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const IntegerNetwork speech =
      read_integer_network((folder / "tflite" / "micro_speech_lstm.tflite").string());
  ASSERT_EQ(speech.layers.size(), 9U);
  EXPECT_EQ(speech.layers[0].shape.c, 257U);
  EXPECT_EQ(speech.layers[7].shape.c, 80U);
  EXPECT_EQ(speech.layers[7].shape.ox, 49U);
  EXPECT_EQ(speech.layers[8].shape.c, 3920U);
  EXPECT_EQ(read_integer_network((folder / "int8" / "dtln_lstm_int8").string()).layers.size(), 17U);
}

TEST(NetworkSharedData, minus_128_in_real_weights_is_counted) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const IntegerNetwork net = read_integer_network((folder / "int8" / "lenet_300_100_int8").string());
  uint64_t clamped = 0;
  for (const IntegerLayer& layer : net.layers) clamped += layer.clamped;
  EXPECT_EQ(clamped, 2U);
}

}  // namespace
}  // namespace nonzero
