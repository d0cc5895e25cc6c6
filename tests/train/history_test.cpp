#include "train/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace nonzero::test {
namespace {

using train::EpochRecord;

// JSON has no NaN: the loss of an epoch without a counted step comes back from null.
TEST(History, reads_back_what_is_no_number) {
  const std::vector<EpochRecord> history = {{1, 4, 0.05, -std::nan(""), -std::nan(""), 2.5, 0.1, 4096, 4}};
  const auto json = nlohmann::json::parse(train::to_json(history).dump());
  const std::vector<EpochRecord> back = train::history_of(json);
  ASSERT_EQ(back.size(), 1U);
  EXPECT_TRUE(std::isnan(back[0].loss));
  EXPECT_TRUE(std::isnan(back[0].train_accuracy));
  EXPECT_EQ(back[0].test_loss, 2.5);
  EXPECT_THAT(train::history_csv(history), testing::HasSubstr("\n1,4,0.05,nan,nan,2.5,0.1,4096,4\n"));
}

}  // namespace
}  // namespace nonzero::test
