#include "nonzero/report/page_bits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nonzero/report/page.h"

namespace nonzero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

FlipPage page() {
  FlipPage page;
  page.title = "Bit columns of two, flipped";
  page.command = "nonzero flip two.tflite";
  page.text = {"Accuracy 86.0 %."};
  page.layers = {{"conv1", 64, 8, 2, 1.5, 2.25, 512, 256, 0.125}, {"fc", 192, 8, 0, 3, 3, 1024, 1024, 0}};
  page.curves = {{"conv1", {0, 1, 2}, {86, 86, 85.5}}, {"fc", {0, 4}, {86, 12}}};
  page.steps = {{"conv1", 1, 100, 0, 0, true}, {"fc", 1, 80, 4, 4, false}, {"conv1", 2, 90, 0.5, 0.5, true}};
  page.groups = {{"conv1, group 0", {-3, 4, 5, -4}, {-4, 4, 5, -4}}};
  return page;
}

TEST(FlipPage, tells_zero_columns_and_ratio_of_each_layer_before_and_after) {
  const Findings f = flip_findings(page());
  ASSERT_EQ(f.bars.size(), 2U);
  EXPECT_THAT(f.bars[0].labels, ElementsAre("conv1", "fc"));
  EXPECT_THAT(f.bars[0].series[0].values, ElementsAre(1.5, 3));
  EXPECT_THAT(f.bars[0].series[1].values, ElementsAre(2.25, 3));
  EXPECT_THAT(f.bars[1].series[0].values, ElementsAre(1, 1.5));  // 8 * 64 / 512, 8 * 192 / 1024
  EXPECT_THAT(f.bars[1].series[1].values, ElementsAre(2, 1.5));
}

TEST(FlipPage, adds_the_layers_up_by_their_groups) {
  const Findings f = flip_findings(page());
  // 8 groups of 1.5 and 24 of 3 zero columns; 8 * 256 weights in 1536 and 1280 bits.
  EXPECT_THAT(f.tables[0].rows.back(), ElementsAre("all", "256", "", "", "2.62", "2.81", "1.33", "1.60", ""));
  FlipPage one = page();
  one.layers.pop_back();
  EXPECT_EQ(flip_findings(one).tables[0].rows.size(), 1U);
}

TEST(FlipPage, follows_the_accepted_steps_of_the_search) {
  const Findings f = flip_findings(page());
  EXPECT_EQ(f.tables[1].rows.size(), 3U);
  EXPECT_THAT(f.tables[1].rows[1], testing::Contains("refused"));
  ASSERT_EQ(f.lines.size(), 2U);
  EXPECT_THAT(f.lines[0].series[1].y, ElementsAre(86, 12));
  EXPECT_THAT(f.lines[1].series[0].x, ElementsAre(0, 0, 0.5));
  EXPECT_THAT(f.lines[1].series[0].y, ElementsAre(0, 100, 190));
}

TEST(FlipPage, leaves_out_what_was_not_done) {
  FlipPage bare;
  bare.title = "nothing flipped";
  const Findings f = flip_findings(bare);
  EXPECT_TRUE(f.tables.empty() && f.bars.empty() && f.lines.empty());
}

TEST(FlipPage, carries_the_groups_bit_by_bit) {
  if (!page_available()) GTEST_SKIP() << "built without the report page";
  const std::string html = flip_page(page());
  EXPECT_THAT(
      html,
      HasSubstr(R"("bit_groups":[{"title":"conv1, group 0","before":[-3,4,5,-4],"after":[-4,4,5,-4]}])"));
  EXPECT_THAT(html, HasSubstr("Zero columns per group"));
}

}  // namespace
}  // namespace nonzero
