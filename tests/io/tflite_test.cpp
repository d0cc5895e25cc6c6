#include "nonzero/io/tflite.h"

#include "messages.h"
#include "nonzero/io/file.h"
#include "support/data.h"
#include "support/tflite_file.h"

namespace nonzero {
namespace {

using test::one_convolution;
using test::raw_bytes;
using test::TfliteFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refused(const std::string& bytes, std::optional<uint64_t> subgraph = std::nullopt) {
  return test::refusal([&] { (void)parse_tflite(bytes, "a.tflite", subgraph); });
}

std::string refused(const TfliteFile& file) { return refused(file.build()); }

TEST(Tflite, a_convolution_is_read_with_its_tensors_scales_and_options) {
  TfliteFile file = one_convolution();
  file.operators[0] = test::tflite_conv(true, 2, 3);
  const TfliteModel model = parse_tflite(file.build(), "a.tflite");
  ASSERT_EQ(model.operators.size(), 1U);
  EXPECT_EQ(model.operators[0].name, "CONV_2D");
  EXPECT_THAT(model.operators[0].inputs, ElementsAre(0, 1));
  EXPECT_TRUE(model.operators[0].options.same_padding);
  EXPECT_EQ(model.operators[0].options.stride_y, 2);
  EXPECT_EQ(model.operators[0].options.activation, 3);
  const TfliteTensor& weights = model.tensors[1];
  EXPECT_EQ(weights.name, "weights");
  EXPECT_THAT(weights.shape, ElementsAre(3, 2, 2, 2));
  EXPECT_THAT(weights.scales, ElementsAre(0.5F, 0.25F, 0.125F));
  EXPECT_EQ(weights.quantized_dimension, 0U);
  EXPECT_EQ(model.data(weights).substr(0, 3), std::string("\0\1\2", 3));
  EXPECT_FALSE(model.tensors[0].constant());
  EXPECT_EQ(model.description, "made for a test");
}

TEST(Tflite, the_larger_of_old_and_new_code_names_the_operator) {
  TfliteFile file = one_convolution();
  file.operators[0] = {150, {0}, {2}, 0, {}, {}, ""};
  EXPECT_EQ(parse_tflite(file.build(), "").operators[0].name, "GELU");
}

TEST(Tflite, custom_operators_keep_their_name_and_unknown_codes_their_number) {
  TfliteFile file = one_convolution();
  file.operators = {{32, {0}, {2}, 0, {}, {}, "Detect"}, {300, {0}, {2}, 0, {}, {}, ""}};
  const TfliteModel model = parse_tflite(file.build(), "");
  EXPECT_EQ(model.operators[0].name, "CUSTOM Detect");
  EXPECT_EQ(model.operators[1].name, "#300");
}

TEST(Tflite, another_identifier_is_refused) {
  TfliteFile file = one_convolution();
  file.identifier = "TFL2";
  EXPECT_EQ(refused(file), "a.tflite: identifier 'TFL2' at byte 4; allowed: TFL3");
  EXPECT_THAT(refused(std::string("TFL3")), HasSubstr("a file of 4 bytes"));
  EXPECT_THAT(refused(std::string("\x14\0\0\0TFL3", 8)), HasSubstr("a file of 8 bytes"));
}

TEST(Tflite, a_root_outside_the_file_is_refused_with_its_byte) {
  std::string bytes = one_convolution().build();
  bytes[2] = 1;
  EXPECT_THAT(refused(bytes), HasSubstr("the offset at byte 0 leads outside the file of"));
}

TEST(Tflite, a_buffer_shorter_than_the_shape_is_refused_with_its_byte) {
  TfliteFile file = one_convolution();
  file.tensors[1].data.pop_back();
  EXPECT_THAT(refused(file), HasSubstr("tensor 1 'weights': buffer 2 holds 23 bytes at byte"));
  EXPECT_THAT(refused(file), HasSubstr("allowed: 24 for shape [3, 2, 2, 2]"));
}

TEST(Tflite, sparse_tensors_and_custom_quantisation_are_refused) {
  TfliteFile file = one_convolution();
  file.tensors[1].sparse = true;
  EXPECT_EQ(refused(file), "a.tflite: tensor 1 'weights': sparse; allowed: dense tensors");
  file = one_convolution();
  file.tensors[1].custom_quantisation = true;
  EXPECT_THAT(refused(file), HasSubstr("a custom quantisation"));
}

TEST(Tflite, several_subgraphs_are_refused_unless_one_is_chosen) {
  TfliteFile file = one_convolution();
  file.subgraphs = 2;
  EXPECT_EQ(refused(file), "a.tflite: model: 2 subgraphs; allowed: one, or a choice of 0 to 1");
  EXPECT_EQ(parse_tflite(file.build(), "a.tflite", 1).operators.size(), 1U);
  EXPECT_THAT(refused(file.build(), 2), HasSubstr("subgraph 2; allowed: 0 to 1"));
  file.subgraphs = 0;
  EXPECT_THAT(refused(file), HasSubstr("no subgraph"));
}

TEST(Tflite, scales_below_zero_nan_or_of_another_number_are_refused) {
  for (const float scale : {0.0F, -1.0F, std::numeric_limits<float>::quiet_NaN()}) {
    TfliteFile file = one_convolution();
    file.tensors[1].scales[1] = scale;
    EXPECT_THAT(refused(file), HasSubstr("allowed: finite and above 0"));
  }
  TfliteFile file = one_convolution();
  file.tensors[1].scales = {1, 1};
  EXPECT_THAT(refused(file), HasSubstr("2 scales on dimension 0 of shape [3, 2, 2, 2]"));
}

TEST(Tflite, tensors_buffers_and_options_that_are_none_are_refused) {
  TfliteFile file = one_convolution();
  file.operators[0].inputs = {0, 7};
  EXPECT_THAT(refused(file), HasSubstr("operator 0 CONV_2D: inputs name tensor 7; allowed: below 3"));
  file = one_convolution();
  file.tensors[1].buffer = 9;
  EXPECT_THAT(refused(file), HasSubstr("tensor 1 'weights': buffer 9"));
  file = one_convolution();
  file.tensors[0].shape = {1, -1, 4, 2};
  EXPECT_THAT(refused(file), HasSubstr("tensor 0 'in': shape [1, -1, 4, 2]; allowed: sides of 0 and more"));
  file = one_convolution();
  file.operators[0].numbers = {{1, 0}, {2, 1}};
  EXPECT_THAT(refused(file), HasSubstr("stride_w = 0; allowed: 1 and more"));
  file = one_convolution();
  file.operators[0].options_type = 8;
  EXPECT_THAT(refused(file), HasSubstr("options of type 8 for CONV_2D; allowed: 1"));
  file = one_convolution();
  file.operators[0].options_type = 0;
  EXPECT_THAT(refused(file), HasSubstr("CONV_2D without options"));
  file = one_convolution();
  file.tensors[1].shape = {1 << 30, 1 << 30, 1 << 30, 1 << 30};
  EXPECT_THAT(refused(file), HasSubstr("fewer than 2^64 elements"));
}

TEST(Tflite, a_file_cut_anywhere_is_refused_or_read_without_what_is_missing) {
  const std::string whole = one_convolution().build();
  for (size_t length = 0; length < whole.size(); ++length) {
    try {
      const TfliteModel model = parse_tflite(whole.substr(0, length), "cut.tflite");
      for (const TfliteTensor& tensor : model.tensors) EXPECT_LE(tensor.offset + tensor.size, length);
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("cut.tflite"));
    }
  }
}

TEST(Tflite, any_byte_may_be_wrong) {
  const std::string whole = one_convolution().build();
  for (size_t at = 0; at < whole.size(); ++at)
    for (const char bits : {'\x01', '\x80', '\xff'}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ bits);
      try {
        const TfliteModel model = parse_tflite(bytes, "");
        for (const TfliteTensor& tensor : model.tensors) EXPECT_LE(tensor.offset + tensor.size, bytes.size());
      } catch (const InputError&) {
      }
    }
}

TEST(Tflite, tables_that_share_one_long_vector_do_not_unfold_into_a_large_model) {
  TfliteFile file = one_convolution();
  file.tensors.back().name = std::string(10000, 'x');
  file.repeated = 8;
  EXPECT_EQ(parse_tflite(file.build(), "").tensors.size(), 11U);
  file.repeated = 1000;
  EXPECT_THAT(refused(file), HasSubstr("tables share vectors"));
}

// --- replacing constants

TEST(TflitePatch, constants_are_replaced_and_the_rest_stays_as_it_is) {
  const TfliteModel model = parse_tflite(one_convolution().build(), "a.tflite");
  const std::string weights(24, '\x05');
  const std::string bytes = patched_tflite(model, {{1, weights, {1, 2, 4}, {0, 0, 0}}});
  const TfliteModel patched = parse_tflite(bytes, "b.tflite");
  EXPECT_EQ(bytes.size(), model.bytes.size());
  EXPECT_EQ(patched.data(patched.tensors[1]), weights);
  EXPECT_THAT(patched.tensors[1].scales, ElementsAre(1, 2, 4));
  EXPECT_EQ(
      patched_tflite(patched, {{1, std::string(model.data(model.tensors[1])), {0.5F, 0.25F, 0.125F}, {}}}),
      model.bytes);
}

TEST(TflitePatch, another_size_and_what_is_no_constant_are_refused) {
  const TfliteModel model = parse_tflite(one_convolution().build(), "a.tflite");
  const auto message = [&](const TflitePatch& patch) {
    return test::refusal([&] { (void)patched_tflite(model, {patch}); });
  };
  EXPECT_EQ(message({1, "xy", {}, {}}), "a.tflite: replacing tensor 1: 2 bytes; allowed: 24");
  EXPECT_THAT(message({0, "", {}, {}}), HasSubstr("allowed: constants"));
  EXPECT_THAT(message({5, "", {}, {}}), HasSubstr("no such tensor"));
  EXPECT_THAT(message({1, std::string(24, 'x'), {1}, {}}), HasSubstr("1 scales; allowed: 3"));
}

TEST(TflitePatch, a_buffer_shared_with_a_tensor_that_stays_is_refused) {
  TfliteFile file = one_convolution();
  file.tensors.push_back({"twin", {3, 2, 2, 2}, 9, "", {0.5F, 0.25F, 0.125F}, {0, 0, 0}, 0, false, false, 2});
  const TfliteModel model = parse_tflite(file.build(), "a.tflite");
  const std::string weights(24, '\x05');
  EXPECT_THAT(test::refusal([&] {
                (void)patched_tflite(model, {{1, weights, {}, {}}});
              }),
              HasSubstr("it shares its buffer with one that changes"));
  EXPECT_NO_THROW(patched_tflite(model, {{1, weights, {}, {}}, {3, weights, {}, {}}}));
  EXPECT_THAT(test::refusal([&] {
                (void)patched_tflite(model, {{1, weights, {}, {}}, {3, std::string(24, '\x06'), {}, {}}});
              }),
              HasSubstr("its buffer is another tensor's too"));
}

// --- real files

TEST(TfliteSharedData, every_file_is_read) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const std::vector<std::pair<std::string, size_t>> files = {{"ad01_autoencoder_int8", 10},
                                                             {"kws_dscnn_int8", 13},
                                                             {"micro_speech_lstm", 4},
                                                             {"person_detect_int8", 31},
                                                             {"mobilenet_v1_0.25_128_uint8", 31},
                                                             {"mobilenet_v2_1.0_224_uint8", 66},
                                                             {"resnet8_float", 16},
                                                             {"resnet8_int8", 16},
                                                             {"vww96_int8", 31}};
  for (const auto& [name, operators] : files) {
    const std::string path = (folder / "tflite" / (name + ".tflite")).string();
    const TfliteModel model = read_tflite(path);
    EXPECT_EQ(model.operators.size(), operators) << name;
    EXPECT_EQ(model.inputs.size(), 1U) << name;
    EXPECT_EQ(model.outputs.size(), 1U) << name;
    for (const TfliteOperator& op : model.operators) EXPECT_FALSE(op.name.starts_with("#")) << name;
  }
}

TEST(TfliteSharedData, a_truncated_file_is_refused_with_a_byte) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const std::string whole = read_file((folder / "tflite" / "resnet8_int8.tflite").string());
  EXPECT_THAT(refused(whole.substr(0, whole.size() - 10000)), HasSubstr("byte"));
  EXPECT_THAT(refused(whole.substr(0, 5000)), HasSubstr("byte"));
}

}  // namespace
}  // namespace nonzero
