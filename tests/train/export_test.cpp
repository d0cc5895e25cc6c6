#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/binary.h"
#include "io/messages.h"
#include "nonzero/io/step_folder.h"
#include "train/step_export.h"

namespace nonzero::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using train::LayerShape;
using train::LayerStep;
using train::Options;

LayerShape linear_shape(bool sparse) {
  LayerShape shape;
  shape.name = "fc";
  shape.type = "linear";
  shape.cin = 2;
  shape.cout = 1;
  shape.tokens = shape.h = shape.oh = 1;
  shape.sparse = sparse;
  return shape;
}

// y = x * (weight o mask_ff), one image: 3 * 5 = 15.
LayerStep linear_step() {
  return {linear_shape(true), {{1, 2}, {3, -1}}, {{1, 2}, {1, 0}},  {{1, 2}, {1, 1}}, {{1, 2}, {5, 0}},
          {{1, 1}, {15}},     {{1, 1}, {2}},     {{1, 2}, {6, -2}}, {{1, 2}, {10, 0}}};
}

TEST(Export, is_read_back_by_the_simulator) {
  const Folder folder;
  Options options;
  options.n = 1;
  options.m = 2;
  options.batch = 1;
  options.model = "toy";
  LayerStep attention;
  attention.shape.name = "scores";
  attention.shape.type = "attention";
  attention.shape.tokens = 4;
  attention.shape.heads = 2;
  attention.shape.head_dim = 8;
  train::export_step(folder.file("step"), {linear_step(), attention}, options);

  const StepFolder step = read_step_folder(folder.file("step"));
  EXPECT_EQ(step.network, "toy");
  EXPECT_EQ(step.method, PruningMethod::kBdwp);
  EXPECT_EQ(step.ratio.text(), "1:2");
  ASSERT_EQ(step.layers.size(), 2U);
  EXPECT_TRUE(step.layers[0].shape.sparse);
  EXPECT_EQ(step.layers[0].density_x, 0.5);
  EXPECT_EQ(step.layers[1].shape, StepShape::attention(1, 4, 2, 8));
  const StepTensors tensors = read_step_tensors(step, step.layers[0]);
  EXPECT_THAT(tensors.weight, ElementsAre(3, -1));
  EXPECT_THAT(tensors.mask_ff, ElementsAre(1, 0));
  EXPECT_THAT(tensors.dx, ElementsAre(6, -2));
}

TEST(OpReduction, counts_three_gemms_a_layer_and_no_backward_pass_of_the_first) {
  LayerShape first = linear_shape(false);
  first.first = true;
  const std::vector<LayerShape> layers = {first, linear_shape(true)};
  Options options;  // 2:8 keeps a quarter
  // All: 2 + 3 times the same product; saved: 3/4 of FF and of BP of the second layer.
  EXPECT_DOUBLE_EQ(train::op_reduction(layers, options), 1.5 / 5);
  options.method = PruningMethod::kSrste;
  EXPECT_DOUBLE_EQ(train::op_reduction(layers, options), 0.75 / 5);
  options.method = PruningMethod::kSdgp;
  EXPECT_DOUBLE_EQ(train::op_reduction(layers, options), 0.75 / 5);
  options.method = PruningMethod::kDense;
  EXPECT_DOUBLE_EQ(train::op_reduction(layers, options), 0);
}

TEST(Options, refuse_what_is_out_of_range) {
  const auto told = [](const std::function<void(Options&)>& change) {
    return refusal([&] {
      Options options;
      change(options);
      train::complete(options);
    });
  };
  EXPECT_THAT(told([](Options& o) { o.n = 3, o.m = 2; }), HasSubstr("N of 3"));
  EXPECT_THAT(told([](Options& o) { o.n = 0; }), HasSubstr("N of 0"));
  EXPECT_THAT(told([](Options& o) { o.m = 12; }), HasSubstr("M of 12"));
  EXPECT_THAT(told([](Options& o) { o.m = 64; }), HasSubstr("a power of two up to 32"));
  EXPECT_THAT(told([](Options& o) { o.batch = 0; }), HasSubstr("batch 0"));
  EXPECT_THAT(told([](Options& o) { o.width = 0; }), HasSubstr("width 0"));
  EXPECT_THAT(told([](Options& o) { o.model = "resnet8"; }), HasSubstr("did you mean 'resnet9'"));
  EXPECT_THAT(told([](Options& o) { o.momentum = 1; }), HasSubstr("momentum 1"));
  EXPECT_THAT(told([](Options& o) { o.resume = true; }), HasSubstr("--resume without --run"));
  EXPECT_THAT(told([](Options& o) { o.epochs = 0; }), HasSubstr("0 epochs"));
}

TEST(Options, of_another_training_are_told_apart_by_name) {
  Options mine, other;
  other.model = "vgg19";
  other.seed = 2;
  EXPECT_THAT(
      refusal([&] { train::require_same(train::identity(mine, "h"), train::identity(other, "h"), "c"); }),
      HasSubstr("its model is \"vgg19\"; this one's: \"resnet9\""));
  other = mine;
  EXPECT_NO_THROW(train::require_same(train::identity(mine, "h"), train::identity(other, "h"), "c"));
  EXPECT_THAT(
      refusal([&] { train::require_same(train::identity(mine, "h"), train::identity(mine, "i"), "c"); }),
      HasSubstr("data_hash"));
}

}  // namespace
}  // namespace nonzero::test
