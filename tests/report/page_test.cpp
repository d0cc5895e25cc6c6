#include "nonzero/report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "nonzero/base/error.h"

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
