#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "cli/binary.h"
#include "nonzero/io/step_folder.h"
#include "support/data.h"
#include "train/trainer.h"

namespace nonzero::test {
namespace {

using testing::Each;
using testing::Ge;
using train::DataSet;
using train::Options;
using train::Trained;

Trained trained(Options options, const DataSet& data) {
  train::complete(options);
  train::Hooks hooks;
  hooks.progress = [](const auto&) {};
  hooks.epoch_end = [](const auto&, const auto&) {};
  hooks.warn = [](const std::string& text) { ADD_FAILURE() << text; };
  return train::train(options, data, nullptr, hooks);
}

Options small(PruningMethod method, uint64_t seed) {
  Options options;
  options.method = method;
  options.model = "smallconv";
  options.seed = seed;
  return options;
}

double accuracy(PruningMethod method, uint64_t seed, const DataSet& data) {
  return trained(small(method, seed), data).history.back().test_accuracy;
}

std::vector<double> three(PruningMethod method, const DataSet& data) {
  return {accuracy(method, 1, data), accuracy(method, 2, data), accuracy(method, 3, data)};
}

double mean(const std::vector<double>& values) { return (values[0] + values[1] + values[2]) / 3; }

// sat.md, acceptance example 7.
TEST(Synth10Accuracy, of_bdwp_is_within_2_percent_of_dense) {
  const DataSet data = train::load_data("synth10", 0, 0);
  const auto dense = three(PruningMethod::kDense, data), bdwp = three(PruningMethod::kBdwp, data);
  EXPECT_THAT(dense, Each(Ge(0.96)));
  EXPECT_THAT(bdwp, Each(Ge(0.96)));
  EXPECT_NEAR(mean(bdwp), mean(dense), 0.02);
}

class Synth10Accuracy : public testing::TestWithParam<PruningMethod> {};
TEST_P(Synth10Accuracy, is_at_least_96_percent) {
  EXPECT_GE(accuracy(GetParam(), 1, train::load_data("synth10", 0, 0)), 0.96);
}
INSTANTIATE_TEST_SUITE_P(Methods, Synth10Accuracy,
                         testing::Values(PruningMethod::kSrste, PruningMethod::kSdgp, PruningMethod::kBponly,
                                         PruningMethod::kTransposable),
                         [](const auto& method) { return name(method.param); });

// sat.md, acceptance example 8.
TEST(DigitsAccuracy, of_bdwp_is_within_3_percent_of_dense) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const DataSet data = train::load_data("digits:" + (folder / "train").string(), 0, 0);
  const double dense = accuracy(PruningMethod::kDense, 1, data),
               bdwp = accuracy(PruningMethod::kBdwp, 1, data);
  EXPECT_GE(dense, 0.97);
  EXPECT_NEAR(bdwp, dense, 0.03);
}

// sat.md, acceptance example 6, over a whole training.
TEST(Training, of_bdwp_with_full_masks_is_dense_to_the_bit) {
  const DataSet data = train::load_data("synth10", 500, 500);
  Options full = small(PruningMethod::kBdwp, 1), dense = small(PruningMethod::kDense, 1);
  full.n = full.m = 8;
  full.epochs = dense.epochs = 2;
  EXPECT_EQ(train::to_json(trained(full, data).history), train::to_json(trained(dense, data).history));
}

TEST(Training, gives_the_same_numbers_again) {
  const DataSet data = train::load_data("synth10", 500, 500);
  Options options = small(PruningMethod::kBdwp, 1);
  options.epochs = 1;
  options.precision = "mixed";
  EXPECT_EQ(train::to_json(trained(options, data).history), train::to_json(trained(options, data).history));
}

// y[b, o, ...] of a layer without padding tricks, straight from the definition.
std::vector<float> convolved(const StepShape& s, const std::vector<float>& x, const std::vector<float>& w,
                             const std::vector<uint8_t>& mask) {
  std::vector<float> y(s.batch * s.cout * s.oh * s.ow);
  size_t at = 0;
  for (uint64_t b = 0; b < s.batch; ++b)
    for (uint64_t o = 0; o < s.cout; ++o)
      for (uint64_t p = 0; p < s.oh; ++p)
        for (uint64_t q = 0; q < s.ow; ++q, ++at)
          for (uint64_t c = 0; c < s.cin; ++c)
            for (uint64_t r = 0; r < s.kh; ++r)
              for (uint64_t t = 0; t < s.kw; ++t) {
                const uint64_t row = p * s.stride + r - s.pad,
                               column = q * s.stride + t - s.pad;  // wraps below 0
                if (row >= s.h || column >= s.w) continue;
                const uint64_t weight = ((o * s.cin + c) * s.kh + r) * s.kw + t;
                if (!mask.empty() && mask[weight] == 0) continue;
                y[at] += x[((b * s.cin + c) * s.h + row) * s.w + column] * w[weight];
              }
  return y;
}

TEST(ExportedStep, holds_the_tensors_of_one_step) {
  const Folder folder;
  const DataSet data = train::load_data("synth10", 100, 100);
  Options options = small(PruningMethod::kBdwp, 1);
  options.batch = 4;
  options.epochs = 1;
  options.width = 0.25;
  options.export_folder = folder.file("step");
  options.dump_step = 3;
  trained(options, data);

  const StepFolder step = read_step_folder(folder.file("step"));
  ASSERT_EQ(step.layers.size(), 4U);
  for (const StepLayer& layer : step.layers) {
    const StepTensors tensors = read_step_tensors(step, layer);
    EXPECT_EQ(tensors.mask_ff.empty(), !layer.shape.sparse) << layer.name;
    EXPECT_EQ(tensors.dx.empty(), layer.shape.first) << layer.name;
    const std::vector<float> expected = convolved(layer.shape, tensors.x, tensors.weight, tensors.mask_ff);
    EXPECT_THAT(tensors.y, testing::Pointwise(testing::FloatNear(1e-4F), expected)) << layer.name;
  }
}

TEST(ExportedStep, of_an_untrained_network_needs_no_epoch) {
  const Folder folder;
  const Ran ran =
      nonzero("train --model vit --width 0.125 --epochs 0 --batch 2 --export '" + folder.file("step") + "'");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const StepFolder step = read_step_folder(folder.file("step"));
  EXPECT_EQ(step.layers.size(), 1U + 6 * 5 + 1);
  for (const StepLayer& layer : step.layers)
    if (!layer.shape.is_attention()) {
      EXPECT_NO_THROW(read_step_tensors(step, layer)) << layer.name;
    }
}

}  // namespace
}  // namespace nonzero::test
