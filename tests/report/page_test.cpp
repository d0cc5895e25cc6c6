#include "nonzero/report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "nonzero/base/error.h"
#include "nonzero/report/page_data.h"

namespace nonzero {
namespace {

using nlohmann::ordered_json;

ordered_json page_data() {
  return {{"schema", "nonzero.page/1"},
          {"title", "t"},
          {"command", "nonzero run"},
          {"results", ordered_json::array()}};
}

// What the page's own script will read: the text between the data element's tags.
std::string data_element(const std::string& page) {
  const std::string open = "id=\"nonzero-data\">";
  const auto begin = page.find(open) + open.size();
  return page.substr(begin, page.find("</script>", begin) - begin);
}

class Page : public testing::Test {
 protected:
  void SetUp() override {
    if (!page_available()) GTEST_SKIP() << "this build carries no page: npm or Node.js was missing";
  }
};

TEST_F(Page, holds_the_data_unchanged) {
  ordered_json data = page_data();
  data["results"].push_back(
      {{"accelerator", "sigma"}, {"cycles", 66454}, {"phases", {{"stream", 1}, {"load", 2}}}});
  EXPECT_EQ(ordered_json::parse(data_element(render_page(data))).dump(), data.dump());
}

TEST_F(Page, keeps_a_name_that_looks_like_markup_inside_the_data) {
  ordered_json data = page_data();
  data["title"] = "</script><script>alert(1)</script><!-- \xe2\x80\xa8 & \"";
  const std::string element = data_element(render_page(data));
  EXPECT_EQ(element.find('<'), std::string::npos);
  EXPECT_EQ(ordered_json::parse(element)["title"], data["title"]);
}

TEST_F(Page, replaces_bytes_that_are_no_text) {
  ordered_json data = page_data();
  data["title"] = "matrix \xff.mtx";
  EXPECT_EQ(ordered_json::parse(data_element(render_page(data)))["title"], "matrix \xef\xbf\xbd.mtx");
}

TEST_F(Page, leaves_data_that_names_the_placeholder_alone) {
  ordered_json data = page_data();
  data["title"] = "@nonzero-data@";
  EXPECT_EQ(ordered_json::parse(data_element(render_page(data)))["title"], "@nonzero-data@");
}

TEST_F(Page, asks_the_network_for_nothing) {
  const std::string page = render_page(page_data());
  EXPECT_THAT(page, testing::HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("<script type=\"module\" crossorigin src=")));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("<link rel=\"stylesheet\"")));
}

RunResult two_operations() {
  RunResult run;
  run.results.resize(2);
  for (Result& result : run.results) result.accelerator = "flexagon";
  return run;
}

TEST_F(Page, sums_up_a_run_of_several_operations) {
  const RunResult run = two_operations();
  const ordered_json data = ordered_json::parse(data_element(result_page({&run, 1})));
  ASSERT_EQ(data["summaries"].size(), 1u);
  EXPECT_EQ(data["summaries"][0]["accelerator"], "flexagon");
  EXPECT_TRUE(data["studies"].empty());
}

TEST_F(Page, takes_a_mapped_networks_summary_in_place_of_the_runs) {
  const RunResult run = two_operations();
  const ordered_json summary = {{"schema", "nonzero.summary/1"}, {"network_map", {{"mapper", "exact"}}}};
  const ordered_json data = ordered_json::parse(data_element(result_page({&run, 1}, {{summary}, {}})));
  EXPECT_EQ(data["summaries"], ordered_json::array({summary}));
}

TEST_F(Page, shows_a_merging_once_however_many_operations_carry_it) {
  RunResult run = two_operations();
  run.results[0].views.emplace_back("mrn", ordered_json{{"title", "first"}});
  run.results[1].views.emplace_back("mrn", ordered_json{{"title", "second"}});
  const ordered_json data = ordered_json::parse(data_element(result_page({&run, 1})));
  EXPECT_EQ(data["views"]["mrn"]["title"], "first");
}

TEST_F(Page, draws_the_roof_of_a_memory_given_in_bytes_per_cycle) {
  RunResult run = two_operations();
  run.results[0].clock_hz = 1e9;
  run.results[0].config.emplace_back("dram_bytes_per_cycle", int64_t{256});
  const ordered_json data = ordered_json::parse(data_element(result_page({&run, 1})));
  EXPECT_EQ(data["views"]["roofline"]["dram_bytes_per_second"]["flexagon"], 256e9);
}

TEST_F(Page, holds_studies_with_results_or_alone) {
  const ordered_json study = {{"schema", "nonzero.study/1"}, {"id", "flexagon-port"}};
  const RunResult run = two_operations();
  const ordered_json beside = ordered_json::parse(data_element(result_page({&run, 1}, {{}, {study}})));
  EXPECT_EQ(beside["studies"], ordered_json::array({study}));
  EXPECT_EQ(beside["summaries"].size(), 1u);
  const ordered_json alone =
      ordered_json::parse(data_element(study_page("t", "nonzero study flexagon-port", {&study, 1})));
  EXPECT_EQ(alone["studies"], ordered_json::array({study}));
  EXPECT_TRUE(alone["results"].empty());
  EXPECT_EQ(alone["command"], "nonzero study flexagon-port");
}

TEST(PageWithoutNpm, is_refused_with_what_is_missing) {
  if (page_available()) GTEST_SKIP() << "this build carries the page";
  try {
    (void)render_page(page_data());
    FAIL() << "a page was rendered from nothing";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("npm"), testing::HasSubstr("Node.js")));
  }
}

}  // namespace
}  // namespace nonzero
