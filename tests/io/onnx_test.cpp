#include "nonzero/io/onnx.h"

#include "messages.h"
#include "support/onnx_file.h"
#include "support/tflite_file.h"

namespace nonzero {
namespace {

using test::onnx_model;
using test::onnx_node;
using test::onnx_tensor;
using test::Proto;
using test::raw_bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kFloat = 1, kInt8 = 3, kInt32 = 6, kInt64 = 7;

OnnxModel with_tensor(const Proto& tensor) {
  return parse_onnx(onnx_model(Proto().message(5, tensor)), "a.onnx");
}

std::string refused(const std::string& bytes) {
  return test::refusal([&] { (void)parse_onnx(bytes, "a.onnx"); });
}

TEST(Onnx, nodes_constants_and_shapes_are_read) {
  const Proto node = onnx_node("Conv", {"x", "w", ""}, {"y"})
                         .message(5, test::onnx_ints("strides", {2, 3}))
                         .message(5, test::onnx_int("group", 4))
                         .message(5, Proto().bytes(1, "auto_pad").bytes(4, "SAME_UPPER"))
                         .message(5, Proto().bytes(1, "alpha").real(2, 0.5F));
  const Proto graph = Proto()
                          .message(1, node)
                          .message(5, onnx_tensor("w", kInt8, {2, 3}, std::string("\1\2\3\4\5\xff", 6)))
                          .message(11, test::onnx_value("x", {0, 3, 8, 9}))
                          .message(12, test::onnx_value("y", {1, 4}));
  const OnnxModel model = parse_onnx(onnx_model(graph), "a.onnx");
  EXPECT_EQ(model.producer, "made for a test");
  ASSERT_EQ(model.nodes.size(), 1U);
  EXPECT_EQ(model.nodes[0].op, "Conv");
  EXPECT_EQ(model.nodes[0].name, "the Conv");
  EXPECT_THAT(model.nodes[0].inputs, ElementsAre("x", "w", ""));
  EXPECT_THAT(model.nodes[0].integers("strides"), ElementsAre(2, 3));
  EXPECT_EQ(model.nodes[0].integer("group", 1), 4);
  EXPECT_EQ(model.nodes[0].text("auto_pad", ""), "SAME_UPPER");
  EXPECT_EQ(model.nodes[0].real("alpha", 1), 0.5F);
  EXPECT_EQ(model.nodes[0].integer("absent", 7), 7);
  const OnnxTensor& w = model.constants.at("w");
  EXPECT_THAT(w.shape, ElementsAre(2, 3));
  EXPECT_THAT(w.integers(""), ElementsAre(1, 2, 3, 4, 5, -1));
  EXPECT_THAT(*model.inputs[0].shape, ElementsAre(0, 3, 8, 9));
  EXPECT_THAT(*model.outputs[0].shape, ElementsAre(1, 4));
}

TEST(Onnx, elements_are_the_same_from_raw_data_and_from_typed_fields) {
  const auto minus_one = static_cast<uint64_t>(-1);
  const Proto narrow = Proto().number(1, 3).number(2, kInt8).packed(5, {1, minus_one, 7}).bytes(8, "t");
  EXPECT_THAT(with_tensor(narrow).constants.at("t").integers(""), ElementsAre(1, -1, 7));
  const Proto wide = Proto().number(1, 2).number(2, kInt64).packed(7, {5, minus_one}).bytes(8, "t");
  EXPECT_THAT(with_tensor(wide).constants.at("t").integers(""), ElementsAre(5, -1));
  const Proto bias = Proto().packed(1, {2}).number(2, kInt32).number(5, 5).number(5, minus_one).bytes(8, "t");
  EXPECT_THAT(with_tensor(bias).constants.at("t").integers(""), ElementsAre(5, -1));
  const Proto reals = Proto().number(1, 2).number(2, kFloat).real(4, 1.5F).real(4, -2).bytes(8, "t");
  EXPECT_THAT(with_tensor(reals).constants.at("t").floats(""), ElementsAre(1.5F, -2));
  const Proto packed =
      Proto().number(1, 2).number(2, kFloat).bytes(4, raw_bytes<float>({1.5F, -2})).bytes(8, "t");
  EXPECT_THAT(with_tensor(packed).constants.at("t").floats(""), ElementsAre(1.5F, -2));
  const Proto half = onnx_tensor("t", 10, {1}, std::string("\0\x3c", 2));
  EXPECT_THAT(with_tensor(half).constants.at("t").floats(""), ElementsAre(1));
}

TEST(Onnx, data_of_another_size_than_the_shape_is_refused) {
  const std::string message =
      refused(onnx_model(Proto().message(5, onnx_tensor("w", kInt8, {2, 3}, "12345"))));
  EXPECT_THAT(message, HasSubstr("tensor 'w': 5 bytes of data; allowed: 6 for shape [2, 3]"));
  EXPECT_THAT(message, HasSubstr("a.onnx: byte"));
  constexpr uint64_t kLarge = uint64_t{1} << 62U;
  EXPECT_THAT(refused(onnx_model(Proto().message(5, onnx_tensor("w", kFloat, {kLarge, kLarge}, "")))),
              HasSubstr("fewer than 2^64 bytes"));
  EXPECT_THAT(
      refused(onnx_model(Proto().message(5, onnx_tensor("w", kInt8, {static_cast<uint64_t>(-2)}, "")))),
      HasSubstr("a side below 0"));
}

TEST(Onnx, sparse_and_external_tensors_are_refused) {
  EXPECT_THAT(refused(onnx_model(Proto().message(15, Proto()))), HasSubstr("a sparse initializer"));
  EXPECT_THAT(refused(onnx_model(Proto().message(5, onnx_tensor("w", kInt8, {0}, "").number(14, 1)))),
              HasSubstr("its data stands in another file"));
}

TEST(Onnx, a_file_without_a_graph_is_refused) {
  EXPECT_EQ(refused(""), "a.onnx: no graph; expected: an ONNX model");
  EXPECT_THAT(refused("hello, world"), HasSubstr("a.onnx: byte"));
}

TEST(Onnx, a_field_beyond_its_message_is_refused_with_its_byte) {
  const std::string node = Proto().bytes(4, "Conv").text();
  std::string graph = Proto().bytes(1, node).text();
  graph[1] = 100;  // the node's length
  EXPECT_EQ(refused(Proto().bytes(7, graph).text()),
            "a.onnx: byte 4: field 1 of 100 bytes reaches outside its message; allowed: up to 6");
}

TEST(Onnx, a_field_of_another_wire_type_is_refused) {
  EXPECT_THAT(refused(onnx_model(Proto().number(1, 3))), HasSubstr("field 1 of wire type 0; allowed: 2"));
}

std::string some_model() {
  const Proto node = onnx_node("Gemm", {"x", "w"}, {"y"}).message(5, test::onnx_int("transB", 1));
  return onnx_model(Proto()
                        .message(1, node)
                        .message(5, onnx_tensor("w", kInt8, {2, 2}, "abcd"))
                        .message(11, test::onnx_value("x", {1, 2})));
}

TEST(Onnx, a_file_cut_anywhere_is_refused) {
  const std::string whole = some_model();
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_THAT(refused(whole.substr(0, length)), HasSubstr("a.onnx")) << length;
}

TEST(Onnx, any_byte_may_be_wrong) {
  const std::string whole = some_model();
  for (size_t at = 0; at < whole.size(); ++at)
    for (const char bits : {'\x01', '\x10', '\x80', '\xff'}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ bits);
      try {
        for (const auto& [name, tensor] : parse_onnx(bytes, "").constants)
          if (tensor.type == OnnxType::kInt8) {
            EXPECT_EQ(tensor.bytes.size(), tensor.elements());
          }
      } catch (const InputError&) {
      }
    }
}

}  // namespace
}  // namespace nonzero
