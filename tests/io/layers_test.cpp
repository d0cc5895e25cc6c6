#include "nonzero/io/layers.h"

#include "messages.h"
#include "nonzero/io/csv.h"

namespace nonzero {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<LayerRow> parse(const std::string& text) { return parse_layers(text, "t.csv"); }
std::string refused(const std::string& text) {
  return test::refusal([&] { parse(text); });
}

const std::string kFull =
    "workload,layer,kind,N,C,H,W,K,R,S,stride_h,stride_w,pad_h,pad_w,groups,P,Q,gemm_M,gemm_N,gemm_K,"
    "stated_sparsity,notes,source\n";

TEST(Csv, quoted_fields_hold_commas_quotes_and_line_ends) {
  const auto records = io::parse_csv("a, b ,\"c,\"\"d\"\"\"\r\n\n\"two\nlines\",,x\n", "t.csv");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_THAT(records[0].fields, ElementsAre("a", "b", "c,\"d\""));
  EXPECT_THAT(records[1].fields, ElementsAre("two\nlines", "", "x"));
  EXPECT_EQ(records[1].line, 3U);
}

TEST(Csv, quotes_out_of_place_are_refused_with_their_line) {
  const auto parse_text = [](const char* text) {
    return test::refusal([&] { io::parse_csv(text, "t.csv"); });
  };
  EXPECT_THAT(parse_text("a\n\"b\nc"), HasSubstr("t.csv:2: a quote that is never closed"));
  EXPECT_THAT(parse_text("a\n\"b\"c"), HasSubstr("t.csv:2: more after a closing quote"));
  EXPECT_THAT(parse_text("a\nb\"c\""), HasSubstr("t.csv:2: a quote within an unquoted field"));
}

TEST(Layers, gemm_tables_give_m_n_k_in_this_order_and_a_repeat_where_there_is_one) {
  const auto rows = parse("name,M,N,K,repeat\nfirst,2,3,4,5\nsecond,6,7,8,\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].kind, "gemm");
  EXPECT_THAT((std::vector<uint64_t>{rows[0].m, rows[0].n, rows[0].k, rows[0].repeat}),
              ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(rows[1].repeat, 1U);
}

TEST(Layers, scale_sims_gemm_table_ends_its_lines_with_a_comma) {
  const auto rows = parse("Layer, M, N, K,\nGEMM1, 2, 3, 4,\n");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].k, 4U);
}

// AlexNet's first layer as SCALE-Sim's own topology lists it: 54 x 54 outputs of 96 filters.
TEST(Layers, scale_sims_convolutions_are_lowered) {
  const auto rows = parse(
      "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n"
      "Conv1, 224, 224, 11, 11, 3, 96, 4,\n");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].kind, "conv");
  EXPECT_EQ(rows[0].m, 96U);
  EXPECT_EQ(rows[0].n, 54U * 54U);
  EXPECT_EQ(rows[0].k, 363U);
}

TEST(Layers, groups_are_one_gemm_repeated) {
  const auto rows =
      parse(kFull + "net,dw,dwconv,1,32,112,112,32,3,3,1,1,0,0,32,110,110,1,12100,9,,\"a, b\",s\n");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].workload, "net");
  EXPECT_EQ(rows[0].repeat, 32U);
  EXPECT_EQ(rows[0].m, 1U);
  EXPECT_EQ(rows[0].conv->groups, 32U);
  EXPECT_FALSE(rows[0].stated_sparsity.has_value());
}

TEST(Layers, a_row_of_the_full_table_may_be_a_gemm_with_a_stated_sparsity) {
  const auto rows = parse(kFull + "net,g,gemm,,,,,,,,,,,,1,,,2,3,4,0.9,,s\n");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].stated_sparsity, 0.9);
  EXPECT_FALSE(rows[0].conv.has_value());
}

struct Broken {
  const char* name;
  std::string text;
  const char* message;
};

class LayersRefuse : public ::testing::TestWithParam<Broken> {};

TEST_P(LayersRefuse, with_line_and_reason) {
  EXPECT_THAT(refused(GetParam().text), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Broken, LayersRefuse,
    ::testing::Values(
        Broken{"an_empty_file", "", "t.csv:1: an empty layer table"},
        Broken{"a_table_without_layers", "name,M,N,K\n", "t.csv:1: a layer table without layers"},
        Broken{"an_unknown_header", "name,M,K,N\na,1,2,3\n", "t.csv:1: the header is 'name,M,K,N'"},
        Broken{"a_missing_number", "name,M,N,K\na,1,2,\n",
               "t.csv:2: k is ''; allowed: a whole number from 1"},
        Broken{"zero", "name,M,N,K\na,1,0,3\n", "t.csv:2: n is '0'"},
        Broken{"negative_numbers", "name,M,N,K\na,-1,2,3\n", "t.csv:2: m is '-1'"},
        Broken{"fractions", "name,M,N,K\na,1.5,2,3\n", "t.csv:2: m is '1.5'"},
        Broken{"numbers_beyond_64_bits", "name,M,N,K\na,99999999999999999999,2,3\n",
               "m is '99999999999999999999'"},
        Broken{"too_few_fields", "name,M,N,K\na,1,2\n", "t.csv:2: 3 fields; expected: 4"},
        Broken{"too_many_fields", "name,M,N,K\na,1,2,3,4\n", "t.csv:2: 5 fields; expected: 4"},
        Broken{"a_layer_without_name", "name,M,N,K\n,1,2,3\n", "t.csv:2: a layer without a name"},
        Broken{"a_kernel_beyond_the_input", kFull + "n,c,conv,1,1,2,2,1,3,3,1,1,0,0,1,1,1,1,1,9,,,\n",
               "t.csv:2: a kernel of 3 x 3 on an input of 2 x 2"},
        Broken{"groups_that_do_not_divide", kFull + "n,c,conv,1,3,3,3,4,1,1,1,1,0,0,2,3,3,2,9,1,,,\n",
               "t.csv:2: 3 and 4 channels in 2 groups"},
        Broken{"a_gemm_that_is_not_that_of_the_loops",
               kFull + "n,c,conv,1,3,3,3,4,1,1,1,1,0,0,1,3,3,4,9,2,,,\n",
               "t.csv:2: gemm_K is 2; its loops give 3"},
        Broken{"an_unknown_kind", kFull + "n,c,pool,1,3,3,3,4,1,1,1,1,0,0,1,3,3,4,9,3,,,\n",
               "kind is 'pool'"},
        Broken{"a_sparsity_above_one", kFull + "n,g,gemm,,,,,,,,,,,,1,,,2,3,4,90,,\n",
               "stated_sparsity is '90'"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace nonzero
