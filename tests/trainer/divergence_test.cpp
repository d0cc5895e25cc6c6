#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cli/binary.h"
#include "io/messages.h"
#include "train/trainer.h"

namespace nonzero::test {
namespace {

using testing::HasSubstr;
using train::Checkpoint;
using train::Options;
using train::RunFolder;

Checkpoint checkpoint_of(const std::string& run) {
  return train::parse_checkpoint(text_of(run + "/" + train::kCheckpointName), "checkpoint");
}

void expect_finite(const Checkpoint& checkpoint) {
  for (const Checkpoint::Tensor& tensor : checkpoint.tensors)
    for (const float value : tensor.values) ASSERT_TRUE(std::isfinite(value)) << tensor.name;
}

train::Trained trained(Options options, const std::string& run) {
  options.run_folder = run;
  train::complete(options);
  train::Hooks hooks;
  hooks.progress = [](const auto&) {};
  hooks.epoch_end = [](const auto&, const auto&) {};
  hooks.warn = [](const std::string& text) { ADD_FAILURE() << text; };
  const RunFolder folder(run);
  return train::train(options, train::load_data("synth10", 0, 100), &folder, hooks);
}

TEST(DivergedTraining, says_where_and_keeps_a_checkpoint_that_goes_on) {
  const Folder folder;
  const std::string run = folder.file("run");
  const std::string command =
      "train --model mlp --width 0.0625 --lr 1e6 --schedule constant --checkpoint-every 1 --run '" + run +
      "'";
  const Ran ran = nonzero(command);
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, testing::ContainsRegex("epoch [0-9]+, step [0-9]+: "));
  EXPECT_THAT(ran.err, HasSubstr("the first layer with a value that is not finite: "));
  EXPECT_THAT(ran.err, HasSubstr("the last good checkpoint is kept in " + run + "/checkpoint"));
  const Checkpoint kept = checkpoint_of(run);
  expect_finite(kept);
  // Loaded again, it comes to the same end at the same step.
  const Ran again = nonzero(command + " --resume");
  EXPECT_EQ(again.status, 1);
  EXPECT_EQ(again.err, ran.err);
  EXPECT_GT(kept.header.at("step"), 0);
}

// The one step's loss is finite; what it leaves is not.
TEST(DivergedTraining, of_an_only_step_is_noticed_before_it_is_saved) {
  const Folder folder;
  const Ran ran = nonzero(
      "train --model mlp --width 0.0625 --lr 1e6 --weight-decay 1e38 --schedule constant --batch 2000 "
      "--epochs 1 --run '" +
      folder.file("run") + "'");
  EXPECT_EQ(ran.status, 1) << ran.out;
  EXPECT_THAT(ran.err, AllOf(HasSubstr("is not finite"), HasSubstr("no checkpoint had been made")));
  EXPECT_FALSE(fs::exists(folder.file("run/checkpoint")));
  EXPECT_FALSE(fs::exists(folder.file("run/result.json")));
}

Options mixed_step(const std::string& model) {
  Options options;
  options.model = model;
  options.method = PruningMethod::kDense;
  options.precision = "mixed";
  options.width = 0.0625;
  options.epochs = 1;
  options.batch = 2000;
  return options;
}

Checkpoint::Tensor& named(Checkpoint& checkpoint, const std::string& name) {
  for (Checkpoint::Tensor& tensor : checkpoint.tensors)
    if (tensor.name == name) return tensor;
  throw std::logic_error("no " + name);
}

// A scale at which any gradient overflows FP16, with a loss that does not.
TEST(OverflowingGradient, halves_the_scale_and_changes_nothing_else) {
  const Folder folder;
  const std::string run = folder.file("run");
  Options options = mixed_step("smallconv");
  options.epochs = 2;
  trained(options, run);
  // The first epoch's checkpoint, with a scale that is far too large.
  Checkpoint before = train::parse_checkpoint(text_of(run + "/" + train::kPreviousName), "previous");
  before.header["loss_scale"] = std::ldexp(1.0, 60);
  { RunFolder(run).save(before); }
  options.resume = true;
  const train::Trained done = trained(options, run);
  EXPECT_EQ(done.history.back().loss_scale, std::ldexp(1.0, 59));
  EXPECT_EQ(done.history.back().skipped, before.header.at("skipped").get<uint64_t>() + 1);
  const Checkpoint after = checkpoint_of(run);
  EXPECT_EQ(after.header.at("updates"), before.header.at("updates"));
  ASSERT_EQ(after.tensors.size(), before.tensors.size());
  // The norms' running statistics are among them.
  for (size_t i = 0; i < after.tensors.size(); ++i)
    EXPECT_EQ(after.tensors[i].values, before.tensors[i].values) << after.tensors[i].name;
}

// Weights of -1e6 are minus infinity in FP16: behind the relu the loss is finite, and before it no gradient.
TEST(OverflowingGradient, at_every_scale_ends_the_training_at_the_50th) {
  const Folder folder;
  const std::string run = folder.file("run");
  Options options = mixed_step("mlp");
  options.epochs = 60;
  trained(options, run);
  Checkpoint checkpoint = train::parse_checkpoint(text_of(run + "/" + train::kCheckpointName), "checkpoint");
  checkpoint.header["step"] = 1;
  checkpoint.header["history"] = nlohmann::json::array();
  for (float& bias : named(checkpoint, "fc1.bias").values) bias = 1000;
  for (float& weight : named(checkpoint, "fc2.weight").values) weight = -1e6F;
  { RunFolder(run).save(checkpoint); }
  options.resume = true;
  try {
    trained(options, run);
    FAIL() << "no overflow";
  } catch (const train::Diverged& diverged) {
    EXPECT_THAT(diverged.what(), AllOf(HasSubstr("epoch 51, step 1: 50 steps in a row overflowed"),
                                       HasSubstr("checkpoint is kept in ")));
  }
  // None of the 49 skipped steps has replaced it.
  EXPECT_EQ(checkpoint_of(run).header.at("step"), 1);
  expect_finite(checkpoint_of(run));
}

}  // namespace
}  // namespace nonzero::test
