#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binary.h"

namespace nonzero::test {
namespace {

// Each would take minutes. A second is the promise; the bound leaves room for a machine that is busy
// or runs under the sanitizers.
constexpr double kSeconds = 5;

class Interrupt : public testing::TestWithParam<std::pair<const char*, double>> {};

TEST_P(Interrupt, ends_long_work_at_once_with_status_130) {
  How how;
  how.interrupt_after = GetParam().second;
  const Ran ran = nonzero(GetParam().first, how);
  EXPECT_EQ(ran.status, 130) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, testing::HasSubstr("interrupted"));
  EXPECT_LT(ran.seconds, kSeconds);
}

INSTANTIATE_TEST_SUITE_P(
    Work, Interrupt,
    testing::Values(
        std::pair{"run sigma --gemm 4000x4000x4000 --output check", 0.3},  // making the operands
        std::pair{"run sigma --gemm 4000x4000x4000 --output check", 2.0},  // following the mapping
        std::pair{"run tpu --gemm 4000x4000x4000 --output check", 2.0},
        std::pair{"run sigma --gemm 40000x40000x40000 --density-a 0.5 --output none", 1.0},
        std::pair{"run sigma --generate rmat:rows=4194304,edges=200000000,seed=1 --output none", 0.5}));

TEST(InterruptedOutput, loses_no_earlier_file_and_leaves_nothing_beside_it) {
  const Folder folder;
  folder.write("C.mtx", "earlier\n");
  folder.write("t.json", "earlier\n");
  How how;
  how.interrupt_after = 1;
  const Ran ran = nonzero("run sigma --gemm 4000x4000x4000 --output " + folder.file("C.mtx") + " --trace " +
                              folder.file("t.json"),
                          how);
  EXPECT_EQ(ran.status, 130);
  EXPECT_EQ(text_of(folder.file("C.mtx")), "earlier\n");
  EXPECT_EQ(text_of(folder.file("t.json")), "earlier\n");
  EXPECT_THAT(folder.names(), testing::UnorderedElementsAre("C.mtx", "t.json"));
}

}  // namespace
}  // namespace nonzero::test
