#include "nonzero/io/npy.h"

#include <cstring>

#include "messages.h"
#include "nonzero/io/npy_header.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::draw_dense;
using ::testing::HasSubstr;

std::string file(const std::string& header, const std::string& elements, char version = 1) {
  std::string bytes("\x93NUMPY", 6);
  bytes += version;
  bytes += '\0';
  bytes += static_cast<char>(header.size());
  bytes.append(version > 1 ? 3 : 1, '\0');
  return bytes + header + elements;
}

std::string header(const std::string& type, const std::string& shape, const char* fortran = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

std::vector<float> floats(const std::string& type, const std::string& elements, size_t count) {
  const std::string shape = fmt::format("({},)", count);
  return to_floats(parse_npy(file(header(type, shape), elements), "a.npy"), "a.npy");
}

std::string refused(const std::string& bytes) {
  return test::refusal([&] { to_dense(parse_npy(bytes, "a.npy"), "a.npy"); });
}

template <size_t n>
std::string raw(const char (&bytes)[n]) {
  return std::string(bytes, n - 1);
}

TEST(Npy, every_number_type_of_either_byte_order_is_read) {
  EXPECT_EQ(floats("<f4", raw("\0\0\x80\x3f"), 1), std::vector<float>{1});
  EXPECT_EQ(floats(">f4", raw("\x3f\x80\0\0"), 1), std::vector<float>{1});
  EXPECT_EQ(floats("<f8", raw("\0\0\0\0\0\0\xf8\xbf"), 1), std::vector<float>{-1.5F});
  EXPECT_EQ(floats(">f8", raw("\xbf\xf8\0\0\0\0\0\0"), 1), std::vector<float>{-1.5F});
  EXPECT_EQ(floats("|i1", raw("\x80\x7f"), 2), (std::vector<float>{-128, 127}));
  EXPECT_EQ(floats("|u1", raw("\x80\x7f"), 2), (std::vector<float>{128, 127}));
  EXPECT_EQ(floats("<i2", raw("\xff\xff"), 1), std::vector<float>{-1});
  EXPECT_EQ(floats(">u2", raw("\x01\x02"), 1), std::vector<float>{258});
  EXPECT_EQ(floats("<i4", raw("\xfe\xff\xff\xff"), 1), std::vector<float>{-2});
  EXPECT_EQ(floats("<u4", raw("\0\0\0\x80"), 1), std::vector<float>{2147483648.0F});
  EXPECT_EQ(floats(">i8", raw("\0\0\0\0\0\0\1\0"), 1), std::vector<float>{256});
  EXPECT_EQ(floats("|b1", raw("\1\0"), 2), (std::vector<float>{1, 0}));
}

TEST(Npy, half_precision_covers_subnormals_and_both_signs) {
  EXPECT_EQ(floats("<f2", raw("\0\x3c\0\xc0\1\0\xff\x7b\xff\x03\0\x80"), 6),
            (std::vector<float>{1, -2, 0x1p-24F, 65504, 0x1.ff8p-15F, 0}));
}

TEST(Npy, integers_beyond_a_float_stay_exact_as_integers) {
  const NpyArray array = parse_npy(file(header("<i8", "(1,)"), raw("\1\0\0\x01\0\0\0\0")), "a.npy");
  EXPECT_EQ(to_integers(array, "a.npy"), std::vector<int64_t>{16777217});
}

//   0 1 2      C order: 0 1 2 3 4 5
//   3 4 5      Fortran order: 0 3 1 4 2 5
TEST(Npy, c_and_fortran_order_give_the_same_matrix) {
  const Dense expected = draw_dense({{0, 1, 2}, {3, 4, 5}});
  EXPECT_EQ(to_dense(parse_npy(file(header("|i1", "(2, 3)"), raw("\0\1\2\3\4\5")), ""), ""), expected);
  EXPECT_EQ(to_dense(parse_npy(file(header("|i1", "(2, 3)", "True"), raw("\0\3\1\4\2\5")), ""), ""),
            expected);
}

TEST(Npy, fortran_order_of_three_dimensions_runs_the_first_index_fastest) {
  // a[i,j,k] = 4i + 2j + k, stored with i fastest
  const NpyArray array = parse_npy(file(header("|i1", "(2, 2, 2)", "True"), raw("\0\4\2\6\1\5\3\7")), "");
  EXPECT_EQ(to_floats(array, ""), (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Npy, one_dimension_is_a_row_and_more_than_two_are_a_filter_per_row) {
  EXPECT_EQ(to_dense(parse_npy(file(header("|i1", "(2,)"), raw("\1\2")), ""), ""), draw_dense({{1, 2}}));
  EXPECT_EQ(to_dense(parse_npy(file(header("|i1", "()"), raw("\7")), ""), ""), draw_dense({{7}}));
  EXPECT_EQ(to_dense(parse_npy(file(header("|i1", "(2, 1, 2)"), raw("\1\2\3\4")), ""), ""),
            draw_dense({{1, 2}, {3, 4}}));
}

TEST(Npy, the_second_and_third_version_of_the_format_are_read) {
  for (const char version : {char{2}, char{3}})
    EXPECT_EQ(to_dense(parse_npy(file(header("|i1", "(1,)"), raw("\7"), version), ""), ""),
              draw_dense({{7}}));
}

struct Broken {
  const char* name;
  std::string bytes;
  const char* message;
};

class NpyRefuses : public ::testing::TestWithParam<Broken> {};

TEST_P(NpyRefuses, with_the_reason) { EXPECT_THAT(refused(GetParam().bytes), HasSubstr(GetParam().message)); }

INSTANTIATE_TEST_SUITE_P(
    Broken, NpyRefuses,
    ::testing::Values(
        Broken{"an_empty_file", "", "a.npy: the file begins with ''"},
        Broken{"wrong_magic", "PK\3\4 something", "expected: NumPy's"},
        Broken{"an_unknown_version", file(header("|i1", "(1,)"), "1", 4), "format version 4"},
        Broken{"a_header_beyond_the_file", raw("\x93NUMPY\1\0\xff\xff{}"), "a header of 65535 bytes"},
        Broken{"truncated_elements", file(header("<f4", "(2, 2)"), std::string(15, '\0')),
               "claims an array (2, 2) of <f4; the file holds 15 bytes"},
        Broken{"bytes_after_the_elements", file(header("<f4", "(1,)"), std::string(5, '\0')),
               "holds 5 bytes"},
        Broken{"a_shape_beyond_64_bits", file(header("<f4", "(4294967296, 4294967296)"), ""),
               "claims an array"},
        Broken{"a_negative_shape", file(header("<f4", "(-1,)"), ""), "shape at '-1,)"},
        Broken{"an_empty_array_of_many_rows", file(header("<f4", "(99999999999, 0)"), ""),
               "allowed: sides up to"},
        Broken{"complex", file(header("<c8", "(1,)"), std::string(8, '\0')),
               "element type '<c8'; allowed: f2"},
        Broken{"text", file(header("|S3", "(1,)"), "abc"), "element type '|S3'"},
        Broken{"structured_arrays",
               file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "0000"),
               "a structured array"},
        Broken{"an_unknown_key", file("{'kind': '<f4'}", ""), "key 'kind'"},
        Broken{"a_missing_key", file("{'descr': '<f4', 'shape': ()}", "0000"),
               "expected: descr, fortran_order and"},
        Broken{"a_header_that_is_no_mapping", file("[1, 2]", ""), "expected: '{'"},
        Broken{"nan_with_its_index", file(header("<f4", "(1, 2)"), raw("\0\0\0\0\0\0\xc0\x7f")),
               "element (0, 1) is nan"},
        Broken{"a_double_beyond_a_float", file(header("<f8", "(1,)"), raw("\0\0\0\0\0\0\xe0\x7f")),
               "element (0) is inf"}),
    [](const auto& each) { return each.param.name; });

TEST(Npy, what_is_written_reads_back_the_same) {
  EXPECT_TRUE(rc::check([] {
    const Dense dense = to_dense(*test::gen_csr());
    const std::string bytes = to_npy(dense);
    RC_ASSERT(to_dense(parse_npy(bytes, ""), "") == dense);
    RC_ASSERT((bytes.size() - dense.values.size() * 4) % 64 == 0U);  // as NumPy aligns its header
  }));
}

}  // namespace
}  // namespace nonzero
