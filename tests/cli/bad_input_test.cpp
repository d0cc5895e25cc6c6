#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binary.h"

namespace nonzero::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Refusal {
  const char* arguments;
  std::vector<const char*> named;  // what the message must say
};

void PrintTo(const Refusal& refusal, std::ostream* os) { *os << refusal.arguments; }

class BadInput : public testing::TestWithParam<Refusal> {};

TEST_P(BadInput, is_refused_with_status_2_and_what_is_allowed) {
  const Ran ran = nonzero(GetParam().arguments);
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
  for (const char* words : GetParam().named) EXPECT_THAT(ran.err, HasSubstr(words));
}

INSTANTIATE_TEST_SUITE_P(
    Nearest, BadInput,
    testing::Values(Refusal{"run sigma --gem 4x4x4", {"--gem", "did you mean '--gemm'"}},
                    Refusal{"rum sigma --gemm 4x4x4", {"did you mean 'run'"}},
                    Refusal{"run sgima --gemm 4x4x4", {"sgima", "did you mean 'sigma'"}},
                    Refusal{"compare sigma tpo --gemm 4x4x4", {"did you mean 'tpu'"}},
                    Refusal{"run sigma --gemm 4x4x4 --set flex_dpe=4", {"did you mean 'flex_dpes'"}},
                    Refusal{"run sigma --gemm 4x4x4 --set reduction=fam", {"did you mean 'fan'"}},
                    Refusal{"run sigma --suite sigma-gemm", {"did you mean 'sigma-gemms'"}},
                    Refusal{"run sigma --gemm 4x4x4 --preset sigmaa", {"did you mean 'sigma'"}},
                    Refusal{"reproduce sigma/peek", {"did you mean 'sigma/peak'"}},
                    Refusal{"run sigma gem:4x4x4", {"did you mean 'gemm'"}},
                    Refusal{"arch show sigm", {"did you mean 'sigma'"}}));

INSTANTIATE_TEST_SUITE_P(
    Range, BadInput,
    testing::Values(
        Refusal{"run sigma --gemm 4x4x4 --set flex_dpes=0", {"flex_dpes", "'0'", "from 1 to 16384"}},
        Refusal{"run sigma --gemm 4x4x4 --set multipliers_per_dpe=48", {"48", "power of two"}},
        Refusal{"run sigma --gemm 4x4x4 --set stream_words=0", {"stream_words", ">= 1, or unlimited"}},
        Refusal{"run sigma --gemm 4x4x4 --set flex_dpes=many", {"many", "whole number"}},
        Refusal{"run sigma --gemm 4x4x4 --set flex_dpes", {"flex_dpes"}},
        Refusal{"run sigma --gemm 4x4x4 --density-a 2", {"density", "2", "0 to 1"}},
        Refusal{"run sigma --gemm 4x4x4 --density-b -0.5", {"-0.5", "0 to 1"}},
        Refusal{"run sigma --gemm 4x4x4 --density-a nan", {"nan", "0 to 1"}},
        Refusal{"run sigma --gemm 4x4x4 --threads 0", {"--threads"}},
        Refusal{"run sigma --gemm 4x4", {"4x4", "MxNxK"}}, Refusal{"run sigma --gemm 4x4x", {"''"}},
        Refusal{"run sigma --gemm 4x4x4x4", {"4x4"}}, Refusal{"run sigma --gemm -4x4x4", {"-4"}},
        Refusal{"run sigma --gemm 0x4x4", {"0"}},
        Refusal{"run sigma --gemm 99999999999999999999x4x4", {"99999999999999999999"}},
        Refusal{"run sigma gemm:4x4x4@c=1", {"'c=1'", "a=, b=, seed="}},
        Refusal{"formats --rows 0", {"--rows"}}));

INSTANTIATE_TEST_SUITE_P(
    Usage, BadInput,
    testing::Values(Refusal{"", {"subcommand"}}, Refusal{"run", {"design"}},
                    Refusal{"run sigma", {"no workload", "--gemm"}},
                    Refusal{"run sigma --gemm 4x4x4 --suite sigma-gemms", {"more than one workload"}},
                    Refusal{"run sigma gemm:4x4x4 --suite sigma-gemms", {"more than one workload"}},
                    Refusal{"run sigma --b /dev/null --gemm 4x4x4", {"--b"}},
                    Refusal{"run sigma --gemm 4x4x4 --preset sigma --config x.yaml",
                            {"--preset", "--config"}},
                    Refusal{"run sigma --gemm 4x4x4 --preset tpu-128x128", {"systolic", "sigma"}},
                    Refusal{"run sigma --gemm 4x4x4 --output C.txt", {"C.txt", "FILE.mtx"}},
                    Refusal{"run sigma --suite sigma-gemms --output C.mtx", {"10 operations"}},
                    Refusal{"compare sigma tpu --gemm 4x4x4 --output C.mtx", {"--output"}},
                    Refusal{"run sigma --gemm 4x4x4 --set tpu.rows=4", {"tpu.rows"}},
                    Refusal{"compare sigma tpu --gemm 4x4x4 --set tpo.rows=4", {"did you mean 'tpu'"}},
                    Refusal{"reproduce", {"--all"}}, Refusal{"reproduce sigma --all", {"--all"}},
                    Refusal{"run sigma --a /no/such/A.mtx", {"/no/such/A.mtx", "no such file"}},
                    Refusal{"run sigma --a /tmp", {"/tmp"}},
                    Refusal{"run sigma --layers /no/such.csv", {"/no/such.csv"}},
                    Refusal{"run sigma --gemm 4x4x4 --config /no/such.yaml", {"/no/such.yaml"}}));

TEST(BadFile, in_a_configuration_is_named_with_its_line) {
  const Folder folder;
  const auto err = [&](const std::string& yaml) {
    const Ran ran = nonzero("run sigma --gemm 4x4x4 --config " + folder.write("mine.yaml", yaml));
    EXPECT_EQ(ran.status, 2);
    return ran.err;
  };
  EXPECT_THAT(err("accelerator: sigma\n\nflex_dpe: 4\n"),
              AllOf(HasSubstr("mine.yaml:3"), HasSubstr("'flex_dpes'")));
  EXPECT_THAT(err("# none\nflex_dpes: 0\n"), AllOf(HasSubstr("mine.yaml:2"), HasSubstr("1 to 16384")));
  EXPECT_THAT(err("flex_dpes: [1\n"), HasSubstr("mine.yaml:"));
  EXPECT_THAT(err("accelerator: systolic\nrows: 4\n"), HasSubstr("mine.yaml:1"));
}

TEST(BadFile, whose_partner_has_another_shape_is_refused_with_both_shapes) {
  const Folder folder;
  const std::string a =
      folder.write("A.mtx", "%%MatrixMarket matrix coordinate real general\n2 3 1\n1 1 1\n");
  const std::string b =
      folder.write("B.mtx", "%%MatrixMarket matrix coordinate real general\n4 5 1\n1 1 1\n");
  const Ran ran = nonzero("run sigma --a " + a + " --b " + b);
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("2 x 3"), HasSubstr("4 x 5"), HasSubstr("A.mtx"), HasSubstr("B.mtx")));
}

// Peak memory stands for "before anything is allocated": the claimed elements would be terabytes.
TEST(BadFile, that_claims_a_million_million_elements_in_a_kilobyte_is_refused_before_allocating) {
  const Folder folder;
  const std::string a =
      folder.write("huge.mtx", "%%MatrixMarket matrix coordinate real general\n%" + std::string(900, ' ') +
                                   "\n1000000 1000000 1000000000000\n1 1 1\n");
  const Ran ran = nonzero("run sigma --a " + a);
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("huge.mtx:3"), HasSubstr("1000000000000")));
  EXPECT_LT(ran.peak_kib, 512 * 1024);
}

TEST(BadFile, cut_short_is_named_with_its_line) {
  const Folder folder;
  const std::string a =
      folder.write("cut.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n");
  const Ran ran = nonzero("run sigma --a " + a);
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("cut.mtx:"));
}

TEST(TooLarge, a_product_that_does_not_fit_memory_is_refused_before_it_is_computed) {
  const Ran ran =
      nonzero("run sigma --gemm 2000000x2000000x64 --density-a 0.5 --density-b 0.5 --output check");
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("memory"));
}

}  // namespace
}  // namespace nonzero::test
