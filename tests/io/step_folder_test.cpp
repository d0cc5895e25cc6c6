#include "nonzero/io/step_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kStep = R"({
 "schema": "nonzero.step/1", "network": "tiny", "batch": 2, "method": "bdwp", "n": 2, "m": 4, "precision": "mixed",
 "layers": [
  {"name": "conv", "type": "conv", "cin": 4, "cout": 8, "kh": 3, "kw": 3, "stride": 2, "pad": 1, "h": 6, "w": 6,
   "oh": 3, "ow": 3, "tokens": 0, "heads": 0, "head_dim": 0, "sparse": true, "first": false,
   "weight": "conv.weight.npy", "shape_x": [2, 4, 6, 6], "shape_dy": [2, 8, 3, 3], "density_x": 0.5},
  {"name": "scores", "type": "attention", "tokens": 16, "heads": 2, "head_dim": 8},
  {"name": "linear", "type": "linear", "cin": 8, "cout": 10, "tokens": 16, "sparse": false, "shape_x": [32, 8]}]})";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kStep;
  const size_t at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("no '" + from + "' in the sample");
  return text.replace(at, from.size(), to);
}

std::string message(const std::string& text) {
  try {
    parse_step(text, "workload.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(StepFile, reads_layers_of_every_type) {
  const StepFolder step = parse_step(kStep, "workload.json");
  EXPECT_EQ(step.network, "tiny");
  EXPECT_EQ(step.method, PruningMethod::kBdwp);
  EXPECT_EQ(step.ratio, (NmRatio{2, 4}));
  EXPECT_TRUE(step.mixed_precision);
  ASSERT_EQ(step.layers.size(), 3U);
  EXPECT_EQ(step.layers[0].shape.weights(), 8U * 4 * 9);
  EXPECT_EQ(step.layers[0].shape.positions(), 2U * 9);
  EXPECT_EQ(step.layers[0].density_x, 0.5);
  EXPECT_EQ(step.layers[0].density_dy, 1.0);
  EXPECT_EQ(step.layers[0].file(StepTensor::kWeight), "conv.weight.npy");
  EXPECT_TRUE(step.layers[1].shape.is_attention());
  EXPECT_FALSE(step.layers[1].shape.sparse);
  EXPECT_EQ(step.layers[2].shape.positions(), 32U);
  EXPECT_EQ(step.layers[2].dimensions(StepTensor::kDy), (std::vector<uint64_t>{32, 10}));
}

TEST(StepFile, refuses_what_is_no_step_and_says_where) {
  EXPECT_THAT(message("{\n\"schema\": oops}"),
              AllOf(HasSubstr("workload.json:2"), HasSubstr("not valid JSON")));
  EXPECT_THAT(message("{\"batch\": 1e999}"), HasSubstr("a number beyond what a double holds"));
  EXPECT_THAT(message("[]"), HasSubstr("an object"));
  EXPECT_THAT(message(with("nonzero.step/1", "nonzero.step/2")), HasSubstr("nonzero.step/1"));
  EXPECT_THAT(message(with("\"batch\": 2", "\"batch\": 0")), HasSubstr("batch is 0"));
  EXPECT_THAT(message(with("\"batch\": 2", "\"batch\": -1")), HasSubstr("batch = -1"));
  EXPECT_THAT(message(with("\"batch\"", "\"bach\"")), HasSubstr("did you mean 'batch'"));
  EXPECT_THAT(message(with("\"bdwp\"", "\"bdvp\"")), HasSubstr("did you mean 'bdwp'"));
  EXPECT_THAT(message(with("\"n\": 2", "\"n\": 5")), HasSubstr("N from 1 to 4"));
  EXPECT_THAT(message(with("\"n\": 2", "\"n\": 0")), HasSubstr("N from 1 to 4"));
  EXPECT_THAT(message(with("\"m\": 4", "\"m\": 6")), HasSubstr("power of two"));
  EXPECT_THAT(message(with("\"m\": 4", "\"m\": 4294967304")), HasSubstr("power of two"));
  EXPECT_THAT(message(with("\"mixed\"", "\"fp8\"")), HasSubstr("fp32, mixed"));
  EXPECT_THAT(message(with("\"layers\": [", "\"layers\": [], \"network\": [")), HasSubstr("text"));
}

TEST(StepFile, refuses_layers_that_are_none_by_name) {
  EXPECT_THAT(message(with("\"cin\": 4, ", "")),
              AllOf(HasSubstr("layer 'conv'"), HasSubstr("cin is missing")));
  EXPECT_THAT(message(with("\"cout\": 8", "\"cout\": 0")),
              AllOf(HasSubstr("layer 'conv'"), HasSubstr("cout is 0")));
  EXPECT_THAT(message(with("\"stride\": 2", "\"stride\": 0")), HasSubstr("stride is 0"));
  EXPECT_THAT(message(with("\"oh\": 3", "\"oh\": 4")), HasSubstr("does not follow"));
  EXPECT_THAT(message(with("\"kh\": 3", "\"kh\": 9")), HasSubstr("does not follow"));
  EXPECT_THAT(message(with("\"h\": 6", "\"h\": 1048577")), HasSubstr("h = 1048577"));
  EXPECT_THAT(message(with("\"stride\": 2", "\"stride\": 8589934592")), HasSubstr("stride = 8589934592"));
  EXPECT_THAT(message(with("\"cin\": 4", "\"cin\": 4.5")), HasSubstr("whole number"));
  EXPECT_THAT(message(with("\"cin\": 4", "\"cin\": 9223372036854775807")), HasSubstr("elements of x"));
  EXPECT_THAT(message(with("\"attention\"", "\"attentoin\"")), HasSubstr("conv, linear, attention"));
  EXPECT_THAT(message(with("\"tokens\": 16, \"heads\": 2", "\"heads\": 2")), HasSubstr("tokens is missing"));
  EXPECT_THAT(message(with("[2, 4, 6, 6]", "[2, 4, 6, 5]")), HasSubstr("shape_x"));
  EXPECT_THAT(message(with("\"density_x\": 0.5", "\"density_x\": 1.5")), HasSubstr("0 to 1"));
  EXPECT_THAT(message(with("conv.weight.npy", "../weight.npy")), HasSubstr("within the folder"));
  EXPECT_THAT(message(with("conv.weight.npy", "/weight.npy")), HasSubstr("within the folder"));
}

// A 1 x 1 kernel with one output, whatever the sides: each remainder of the stride would be a phase.
StepShape one_output(uint64_t side, uint64_t stride) {
  StepShape shape = StepShape::conv(1, 1, 1, 1, stride, 0, side);
  shape.oh = shape.ow = 1;
  return shape;
}

TEST(StepShape, bounds_the_phases_of_a_strided_backward_pass) {
  EXPECT_NO_THROW(one_output(256, 256).check("conv", ""));
  EXPECT_THROW(one_output(257, 257).check("conv", ""), InputError);
  EXPECT_THROW(one_output(uint64_t{1} << 33U, uint64_t{1} << 33U).check("conv", ""), InputError);
}

}  // namespace
}  // namespace nonzero
