#include "nonzero/io/mtx.h"

#include "messages.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::draw;
using test::draw_pattern;
using test::refusal;
using test::same_matrix;
using ::testing::HasSubstr;

LoadedMatrix parse(const std::string& text) { return parse_mtx(text, "m.mtx"); }
std::string refused(const std::string& text) {
  return refusal([&] { parse(text); });
}

TEST(Mtx, coordinate_real_general_lists_elements_in_any_order) {
  const LoadedMatrix loaded = parse(
      "%%MatrixMarket matrix coordinate real general\n"
      "% a comment\n"
      "2 3 3\n"
      "2 2 3\n"
      "1 3 2.5e0\n"
      "1 1 -1\n");
  EXPECT_TRUE(same_matrix(loaded.matrix, draw({"-1 . 2.5",  //
                                               " . 3  . "})));
  EXPECT_EQ(loaded.field, "real");
  EXPECT_EQ(loaded.symmetry, "general");
  EXPECT_FALSE(loaded.pattern);
}

TEST(Mtx, fields_are_read_without_case_and_lines_may_end_as_on_windows) {
  const LoadedMatrix loaded =
      parse("%%MatrixMarket MATRIX Coordinate Integer GENERAL\r\n\r\n1 2 1\r\n1\t2  +7 \r\n\r\n");
  EXPECT_TRUE(same_matrix(loaded.matrix, draw({". 7"})));
  EXPECT_EQ(loaded.field, "integer");
}

TEST(Mtx, a_pattern_has_no_values) {
  const LoadedMatrix loaded = parse("%%MatrixMarket matrix coordinate pattern general\n2 2 2\n2 1\n1 2\n");
  EXPECT_TRUE(same_matrix(loaded.matrix, draw_pattern({". x",  //
                                                       "x ."})));
  EXPECT_TRUE(loaded.pattern);
}

TEST(Mtx, symmetric_storage_is_mirrored_at_the_diagonal) {
  const LoadedMatrix loaded =
      parse("%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n1 1 1\n2 1 2\n3 2 3\n");
  EXPECT_TRUE(same_matrix(loaded.matrix, draw({"1 2 .",  //
                                               "2 . 3",  //
                                               ". 3 ."})));
}

TEST(Mtx, symmetric_storage_of_the_upper_triangle_is_its_mirror_image_and_counted) {
  const LoadedMatrix upper =
      parse("%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n1 1 1\n1 2 2\n2 3 3\n");
  const LoadedMatrix lower =
      parse("%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n1 1 1\n2 1 2\n3 2 3\n");
  EXPECT_EQ(upper.matrix, lower.matrix);
  EXPECT_EQ(upper.above_the_diagonal, 2);
  EXPECT_EQ(lower.above_the_diagonal, 0);
}

TEST(Mtx, skew_symmetric_storage_is_mirrored_with_its_sign_turned) {
  const LoadedMatrix loaded =
      parse("%%MatrixMarket matrix coordinate integer skew-symmetric\n2 2 1\n2 1 5\n");
  EXPECT_TRUE(same_matrix(loaded.matrix, draw({". -5",  //
                                               "5  ."})));
}

TEST(Mtx, duplicates_are_added_and_counted) {
  const LoadedMatrix loaded =
      parse("%%MatrixMarket matrix coordinate real general\n1 3 5\n1 3 1\n1 1 2\n1 3 4\n1 1 2\n1 3 1\n");
  EXPECT_TRUE(same_matrix(loaded.matrix, draw({"4 . 6"})));
  EXPECT_EQ(loaded.duplicates, 3U);
}

TEST(Mtx, duplicates_of_symmetric_storage_count_once_not_with_their_mirror_image) {
  const LoadedMatrix loaded =
      parse("%%MatrixMarket matrix coordinate pattern symmetric\n2 2 4\n2 1\n2 1\n2 2\n2 2\n");
  EXPECT_TRUE(same_matrix(loaded.matrix, draw_pattern({". x",  //
                                                       "x x"})));
  EXPECT_EQ(loaded.duplicates, 2U);
}

TEST(Mtx, stored_zeros_are_kept_and_counted) {
  const LoadedMatrix loaded =
      parse("%%MatrixMarket matrix coordinate real general\n1 3 3\n1 1 0\n1 2 1\n1 3 -0.0\n");
  EXPECT_EQ(loaded.matrix.nnz(), 3U);
  EXPECT_EQ(loaded.stored_zeros, 2U);
  EXPECT_EQ(loaded.underflows, 0U);
}

TEST(Mtx, values_are_rounded_to_the_nearest_float) {
  const LoadedMatrix loaded =
      parse("%%MatrixMarket matrix coordinate real general\n1 2 2\n1 1 0.1\n1 2 1e-300\n");
  EXPECT_EQ(loaded.matrix.values, (std::vector<float>{0.1F, 0.0F}));
  EXPECT_EQ(loaded.stored_zeros, 1U);
  EXPECT_EQ(loaded.underflows, 1U);
}

TEST(Mtx, arrays_list_columns_and_are_read_as_dense) {
  const LoadedMatrix loaded = parse("%%MatrixMarket matrix array real general\n2 2\n1\n0\n3\n4\n");
  EXPECT_TRUE(same_matrix(loaded.matrix, draw({"1 3",  //
                                               ". 4"})));
  EXPECT_TRUE(loaded.dense_array);
  EXPECT_EQ(loaded.stored_zeros, 0U);
}

TEST(Mtx, symmetric_arrays_list_the_lower_triangle_by_columns) {
  EXPECT_TRUE(same_matrix(parse("%%MatrixMarket matrix array integer symmetric\n2 2\n1\n2\n3\n").matrix,
                          draw({"1 2",  //
                                "2 3"})));
  EXPECT_TRUE(same_matrix(parse("%%MatrixMarket matrix array real skew-symmetric\n2 2\n2\n").matrix,
                          draw({". -2",  //
                                "2  ."})));
}

// SuiteSparse's tools write a type into a second %% line. To Matrix Market every line after the
// banner that begins with % is a comment, so nothing in it can be wrong.
TEST(Mtx, a_graphblas_type_line_is_a_comment) {
  const LoadedMatrix loaded =
      parse("%%MatrixMarket matrix coordinate pattern general\n%%GraphBLAS type gunk\n1 1 1\n1 1\n");
  EXPECT_TRUE(same_matrix(loaded.matrix, draw_pattern({"x"})));
}

TEST(Mtx, a_matrix_without_elements_is_one) {
  const Csr& matrix = parse("%%MatrixMarket matrix coordinate real general\n2 3 0").matrix;
  EXPECT_EQ(matrix.rows, 2U);
  EXPECT_EQ(matrix.columns, 3U);
  EXPECT_EQ(matrix.nnz(), 0U);
}

TEST(Mtx, a_claim_beyond_the_file_is_refused_before_memory_is_taken_for_it) {
  EXPECT_THAT(refused("%%MatrixMarket matrix coordinate real general\n9 9 1000000000000\n1 1 1\n"),
              HasSubstr("m.mtx:2: the file claims 1000000000000 entries"));
  EXPECT_THAT(refused("%%MatrixMarket matrix coordinate pattern general\n4000000000 4 1\n1 1\n"),
              HasSubstr("m.mtx:2: the number of rows is '4000000000'"));
  EXPECT_THAT(refused("%%MatrixMarket matrix array real general\n100000 100000\n1\n"),
              HasSubstr("m.mtx:2: the file claims 10000000000 entries"));
  EXPECT_THAT(refused("%%MatrixMarket matrix coordinate real general\n1 1 99999999999999999999\n"),
              HasSubstr("the number of entries is '99999999999999999999'"));
}

struct Broken {
  const char* name;
  const char* text;
  const char* message;
};

class MtxRefuses : public ::testing::TestWithParam<Broken> {};

TEST_P(MtxRefuses, with_line_and_reason) {
  EXPECT_THAT(refused(GetParam().text), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Broken, MtxRefuses,
    ::testing::Values(
        Broken{"an_empty_file", "", "m.mtx:1: the file begins with ''"},
        Broken{"one_percent_sign", "%MatrixMarket matrix coordinate real general\n1 1 0\n",
               "m.mtx:1: the file begins with '%MatrixMarket'; expected: '%%MatrixMarket'"},
        Broken{"another_case_of_the_banner", "%%matrixmarket matrix coordinate real general\n1 1 0\n",
               "begins with '%%matrixmarket'"},
        Broken{"vectors", "%%MatrixMarket vector array real general\n1\n1\n",
               "object 'vector' is not supported"},
        Broken{"an_unknown_format", "%%MatrixMarket matrix coordinat real general\n",
               "did you mean 'coordinate'?"},
        Broken{"complex_by_name", "%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 0\n",
               "m.mtx:1: field 'complex' is not supported; allowed: real, integer, pattern"},
        Broken{"complex_arrays_by_name", "%%MatrixMarket matrix array complex general\n1 1\n1 0\n",
               "field 'complex' is not supported"},
        Broken{"hermitian_by_name", "%%MatrixMarket matrix coordinate real hermitian\n1 1 1\n1 1 1\n",
               "symmetry 'hermitian' is not supported"},
        Broken{"array_pattern", "%%MatrixMarket matrix array pattern general\n1 1\n", "'array pattern'"},
        Broken{"pattern_skew", "%%MatrixMarket matrix coordinate pattern skew-symmetric\n1 1 0\n",
               "'pattern skew-symmetric'"},
        Broken{"a_word_after_the_banner", "%%MatrixMarket matrix coordinate real general more\n1 1 0\n",
               "m.mtx:1: more on the line than expected: 'more'"},
        Broken{"no_size_line", "%%MatrixMarket matrix coordinate real general\n% only comments\n",
               "m.mtx:3: the number of rows is the file ends"},
        Broken{"negative_sizes", "%%MatrixMarket matrix coordinate real general\n-1 1 0\n",
               "m.mtx:2: the number of rows is '-1'"},
        Broken{"sizes_that_are_no_numbers", "%%MatrixMarket matrix coordinate real general\n2 x 0\n",
               "the number of columns is 'x'"},
        Broken{"a_size_line_of_an_array_with_a_count", "%%MatrixMarket matrix array real general\n1 1 1\n1\n",
               "m.mtx:2: more on the line"},
        Broken{"oblong_symmetric", "%%MatrixMarket matrix coordinate real symmetric\n3 4 1\n1 1 1\n",
               "m.mtx:2: a symmetric matrix of 3 x 4"},
        Broken{
            "above_the_diagonal_of_symmetric",
            "%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n3 1 1\n1 2 1\n",
            "m.mtx:4: entry (1, 2) of a symmetric matrix with others below the diagonal; allowed: entries on one "
            "side of the diagonal"},
        Broken{"the_diagonal_of_skew", "%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n1 1 0\n",
               "m.mtx:3: entry (1, 1) of a skew-symmetric matrix; allowed: entries below the diagonal"},
        Broken{"row_zero", "%%MatrixMarket matrix coordinate real general\n2 2 1\n0 2 1\n",
               "m.mtx:3: entry (0, 2); rows and columns count from 1"},
        Broken{"a_column_out_of_range",
               "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n1 3 1\n",
               "m.mtx:4: the column is '3'; allowed: a whole number from 0 to 2"},
        Broken{"an_entry_without_value",
               "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1\n% room\n",
               "m.mtx:3: a value is missing"},
        Broken{"a_pattern_with_values", "%%MatrixMarket matrix coordinate pattern general\n2 2 1\n1 1 1\n",
               "m.mtx:3: more on the line than expected: '1'"},
        Broken{"words_for_values", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 forty\n",
               "m.mtx:3: value 'forty'"},
        Broken{"nan", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 nan\n",
               "m.mtx:3: value 'nan'; allowed: a finite number"},
        Broken{"infinity", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 -inf\n",
               "value '-inf'"},
        Broken{"beyond_a_float", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 1e39\n",
               "value '1e39'"},
        Broken{"nan_as_integer", "%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 1 nan\n",
               "m.mtx:3: value 'nan'; allowed: a whole number"},
        Broken{"a_fraction_as_integer", "%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 1 1.5\n",
               "value '1.5'; allowed: a whole number"},
        Broken{"an_integer_beyond_64_bits",
               "%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 1 99999999999999999999\n",
               "value '99999999999999999999'"},
        Broken{"fewer_entries", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1.000000000\n",
               "m.mtx:4: the file ends after 1 entries; it claims 2"},
        Broken{"more_entries", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 1\n2 2 2\n",
               "m.mtx:4: more data after the 1 entries the file claims: '2 2 2'"},
        Broken{"comments_between_entries",
               "%%MatrixMarket matrix coordinate real general\n2 2 1\n% no\n1 1 1\n",
               "m.mtx:3: the row is '%'"}),
    [](const auto& each) { return each.param.name; });

TEST(Mtx, what_is_written_reads_back_the_same) {
  EXPECT_TRUE(rc::check([] {
    Csr matrix = *test::gen_csr();
    for (float& value : matrix.values) value /= 3.0F;
    RC_ASSERT(parse(to_mtx(matrix)).matrix == matrix);
    matrix.values.clear();
    RC_ASSERT(parse(to_mtx(matrix)).matrix == matrix);
  }));
}

constexpr const char* kHead = "%%MatrixMarket matrix coordinate real general\n";

// Text; row, column, value of each entry, and the matrix: column and value, twice the rows' offsets.
TEST(MtxMemory, is_that_of_text_entries_and_matrix) {
  const std::string general = std::string(kHead) + "% a comment\n100 50 1000\n";
  EXPECT_EQ(mtx_memory(general, {20000, 20000}), 20000 + 1000 * 20 + 100 * 16);
  const std::string symmetric = "%%MatrixMarket matrix coordinate pattern symmetric\n100 100 1000\n1 1\n";
  EXPECT_EQ(mtx_memory(symmetric, {20000, 20000}), 20000 + 2 * 1000 * 12 + 100 * 16);
  EXPECT_EQ(mtx_memory("%%MatrixMarket matrix array real general\n30 10\n", {3000, 3000}),
            3000 + 300 * 12 + 30 * 8);
}

TEST(MtxMemory, of_entries_is_no_more_than_the_text_has_room_for) {
  const std::string lying = std::string(kHead) + "100 50 1000000000000\n";
  EXPECT_LT(mtx_memory(lying, {4000, 4000}).value(), 4000 + 1001 * 20 + 100 * 16 + 1);
  EXPECT_GT(mtx_memory(lying, {4000, 4000000}).value(), 1000000 * 20) << "packed text may be longer";
}

TEST(MtxMemory, is_not_known_of_a_beginning_that_is_wrong_or_too_short) {
  EXPECT_FALSE(mtx_memory("", {1 << 20, 1 << 20}));
  EXPECT_FALSE(mtx_memory("%%MatrixMarket matrix coordinate complex general\n1 1 1\n", {1 << 20, 1 << 20}));
  EXPECT_FALSE(mtx_memory(std::string(kHead) + "% only comments", {1 << 20, 1 << 20}));
}

}  // namespace
}  // namespace nonzero
