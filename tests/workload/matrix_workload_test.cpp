#include "nonzero/workload/matrix_workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "nonzero/base/error.h"
#include "nonzero/workload/spec.h"
#include "support/data.h"

namespace nonzero {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kSquare = "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 3\n2 1 4\n";
constexpr const char* kWide = "%%MatrixMarket matrix coordinate real general\n2 3 2\n1 1 3\n2 3 4\n";

class Matrices : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "nonzero-matrices-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { fs::remove_all(folder); }
  std::string write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  }
  fs::path folder;
};

std::string complaint(const WorkloadOptions& options) {
  try {
    (void)make_workload(options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

WorkloadOptions generated(const std::string& description) {
  WorkloadOptions options;
  options.generate_a = description;
  return options;
}

Operation only(const WorkloadOptions& options) {
  const Workload workload = make_workload(options);
  EXPECT_EQ(workload.operations.size(), 1U);
  return workload.operations.at(0);
}

TEST_F(Matrices, meet_a_dense_b_of_k_columns_that_is_not_made_before_it_is_needed) {
  WorkloadOptions options;
  options.a_file = write("A.mtx", kWide);
  options.dense_columns = 5;
  const Operation op = only(options);
  EXPECT_EQ(op.kind, "spmm");
  EXPECT_EQ(op.name, "A*dense5");
  EXPECT_EQ(op.m(), 2U);
  EXPECT_EQ(op.k(), 3U);
  EXPECT_EQ(op.n(), 5U);
  EXPECT_FALSE(op.gemm().b.at_hand());
  EXPECT_EQ(nnz(*op.gemm().b.matrix()), 15U);
}

TEST_F(Matrices, meet_the_usual_dense_b_of_a_machine_only_where_nothing_else_is_said) {
  WorkloadOptions options;
  options.a_file = write("A.mtx", kSquare);
  options.usual_columns = 32;
  EXPECT_EQ(only(options).n(), 32U);
  options.dense_columns = 4;
  EXPECT_EQ(only(options).n(), 4U);
  options.dense_columns = {};
  options.b_file = write("B.mtx", kWide);
  EXPECT_EQ(only(options).n(), 3U);
}

TEST_F(Matrices, of_a_folder_stand_in_the_order_of_their_paths) {
  write("b/second.mtx", kSquare);
  write("a/first.mtx", kWide);
  write("c.smtx", "2, 2, 1\n0 1 1\n1\n");
  write("notes.txt", "no matrix");
  WorkloadOptions options;
  options.matrices = folder.string();
  options.dense_columns = 8;
  const Workload workload = make_workload(options);
  std::vector<std::string> names;
  for (const Operation& op : workload.operations) names.push_back(op.name);
  EXPECT_THAT(names, ElementsAre("a/first*dense8", "b/second*dense8", "c*dense8"));
  WorkloadOptions word;
  word.word = "matrices:" + folder.string() + "@k=8";
  EXPECT_EQ(make_workload(word).operations.at(2).gemm().a.hash(), workload.operations.at(2).gemm().a.hash());
  options.dense_columns = {};
  EXPECT_EQ(make_workload(options).operations.at(0).name, "a/first*a/firstT");
}

TEST_F(Matrices, of_a_folder_that_cannot_be_read_are_named_and_left_out) {
  write("broken.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 9\n1 1 3\n");
  write("good.mtx", kSquare);
  WorkloadOptions options;
  options.matrices = folder.string();
  const Workload workload = make_workload(options);
  EXPECT_EQ(workload.operations.size(), 1U);
  ASSERT_EQ(workload.warnings.size(), 1U);
  EXPECT_THAT(workload.warnings[0], HasSubstr("left out: "));
  EXPECT_THAT(workload.warnings[0], HasSubstr("broken.mtx:2"));
  fs::remove(folder / "good.mtx");
  EXPECT_THAT(complaint(options), HasSubstr("no matrix below it can be read"));
}

TEST_F(Matrices, of_a_folder_without_any_are_refused) {
  WorkloadOptions options;
  options.matrices = folder.string();
  EXPECT_THAT(complaint(options), HasSubstr("no matrix file below it"));
  options.matrices = (folder / "missing").string();
  EXPECT_THAT(complaint(options), HasSubstr("expected: a folder"));
}

TEST_F(Matrices, multiply_in_the_semiring_asked_for) {
  WorkloadOptions options;
  options.word = "file:" + write("A.mtx", kSquare) + "@k=2,semiring=min-plus";
  EXPECT_EQ(only(options).gemm().semiring, Semiring::kMinPlus);
  EXPECT_EQ(only(generated("diagonal:rows=3")).gemm().semiring, Semiring::kPlusTimes);
  options.word = "generate:diagonal:rows=3@semiring=or-und";
  EXPECT_THAT(complaint(options), HasSubstr("did you mean 'or-and'"));
}

TEST(GeneratedMatrices, take_k_too) {
  WorkloadOptions options = generated("mycielskian:5");
  options.dense_columns = 32;
  EXPECT_EQ(only(options).n(), 32U);
  options.word = "generate:mycielskian:5@k=32";
  options.generate_a = "";
  options.dense_columns = {};
  EXPECT_EQ(only(options).gemm().b.hash(), only([] {
                                             WorkloadOptions same = generated("mycielskian:5");
                                             same.dense_columns = 32;
                                             return same;
                                           }())
                                               .gemm()
                                               .b.hash());
}

TEST(GeneratedMatrices, that_take_a_gigabyte_are_announced) {
  EXPECT_THAT(workload_notice(generated("mycielskian:18")), HasSubstr("mycielskian:18 takes up to 1.6 GB"));
  EXPECT_THAT(workload_notice(generated("mycielskian:10")), IsEmpty());
  EXPECT_THAT(workload_notice({}), IsEmpty());
}

TEST(DenseColumns, are_refused_where_they_mean_nothing) {
  WorkloadOptions options = generated("diagonal:rows=3");
  options.dense_columns = 0;
  EXPECT_THAT(complaint(options), HasSubstr("--k 0; allowed: 1 to 2^31"));
  options.dense_columns = 4;
  options.generate_b = "diagonal:rows=3";
  EXPECT_THAT(complaint(options), HasSubstr("--k without a matrix A that stands alone"));
  WorkloadOptions gemm;
  gemm.gemm = "4x4x4";
  gemm.dense_columns = 4;
  EXPECT_THAT(complaint(gemm), HasSubstr("--k without"));
  gemm.dense_columns = {};
  gemm.semiring = Semiring::kOrAnd;
  EXPECT_THAT(complaint(gemm), HasSubstr("--semiring without a matrix A"));
  gemm.semiring = {};
  gemm.generate_b = "diagonal:rows=3";
  EXPECT_THAT(complaint(gemm), HasSubstr("--generate-b without --generate"));
}

TEST(RealMatrices, of_the_whole_folder_are_read) {
  NONZERO_NEEDS_SHARED_DATA(data);
  WorkloadOptions options;
  options.matrices = (data / "matrices/rect").string();
  options.dense_columns = 32;
  const Workload workload = make_workload(options);
  EXPECT_GE(workload.operations.size(), 9U);
  for (const Operation& op : workload.operations) EXPECT_EQ(op.n(), 32U);
}

}  // namespace
}  // namespace nonzero
