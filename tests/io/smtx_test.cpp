#include "nonzero/io/smtx.h"

#include "messages.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::draw_pattern;
using test::same_matrix;
using ::testing::HasSubstr;

LoadedMatrix parse(const std::string& text) { return parse_smtx(text, "m.smtx"); }
std::string refused(const std::string& text) {
  return test::refusal([&] { parse(text); });
}

const Csr& example() {
  static const Csr matrix = draw_pattern({"x . x",  //
                                          ". x ."});
  return matrix;
}

TEST(Smtx, separators_are_commas_blanks_or_both) {
  EXPECT_TRUE(same_matrix(parse("2, 3, 3\n0 2 3\n0 2 1\n").matrix, example()));
  EXPECT_TRUE(same_matrix(parse("2 3 3\n0,2,3\n0,\t2 ,1").matrix, example()));
  EXPECT_TRUE(parse("2, 3, 3\n0 2 3\n0 2 1 \r\n\n").pattern);
}

TEST(Smtx, columns_of_a_row_are_sorted_and_duplicates_merged_and_counted) {
  const LoadedMatrix loaded = parse("2 3 4\n0 3 4\n2 0 2 1\n");
  EXPECT_TRUE(same_matrix(loaded.matrix, example()));
  EXPECT_EQ(loaded.duplicates, 1U);
}

TEST(Smtx, a_pattern_without_elements_ends_in_an_empty_line) {
  EXPECT_EQ(parse("2, 3, 0\n0 0 0\n\n").matrix.rows, 2U);
}

struct Broken {
  const char* name;
  const char* text;
  const char* message;
};

class SmtxRefuses : public ::testing::TestWithParam<Broken> {};

TEST_P(SmtxRefuses, with_line_and_reason) {
  EXPECT_THAT(refused(GetParam().text), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Broken, SmtxRefuses,
    ::testing::Values(
        Broken{"an_empty_file", "", "m.smtx:1: the number of rows is the file ends"},
        Broken{"a_claim_beyond_the_file", "2 3 1000000000000\n0 2 3\n0 2 1\n",
               "m.smtx:1: the file claims 2 rows and 1000000000000 non-zeros"},
        Broken{"offsets_that_fall", "2 3 3\n0 4 3\n0 2 1\n", "m.smtx:2: a row offset is '4'"},
        Broken{"offsets_that_do_not_rise", "3 3 3\n0 2 1 3\n0 2 1\n", "m.smtx:2: row offset 2 is 1"},
        Broken{"offsets_that_begin_elsewhere", "2 3 3\n1 2 3\n0 2 1\n", "row offset 0 is 1"},
        Broken{"offsets_that_end_elsewhere", "2 3 3\n0 2 2\n0 2 1\n",
               "row offset 2 is 2; offsets rise from 0 to 3"},
        Broken{"too_few_offsets", "2 3 3\n0 2\n0 2 1 \n", "m.smtx:2: a row offset is nothing"},
        Broken{"too_many_offsets", "2 3 3\n0 2 3 3\n0 2 1\n",
               "m.smtx:2: more on the line than expected: '3'"},
        Broken{"columns_out_of_range", "2 3 3\n0 2 3\n0 3 1\n", "m.smtx:3: a column is '3'"},
        Broken{"negative_columns", "2 3 3\n0 2 3\n0 -1 1\n", "m.smtx:3: a column is '-1'"},
        Broken{"too_few_columns", "2 3 3\n0 2 3\n0 2     ", "m.smtx:3: a column is the file ends"},
        Broken{"too_many_columns", "2 3 3\n0 2 3\n0 2 1 1\n", "m.smtx:3: more on the line"},
        Broken{"a_fourth_line", "2 3 3\n0 2 3\n0 2 1\n1 2\n",
               "m.smtx:4: more data after the third line: '1 2'"},
        Broken{"two_commas", "2,, 3 3\n0 2 3\n0 2 1\n", "m.smtx:1: the number of columns is nothing"},
        Broken{"elements_without_columns", "1 0 1\n0 1\n0\n", "columns of a matrix that has none"}),
    [](const auto& each) { return each.param.name; });

TEST(Smtx, what_is_written_reads_back_the_same) {
  EXPECT_TRUE(rc::check([] {
    Csr matrix = *test::gen_csr();
    matrix.values.clear();
    RC_ASSERT(parse(to_smtx(matrix)).matrix == matrix);
  }));
}

}  // namespace
}  // namespace nonzero
