#include "nonzero/io/integer_folder.h"

#include <unistd.h>

#include <filesystem>

#include "messages.h"
#include "nonzero/io/file.h"
#include "nonzero/io/npy_header.h"
#include "support/tflite_file.h"

namespace nonzero {
namespace {

namespace fs = std::filesystem;
using test::raw_bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class IntegerFolderTest : public ::testing::Test {
 protected:
  fs::path folder = fs::temp_directory_path() / ("nonzero-folder-" + std::to_string(getpid()));
  void SetUp() override {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  void write(const std::string& name, const std::string& bytes) const {
    write_atomically((folder / name).string(), bytes);
  }
  void array(const std::string& name, const std::string& type, const std::string& shape,
             const std::string& raw) const {
    write(name, io::make_npy_header(type, shape) + raw);
  }
  void layers(const std::string& entries) const { write("layers.json", "{\"layers\": [" + entries + "]}"); }
  [[nodiscard]] IntegerFolder read() const { return read_integer_folder(folder.string()); }
  [[nodiscard]] std::string refused() const {
    return test::refusal([&] { (void)read(); });
  }
};

const char* const kOwn =
    R"({"name": "a", "type": "conv", "shape": [2, 1, 1, 2], "stride": 2, "pad": [0, 1, 0, 1],
                             "h": 4, "w": 5, "scale": "s.npy"})";

TEST_F(IntegerFolderTest, nonzeros_own_layout_has_its_bounds_and_scales) {
  layers(kOwn);
  array("a.npy", "|i1", "(2, 1, 1, 2)", "\1\2\3\4");
  array("s.npy", "<f8", "(2,)", raw_bytes<double>({0.1, 0.2}));
  const IntegerFolder read_back = read();
  EXPECT_EQ(read_back.order, FolderOrder::kChannelsFirst);
  ASSERT_EQ(read_back.layers.size(), 1U);
  const FolderLayer& layer = read_back.layers[0];
  EXPECT_EQ(layer.type, FolderLayerType::kConv);
  EXPECT_EQ(layer.stride_y, 2U);
  EXPECT_EQ(layer.stride_x, 2U);
  EXPECT_EQ(layer.pad_left, 1U);
  EXPECT_EQ(layer.pad_right, 1U);
  EXPECT_EQ(layer.pad_top, 0U);
  EXPECT_EQ(layer.w, 5U);
  EXPECT_THAT(layer.scales, ElementsAre(0.1, 0.2));
  EXPECT_EQ(layer.weights.bytes, "\1\2\3\4");
}

TEST_F(IntegerFolderTest, a_linear_layer_without_scale_has_scale_one_and_one_token) {
  layers(R"({"name": "a", "type": "linear", "shape": [2, 2]})");
  array("a.npy", "|i1", "(2, 2)", "\1\2\3\4");
  const FolderLayer layer = read().layers[0];
  EXPECT_THAT(layer.scales, ElementsAre(1));
  EXPECT_EQ(layer.tokens, 1U);
}

const char* const kTflite = R"({"op": "CONV_2D", "file": "a.npy", "shape": [2, 1, 2, 1], "dtype": "int8",
    "scale": "see scales", "scales": [0.5, 0.25], "zero_point": [0], "bias": null,
    "options": {"padding": "same", "stride": [1, 2], "act": "relu6"}, "input_quant": {"scale": [2], "zero_point": [-3]},
    "layer_input_shape": [1, 3, 4, 1], "layer_output_shape": [1, 3, 2, 2]})";

TEST_F(IntegerFolderTest, the_layout_in_tflites_order_is_told_by_its_operator) {
  layers(kTflite);
  array("a.npy", "|i1", "(2, 1, 2, 1)", "\1\2\3\4");
  const IntegerFolder read_back = read();
  EXPECT_EQ(read_back.order, FolderOrder::kTflite);
  const FolderLayer& layer = read_back.layers[0];
  EXPECT_EQ(layer.name, "a");
  EXPECT_TRUE(layer.same_padding);
  EXPECT_EQ(layer.stride_x, 2U);
  EXPECT_EQ(layer.activation, "relu6");
  EXPECT_THAT(layer.scales, ElementsAre(0.5, 0.25));
  EXPECT_EQ(layer.input->zero_point, -3);
  EXPECT_FALSE(layer.output);
}

TEST_F(IntegerFolderTest, constants_of_operators_without_products_are_left_out_with_a_warning) {
  layers(std::string(kTflite) + R"(, {"op": "ADD", "file": "b.npy", "shape": [4]})");
  array("a.npy", "|i1", "(2, 1, 2, 1)", "\1\2\3\4");
  const IntegerFolder read_back = read();
  EXPECT_EQ(read_back.layers.size(), 1U);
  ASSERT_EQ(read_back.warnings.size(), 1U);
  EXPECT_THAT(read_back.warnings[0], HasSubstr("ADD multiplies no matrix"));
}

TEST_F(IntegerFolderTest, a_shape_other_than_the_arrays_is_refused) {
  layers(kOwn);
  array("a.npy", "|i1", "(2, 1, 2, 1)", "\1\2\3\4");
  EXPECT_THAT(refused(), HasSubstr("layer 'a': shape [2, 1, 1, 2]; allowed: [2, 1, 2, 1], as a.npy has it"));
}

TEST_F(IntegerFolderTest, weights_of_other_types_and_ranks_are_refused) {
  layers(R"({"name": "a", "type": "linear", "shape": [2, 2]})");
  array("a.npy", "<i2", "(2, 2)", "12345678");
  EXPECT_THAT(refused(), HasSubstr("weights of type '<i2'; allowed: int8, uint8, float16, float32"));
  layers(R"({"name": "a", "type": "linear", "shape": [2, 2, 1]})");
  array("a.npy", "|i1", "(2, 2, 1)", "1234");
  EXPECT_THAT(refused(), HasSubstr("weights of 3 dimensions; allowed: 2 or 4"));
}

TEST_F(IntegerFolderTest, scales_that_are_none_are_refused) {
  layers(kOwn);
  array("a.npy", "|i1", "(2, 1, 1, 2)", "\1\2\3\4");
  for (const double scale : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    array("s.npy", "<f8", "(2,)", raw_bytes<double>({0.1, scale}));
    EXPECT_THAT(refused(), HasSubstr("allowed: finite and above 0"));
  }
  array("s.npy", "<f8", "(3,)", raw_bytes<double>({1, 1, 1}));
  EXPECT_THAT(refused(), HasSubstr("3 scales; allowed: 1 or 2"));
}

TEST_F(IntegerFolderTest, unknown_keys_missing_ones_and_mixed_layouts_are_refused) {
  layers(R"({"name": "a", "type": "linear", "shap": [2, 2]})");
  EXPECT_THAT(refused(), HasSubstr("unknown key 'shap' (did you mean 'shape'?)"));
  layers(R"({"name": "a", "type": "dense", "shape": [2, 2]})");
  EXPECT_THAT(refused(), HasSubstr("type 'dense'; allowed: conv, depthwise, linear"));
  layers(R"({"name": "a", "shape": [2, 2]})");
  EXPECT_THAT(refused(), HasSubstr("layer 'a': neither op nor type"));
  layers(R"({"name": "a", "type": "linear", "file": "../a.npy", "shape": [2, 2]})");
  EXPECT_THAT(refused(), HasSubstr("a name within the folder"));
  layers(R"({"name": "a", "type": "linear", "shape": [2, 2]})" + std::string(", ") + kTflite);
  array("a.npy", "|i1", "(2, 2)", "1234");
  EXPECT_THAT(refused(), HasSubstr("another layout than the layers before it"));
  layers("");
  EXPECT_THAT(refused(), HasSubstr("no layers"));
  write("layers.json", "{\n\"layers\": [}");
  EXPECT_THAT(refused(), HasSubstr("layers.json:2: not valid JSON"));
  fs::remove(folder / "layers.json");
  EXPECT_THAT(refused(), HasSubstr("no such file"));
}

TEST_F(IntegerFolderTest, what_is_written_reads_back_the_same) {
  IntegerFolder out;
  out.network = "net";
  FolderLayer layer;
  layer.name = "first";
  layer.type = FolderLayerType::kDepthwise;
  layer.weights = {{4, 1, 1, 2}, "|i1", false, "abcdefgh"};
  layer.scales = {0.1, 0.2, 0.3, 0.4};
  layer.bias = {1, -2, 3, -4};
  layer.multiplier = 2;
  layer.stride_y = 3;
  layer.pad_right = 1;
  layer.h = layer.w = 9;
  layer.activation = "relu";
  layer.input = FolderQuantisation{0.7, -5};
  out.layers = {layer};
  const std::string path = (folder / "written").string();
  write_integer_folder(path, out);
  const IntegerFolder in = read_integer_folder(path);
  EXPECT_EQ(in.network, "net");
  const FolderLayer& back = in.layers.at(0);
  EXPECT_EQ(back.name, layer.name);
  EXPECT_EQ(back.weights.bytes, layer.weights.bytes);
  EXPECT_EQ(back.weights.shape, layer.weights.shape);
  EXPECT_EQ(back.scales, layer.scales);
  EXPECT_EQ(back.bias, layer.bias);
  EXPECT_EQ(back.multiplier, 2U);
  EXPECT_EQ(back.stride_y, 3U);
  EXPECT_EQ(back.stride_x, 1U);
  EXPECT_EQ(back.pad_right, 1U);
  EXPECT_EQ(back.activation, "relu");
  EXPECT_EQ(back.input->scale, 0.7);
  EXPECT_EQ(back.input->zero_point, -5);
}

TEST_F(IntegerFolderTest, writing_replaces_nothing_and_leaves_nothing_half_done) {
  IntegerFolder out;
  out.network = "net";
  EXPECT_THAT(test::refusal([&] { write_integer_folder(folder.string(), out); }),
              HasSubstr("exists already"));
  FolderLayer layer;
  layer.name = "../a";
  out.layers = {layer};
  EXPECT_THAT(test::refusal([&] { write_integer_folder((folder / "b").string(), out); }),
              HasSubstr("a name that a file may have"));
  EXPECT_TRUE(fs::is_empty(folder));
}

}  // namespace
}  // namespace nonzero
