#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "nonzero/base/error.h"
#include "nonzero/workload/operands.h"
#include "nonzero/workload/spec.h"
#include "nonzero/workload/suites.h"
#include "support/matrices.h"

namespace nonzero::test {
namespace {

using testing::HasSubstr;

WorkloadOptions word(const std::string& text) {
  WorkloadOptions options;
  options.word = text;
  return options;
}

std::string complaint(const WorkloadOptions& options) {
  try {
    (void)make_workload(options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

void expect_same(const Workload& x, const Workload& y) {
  ASSERT_EQ(x.operations.size(), y.operations.size());
  for (size_t i = 0; i < x.operations.size(); ++i) {
    const Operation &p = x.operations[i], &q = y.operations[i];
    EXPECT_EQ(p.name, q.name);
    EXPECT_EQ(p.m() * p.n() * p.k(), q.m() * q.n() * q.k());
    EXPECT_EQ(p.gemm().a.hash(), q.gemm().a.hash());
    EXPECT_EQ(p.gemm().b.hash(), q.gemm().b.hash());
    EXPECT_EQ(p.repeat, q.repeat);
    EXPECT_EQ(p.seed, q.seed);
  }
}

class InFolder : public testing::Test {
 protected:
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("nonzero-workload-" + std::to_string(getpid()));
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  }
};

TEST(Word, of_a_gemm_equals_its_long_options) {
  WorkloadOptions options;
  options.gemm = "8x9x10";
  options.density_a = 0.2;
  options.density_b = 0.5;
  options.seed = 7;
  expect_same(make_workload(word("gemm:8x9x10@a=0.2,b=0.5,seed=7")), make_workload(options));
}

TEST(Word, of_a_suite_equals_its_long_option) {
  WorkloadOptions options;
  options.suite = "sigma-gemms";
  expect_same(make_workload(word("suite:sigma-gemms")), make_workload(options));
  options.density_a = 0.5;
  expect_same(make_workload(word("suite:sigma-gemms@a=0.5")), make_workload(options));
}

TEST_F(InFolder, words_of_files_equal_their_long_options) {
  const std::string a =
      write("A.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 3\n2 1 4\n");
  WorkloadOptions options;
  options.a_file = a;
  expect_same(make_workload(word("file:" + a)), make_workload(options));
  expect_same(make_workload(word("square:" + a)), make_workload(options));
  const std::string layers = write("net.csv", "name,M,N,K,repeat\nfirst,4,5,6,1\nlast,7,8,9,3\n");
  options.a_file = "";
  options.layers_file = layers;
  expect_same(make_workload(word("layers:" + layers)), make_workload(options));
}

TEST_F(InFolder, layers_carry_their_network_and_repeat) {
  const Workload workload =
      make_workload(word("layers:" + write("net.csv", "name,M,N,K,repeat\nfirst,4,5,6,1\nlast,7,8,9,3\n")));
  ASSERT_EQ(workload.operations.size(), 2U);
  EXPECT_EQ(workload.operations[1].name, "last");
  EXPECT_EQ(workload.operations[1].network, "net");
  EXPECT_EQ(workload.operations[1].repeat, 3U);
  EXPECT_EQ(workload.operations[1].k(), 9U);
}

TEST_F(InFolder, a_matrix_that_is_not_square_meets_its_transpose) {
  const std::string a =
      write("A.mtx", "%%MatrixMarket matrix coordinate real general\n2 3 2\n1 1 3\n2 3 4\n");
  const Operation op = make_workload(word("file:" + a)).operations.at(0);
  EXPECT_EQ(op.m(), 2U);
  EXPECT_EQ(op.k(), 3U);
  EXPECT_EQ(op.n(), 2U);
}

TEST_F(InFolder, stored_zeros_are_kept_unless_asked_otherwise) {
  WorkloadOptions options;
  options.a_file = write("A.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 3\n2 1 0\n");
  EXPECT_EQ(make_workload(options).operations[0].gemm().a.expected_nnz(), 2U);
  options.drop_zeros = true;
  EXPECT_EQ(make_workload(options).operations[0].gemm().a.expected_nnz(), 1U);
}

TEST_F(InFolder, what_reading_changed_is_said) {
  const std::string a =
      write("A.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 3\n1 1 3\n1 1 4\n2 2 1e-300\n");
  EXPECT_THAT(make_workload(word("file:" + a)).warnings,
              ElementsAre(HasSubstr("1 duplicate coordinates"),
                          HasSubstr("1 of its values are too small for a float")));
}

TEST(Word, that_is_wrong_is_refused_with_what_is_allowed) {
  EXPECT_THAT(complaint(word("gem:4x4x4")), HasSubstr("did you mean 'gemm'"));
  EXPECT_THAT(complaint(word("gemm")), HasSubstr("gemm:MxNxK"));
  EXPECT_THAT(complaint(word("gemm:4x4x4@d=1")), HasSubstr("a=, b=, seed="));
  EXPECT_THAT(complaint(word("gemm:4x4x4@a=1.5")), HasSubstr("0 to 1"));
  EXPECT_THAT(complaint(word("suite:sigma-gems")), HasSubstr("did you mean 'sigma-gemms'"));
}

TEST(Workload, is_one_thing_and_not_two) {
  EXPECT_THAT(complaint({}), HasSubstr("no workload"));
  WorkloadOptions options = word("gemm:4x4x4");
  options.suite = "sigma-gemms";
  EXPECT_THAT(complaint(options), HasSubstr("more than one workload"));
}

TEST(Suite, holds_the_ten_gemms_at_its_own_densities) {
  for (const std::string name : {"sigma-gemms", "sigma-gemms-mk30-kn80", "sigma-gemms-dense"}) {
    const auto operations = suite(name, nullptr, 1);
    ASSERT_EQ(operations.size(), 10U) << name;
    EXPECT_EQ(operations[2].m(), 1632U);
    EXPECT_EQ(operations[2].n(), 36548U);
    EXPECT_EQ(operations[2].k(), 1024U);
  }
  EXPECT_EQ(suite("sigma-gemms", nullptr, 1)[0].gemm().a.density(), 0.2);  // MK 80 % sparse
  EXPECT_EQ(suite("sigma-gemms", nullptr, 1)[0].gemm().b.density(), 0.7);  // KN 30 %
  EXPECT_EQ(suite("sigma-gemms-mk30-kn80", nullptr, 1)[0].gemm().b.density(), 0.2);
}

TEST(LazyOperand, is_dropped_when_nobody_holds_it_and_made_again_the_same) {
  const Operation op = random_gemm("g", 30, 40, 50, 0.3, 0.3, 1);
  const Operand& a = op.gemm().a;
  EXPECT_FALSE(a.at_hand());
  std::weak_ptr<const Matrix> first;
  Bitmap kept;
  {
    const auto held = a.matrix();
    EXPECT_EQ(a.matrix(), held);  // shared while held
    first = held;
    kept = std::get<Bitmap>(*held);
  }
  EXPECT_TRUE(first.expired());
  EXPECT_EQ(std::get<Bitmap>(*a.matrix()).words, kept.words);
}

TEST(LazyOperand, says_shape_and_density_without_being_made) {
  int made = 0;
  const Operand operand = Operand::lazy(4, 5, 0.5, "test", 1, [&made]() -> Matrix {
    ++made;
    return Bitmap{4, 5, std::vector<uint64_t>(4), {}};
  });
  EXPECT_EQ(operand.rows(), 4U);
  EXPECT_EQ(operand.columns(), 5U);
  EXPECT_EQ(operand.expected_nnz(), 10U);
  EXPECT_NE(operand.hash(), "");
  EXPECT_EQ(made, 0);
  (void)operand.matrix();
  EXPECT_EQ(made, 1);
}

TEST(OperandAtHand, is_kept_and_known_by_its_content) {
  const Csr matrix = draw({"1 .", ". 2"});
  const Operand x = Operand::of(matrix, "x"), same = Operand::of(matrix, "y");
  EXPECT_TRUE(x.at_hand());
  EXPECT_EQ(x.hash(), same.hash());
  EXPECT_NE(x.hash(), Operand::of(draw({"1 .", ". 3"}), "x").hash());
  EXPECT_NE(x.hash(), Operand::of(draw({". 1", ". 2"}), "x").hash());
  EXPECT_EQ(x.matrix(), x.matrix());
}

TEST(Gemm, is_named_by_the_sparsity_of_its_sides) {
  EXPECT_EQ(random_gemm("g", 4, 4, 4, 1, 1, 1).kind, "gemm");
  EXPECT_EQ(random_gemm("g", 4, 4, 4, 0.5, 1, 1).kind, "spmm");
  EXPECT_EQ(random_gemm("g", 4, 4, 4, 0.5, 0.5, 1).kind, "spgemm");
}

TEST(Gemm, whose_sides_do_not_fit_is_refused_with_both_shapes) {
  try {
    (void)make_gemm("g", Operand::of(draw({"1 2 3"}), "left"), Operand::of(draw({"1 2"}), "right"));
    FAIL() << "1 x 3 times 1 x 2 was accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("1 x 3"), HasSubstr("1 x 2"), HasSubstr("left"),
                                             HasSubstr("right")));
  }
}

TEST(EffectualMultiplications, are_the_pairs_of_non_zeros_that_meet) {
  //  k:     0 1 2
  const Csr a = draw({"1 . 1", "1 1 ."});           // 2, 1, 1 in the columns
  const Csr b = draw({"1 1 1", ". . .", "1 . ."});  // 3, 0, 1 in the rows
  EXPECT_EQ(effectual_multiplications(a, b), 2U * 3 + 1 * 0 + 1 * 1);
  EXPECT_EQ(effectual_multiplications(to_bitmap(a), to_bitmap(b)), 7U);
}

// 2^-40 lies below the smallest fp16 and within bf16.
TEST(Operands, drop_what_the_rounding_makes_zero) {
  const Csr tiny{1, 1, {0, 1}, {0}, {0x1p-40F}};
  const Operation op = make_gemm("g", Operand::of(tiny, "a"), Operand::of(draw({"1"}), "b"));
  EXPECT_EQ(nnz(*prepare_operands(op, DataType::kFp16, true, true).a), 0U);
  EXPECT_EQ(nnz(*prepare_operands(op, DataType::kBf16, true, true).a), 1U);
}

}  // namespace
}  // namespace nonzero::test
