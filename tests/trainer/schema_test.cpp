#include "support/schema.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/binary.h"

namespace nonzero::test {
namespace {

using nlohmann::json;

PublishedSchema published(const std::string& name) {
  return PublishedSchema(
      json::parse(text_of(std::string(NONZERO_SOURCE_DIR) + "/src/nonzero/report/" + name)));
}

TEST(TrainerJson, keeps_the_published_schemas) {
  const Folder folder;
  const Ran ran = nonzero(
      "train --model vit --width 0.125 --method bdwp --nm 2:4 --epochs 1 --train-limit 100 "
      "--test-limit 50 --json --export '" +
      folder.file("step") + "'");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const PublishedSchema results = published("result.schema.json");
  json training = ran.json_lines().at(0);
  EXPECT_EQ(results.complaints(training), "") << training.dump();
  const PublishedSchema steps = published("step.schema.json");
  const json step = json::parse(text_of(folder.file("step/workload.json")));
  EXPECT_EQ(steps.complaints(step), "") << step.dump();
  training["epochs"][0]["test_accuracy"] = 1.5;
  EXPECT_NE(results.complaints(training), "");
}

}  // namespace
}  // namespace nonzero::test
