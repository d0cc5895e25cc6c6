#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binary.h"
#include "support/steps.h"

namespace nonzero::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const StepShape kShape = StepShape::conv(4, 16, 12, 3, 2, 1, 9);
const StepRule kRule{PruningMethod::kBdwp, {2, 8}, true};

StepTensors tensors() { return drawn_step(kShape, kRule, 5); }

// Acceptance 9.
TEST(ExportedStep, is_run_and_held_to_its_tensors) {
  const Folder folder;
  write_step(folder.file("step"), kShape, kRule, tensors());
  const Ran ran = nonzero("run sat --step " + folder.file("step") + " --json");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const nlohmann::json result = ran.json_lines().front();
  EXPECT_EQ(result["output"]["checked"], true);
  EXPECT_EQ(result["output"]["method"], "exported tensors");
  EXPECT_LT(result["output"]["relative_error"].get<double>(), 1e-5);
  EXPECT_EQ(result["config"]["method"], "bdwp");
  // The same layer by its shape alone takes the same cycles.
  write_step(folder.file("shape"), kShape, kRule, {});
  const nlohmann::json shape =
      nonzero("run sat --step " + folder.file("shape") + " --json").json_lines().front();
  EXPECT_EQ(shape["cycles"], result["cycles"]);
  EXPECT_EQ(shape["stages"], result["stages"]);
  EXPECT_EQ(shape["output"]["checked"], false);
}

TEST(ExportedStep, that_was_computed_otherwise_is_refused_by_tensor_and_layer) {
  const Folder folder;
  StepTensors wrong = tensors();
  wrong.dx[7] += 1;
  write_step(folder.file("step"), kShape, kRule, wrong);
  const Ran ran = nonzero("run sat --step " + folder.file("step"));
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("dx of layer 'c' differs from the exported one"));
  EXPECT_EQ(nonzero("run sat --output none --step " + folder.file("step")).status, 0);
}

TEST(ExportedStep, sets_the_machine_up_unless_the_user_says_otherwise) {
  const Folder folder;
  const StepRule rule{PruningMethod::kSrste, {1, 4}, false};
  write_step(folder.file("step"), kShape, rule, drawn_step(kShape, rule, 5));
  const std::string run = "run sat --json --step " + folder.file("step");
  const nlohmann::json own = nonzero(run).json_lines().front();
  EXPECT_EQ(own["config"]["method"], "srste");
  EXPECT_EQ(own["config"]["m"], 4);
  const nlohmann::json dense = nonzero(run + " --set method=dense").json_lines().front();
  EXPECT_EQ(dense["config"]["method"], "dense");
  EXPECT_GT(dense["cycles"].get<uint64_t>(), own["cycles"].get<uint64_t>());
  EXPECT_EQ(dense["output"]["checked"], false);
}

TEST(SatCommand, refuses_what_makes_no_training_step) {
  const Folder folder;
  const auto message = [](const std::string& arguments) {
    const Ran ran = nonzero(arguments);
    EXPECT_EQ(ran.status, 2) << arguments;
    return ran.err;
  };
  EXPECT_THAT(message("run sat --gemm 8x8x8"), HasSubstr("sat does not support 'gemm'"));
  EXPECT_THAT(message("run sigma --suite sat-vit"), HasSubstr("sigma does not support 'training step'"));
  EXPECT_THAT(message("run sat --suite sat-vit --batch 0"), HasSubstr("batch 0"));
  EXPECT_THAT(message("run sat --suite sat-vit --set n=9"), HasSubstr("N from 1 to 8"));
  EXPECT_THAT(message("run sat --suite sat-vit --set method=bdvp"), HasSubstr("bdwp"));
  EXPECT_THAT(message("run sat --step " + folder.file("none")), HasSubstr("workload.json"));
  EXPECT_THAT(message("run sat --suite sat-vit --output y.mtx"), HasSubstr("--output"));
  write_step(folder.file("odd"), StepShape::conv(1, 12, 8, 1, 1, 0, 4), kRule, {});
  EXPECT_THAT(message("run sat --strict --step " + folder.file("odd")), HasSubstr("Cin is 12"));
  EXPECT_EQ(nonzero("run sat --step " + folder.file("odd")).status, 0);
}

TEST(SatCommand, writes_the_schedule_and_one_timeline_of_the_step) {
  const Folder folder;
  const Ran ran = nonzero("run sat --suite sat-resnet9 --batch 2 --schedule " + folder.file("s.csv") +
                          " --trace " + folder.file("t.json") + " --json");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(text_of(folder.file("s.csv")),
              StartsWith("layer,stage,gemm,dataflow,cycles,dram bytes\r\nconv1,FF,FF,"));
  const nlohmann::json trace = nlohmann::json::parse(text_of(folder.file("t.json")));
  uint64_t end = 0;
  for (const auto& event : trace["traceEvents"]) {
    if (event["ph"] != "X") continue;
    EXPECT_EQ(event["ts"], end);  // one after the other, without a gap
    end += event["dur"].get<uint64_t>();
  }
  EXPECT_EQ(ran.json_lines().back()["cycles"], end);
}

}  // namespace
}  // namespace nonzero::test
