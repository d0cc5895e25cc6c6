#include "nonzero/workload/training_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/workload/sat_networks.h"
#include "nonzero/workload/spec.h"
#include "nonzero/workload/suites.h"
#include "support/steps.h"

namespace nonzero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

// specs/sat, "Models": forward multiply-adds of one image, and weights.
TEST(SatNetworks, have_the_stated_sizes) {
  const auto sizes = [](const char* network) {
    std::pair<uint64_t, uint64_t> sum;
    for (const Operation& op : sat_network(network, 1)) {
      sum.first += op.step()->shape.forward_multiplications();
      sum.second += op.step()->shape.weights();
    }
    return sum;
  };
  EXPECT_EQ(sizes("resnet9"), std::pair(uint64_t{379261952}, uint64_t{6568640}));
  EXPECT_EQ(sizes("resnet18"), std::pair(uint64_t{555422720}, uint64_t{11164352}));
  EXPECT_EQ(sizes("vgg19"), std::pair(uint64_t{398136320}, uint64_t{20024000}));
  EXPECT_EQ(sizes("vit"), std::pair(uint64_t{214698496}, uint64_t{3160576}));
  // He et al., CVPR 2016: 1.8 and 3.8 GFLOP (strides in the 3 x 3 layers: 4.1), 11.7 and 25.5 M with norms.
  EXPECT_NEAR(static_cast<double>(sizes("resnet18-224").first), 1.81e9, 0.01e9);
  EXPECT_NEAR(static_cast<double>(sizes("resnet50-224").first), 4.09e9, 0.01e9);
}

TEST(SatNetworks, leave_the_first_layer_the_classifier_and_attention_dense) {
  for (const SatNetwork& network : sat_networks()) {
    const std::vector<Operation> layers = sat_network(network.name, 1);
    EXPECT_TRUE(layers.front().step()->shape.first);
    for (size_t i = 0; i < layers.size(); ++i) {
      const StepShape& s = layers[i].step()->shape;
      EXPECT_EQ(s.sparse, i != 0 && i + 1 != layers.size() && !s.is_attention()) << layers[i].name;
    }
  }
}

TEST(SatSuites, take_a_batch_and_no_densities) {
  EXPECT_EQ(suite("sat-resnet9", nullptr, 1)[0].step()->shape.batch, 128U);
  EXPECT_EQ(suite("sat-resnet50-224", nullptr, 1)[0].step()->shape.batch, 32U);
  EXPECT_EQ(suite("sat-resnet9", nullptr, 1, 7)[0].step()->shape.batch, 7U);
  const Densities half{0.5, 0.5};
  EXPECT_THROW(suite("sat-resnet9", &half, 1), InputError);
  EXPECT_THROW(suite("sat-resnet9", nullptr, 1, 0), InputError);
  EXPECT_THROW(suite("sigma-gemms", nullptr, 1, 7), InputError);
  WorkloadOptions word;
  word.word = "suite:sat-vgg19@batch=3";
  EXPECT_EQ(make_workload(word).operations[0].step()->shape.batch, 3U);
}

class ExportedStep : public testing::Test {
 protected:
  ExportedStep() : folder_(fs::temp_directory_path() / ("nonzero-step-" + std::to_string(::getpid()))) {}
  ~ExportedStep() override { fs::remove_all(folder_); }

  const StepShape shape_ = StepShape::conv(2, 8, 4, 3, 1, 1, 5);
  const StepRule rule_{PruningMethod::kBdwp, {2, 4}, true};
  StepTensors tensors_ = test::drawn_step(shape_, rule_, 3);
  fs::path folder_;

  void write() const { test::write_step(folder_, shape_, rule_, tensors_); }
  std::string refusal() const {
    write();
    try {
      exported_step(folder_.string());
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(ExportedStep, comes_back_as_it_was_written) {
  write();
  const std::vector<Operation> layers = exported_step(folder_.string());
  ASSERT_EQ(layers.size(), 1U);
  const TrainingStep& step = *layers[0].step();
  EXPECT_EQ(layers[0].network, "tiny");
  EXPECT_EQ(step.shape, shape_);
  EXPECT_EQ(step.trained, rule_);
  const StepTensors read = step.tensors();
  EXPECT_EQ(read.weight, tensors_.weight);
  EXPECT_EQ(read.mask_bp, tensors_.mask_bp);
  EXPECT_EQ(read.dw, tensors_.dw);
  EXPECT_EQ(step.weight.source, "c.weight.npy");
  WorkloadOptions options;
  options.step_folder = folder_.string();
  EXPECT_THAT(make_workload(options).settings, ElementsAre("sat.method=bdwp", "sat.n=2", "sat.m=4"));
}

TEST_F(ExportedStep, is_refused_where_a_mask_keeps_too_many) {
  tensors_.mask_ff.assign(tensors_.mask_ff.size(), 1);
  EXPECT_THAT(refusal(), HasSubstr("c.mask_ff.npy: layer 'c': a group of 4 keeps 4"));
}

TEST_F(ExportedStep, is_refused_where_a_mask_is_no_mask) {
  tensors_.mask_bp[0] = 2;
  EXPECT_THAT(refusal(), HasSubstr("a mask that holds 2"));
}

TEST_F(ExportedStep, is_refused_where_a_weight_is_not_finite) {
  tensors_.weight[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(refusal(), HasSubstr("c.weight.npy"));
  tensors_.weight[5] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(refusal(), HasSubstr("c.weight.npy"));
}

TEST_F(ExportedStep, is_refused_where_a_file_is_missing_short_or_of_another_shape) {
  write();
  test::write_bytes(folder_ / "c.weight.npy", test::npy_of(std::vector<float>(4), "(4,)"));
  EXPECT_THROW(exported_step(folder_.string()), InputError);
  const std::string whole = test::npy_of(tensors_.weight, "(4, 8, 3, 3)");
  test::write_bytes(folder_ / "c.weight.npy", whole.substr(0, whole.size() - 1));
  EXPECT_THROW(exported_step(folder_.string()), InputError);
  fs::remove(folder_ / "c.weight.npy");
  EXPECT_THROW(exported_step(folder_.string()), InputError);
  EXPECT_THROW(exported_step((folder_ / "nowhere").string()), InputError);
}

}  // namespace
}  // namespace nonzero
