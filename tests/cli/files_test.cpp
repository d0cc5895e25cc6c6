#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "binary.h"
#include "nonzero/io/csv.h"
#include "nonzero/io/mtx.h"
#include "nonzero/reference/product.h"
#include "nonzero/report/page.h"
#include "support/matrices.h"

namespace nonzero::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Small whole numbers, exact in bf16, so that the product is exact.
const Csr kA = draw({"1 . 2 .", ". 3 . .", ". . . .", "4 . . 5"});
const Csr kB = draw({"1 .", ". 2", "3 4", ". -1"});
// By hand.
const Csr kC = draw({"7  8", ".  6", ".  .", "4 -5"});

TEST(OutputFile, reads_back_as_the_product) {
  const Folder folder;
  write_mtx(folder.file("A.mtx"), kA);
  write_mtx(folder.file("B.mtx"), kB);
  for (const std::string design :
       {"sigma", "tpu", "sigma --set stationary=kn", "sigma --set stationary=none"}) {
    const Ran ran = nonzero("run " + design + " --a " + folder.file("A.mtx") + " --b " +
                            folder.file("B.mtx") + " --output " + folder.file("C.mtx"));
    ASSERT_EQ(ran.status, 0) << ran.err;
    const Csr c = read_mtx(folder.file("C.mtx")).matrix;
    EXPECT_EQ(picture(c), picture(kC)) << design;
    EXPECT_THAT(folder.names(), testing::UnorderedElementsAre("A.mtx", "B.mtx", "C.mtx"));
  }
}

TEST(TraceFile, of_sigma_lays_the_cycles_end_to_end) {
  const Folder folder;
  const Ran ran =
      nonzero("run sigma --gemm 64x50x60 --set flex_dpes=4 --set multipliers_per_dpe=64 --json --trace " +
              folder.file("t.json"));
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto trace = nlohmann::json::parse(text_of(folder.file("t.json")));
  uint64_t at = 0, folds = 0;
  for (const auto& event : trace["traceEvents"]) {
    if (event["ph"] != "X") continue;
    EXPECT_EQ(event["ts"], at);
    at += event["dur"].get<uint64_t>();
    folds = std::max(folds, event["args"]["tile"].get<uint64_t>() + 1);
  }
  EXPECT_EQ(at, ran.json_lines().at(0)["cycles"].get<uint64_t>());
  EXPECT_GT(folds, 1U);
}

TEST(CsvFile, has_a_head_and_a_record_per_operation_and_design) {
  const Folder folder;
  const Ran ran =
      nonzero("compare sigma tpu --suite sigma-gemms --set timing=analytic --csv " + folder.file("r.csv"));
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto records = io::parse_csv(text_of(folder.file("r.csv")), "r.csv");
  ASSERT_EQ(records.size(), 21U);
  for (const auto& record : records) EXPECT_EQ(record.fields.size(), records[0].fields.size());
  EXPECT_EQ(records[0].fields[0], "operation");
}

TEST(HtmlFile, is_a_page_with_the_results_in_it) {
  if (!page_available()) GTEST_SKIP() << "this build carries no page: npm or Node.js was missing";
  const Folder folder;
  const Ran ran = nonzero("compare sigma tpu --gemm 40x50x60 --html " + folder.file("r.html"));
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(text_of(folder.file("r.html")),
              testing::AllOf(HasSubstr("nonzero.page/1"), HasSubstr("40x50x60")));
}

class Output : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string(GetParam()) == "--html r.html" && !page_available())
      GTEST_SKIP() << "this build carries no page: npm or Node.js was missing";
  }
  // `--html r.html` becomes the option and the file within `folder`.
  static std::string option(const std::string& folder) {
    const std::string text = GetParam();
    const size_t blank = text.find(' ');
    return text.substr(0, blank) + " " + folder + "/" + text.substr(blank + 1);
  }
  static std::string name() { return std::string(GetParam()).substr(std::string(GetParam()).find(' ') + 1); }
};

const std::string kRun = "run sigma --gemm 64x64x64 ";

TEST_P(Output, into_a_missing_folder_fails_with_status_1_and_its_name) {
  const Ran ran = nonzero(kRun + option("/no/such"));
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("/no/such/" + name()));
}

TEST_P(Output, onto_a_folder_fails_and_leaves_it) {
  const Folder folder;
  fs::create_directory(folder.file(name()));
  const Ran ran = nonzero(kRun + option(folder.file("")));
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(folder.names(), ElementsAre(name()));
  EXPECT_TRUE(fs::is_directory(folder.file(name())));
}

// A limit on file sizes fails the way a full disk does: the write stops after some bytes.
TEST_P(Output, onto_a_full_disk_keeps_the_earlier_file_and_leaves_nothing_beside_it) {
  const Folder folder;
  folder.write(name(), "earlier\n");
  How full;
  full.before = "trap '' XFSZ; ulimit -f 1; ";
  full.out = "/dev/null";
  const Ran ran = nonzero(
      "run sigma --gemm 64x64x64 --set flex_dpes=2 --set multipliers_per_dpe=16 " + option(folder.file("")),
      full);
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr(name()));
  EXPECT_EQ(text_of(folder.file(name())), "earlier\n");
  EXPECT_THAT(folder.names(), ElementsAre(name()));
}

TEST_P(Output, into_a_read_only_folder_keeps_the_earlier_file) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const Folder folder;
  folder.write(name(), "earlier\n");
  fs::permissions(folder.file(""), fs::perms::owner_read | fs::perms::owner_exec);
  const Ran ran = nonzero(kRun + option(folder.file("")));
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(text_of(folder.file(name())), "earlier\n");
  fs::permissions(folder.file(""), fs::perms::owner_all);
}

INSTANTIATE_TEST_SUITE_P(File, Output, testing::Values("--output C.mtx", "--trace t.json", "--html r.html"));

TEST(StandardOutput, that_is_full_is_a_failure_of_every_command) {
  How full;
  full.out = "/dev/full";
  for (const std::string command :
       {"run sigma --gemm 8x8x8", "run sigma --gemm 8x8x8 --json", "--help", "--version",
        "compare sigma tpu --gemm 8x8x8", "reproduce sigma/cycles --json", "arch list", "arch show sigma",
        "formats", "formats --csv", "completion", "man"}) {
    const Ran ran = nonzero(command, full);
    EXPECT_EQ(ran.status, 1) << command;
    EXPECT_THAT(ran.err, HasSubstr("standard output")) << command;
  }
}

}  // namespace
}  // namespace nonzero::test
