#include "nonzero/io/safetensors.h"

#include <cstring>
#include <limits>

#include "messages.h"
#include "nonzero/io/file.h"

namespace nonzero {
namespace {

using test::refusal;
using testing::ElementsAre;
using testing::HasSubstr;

std::string file_of(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + header + data;
}

std::string floats(std::initializer_list<float> values) {
  std::string bytes;
  for (const float value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  return bytes;
}

std::string why(const std::string& header, const std::string& data) {
  return refusal([&] { const Safetensors file(file_of(header, data), "t.safetensors"); });
}

TEST(Safetensors, single_half_and_brain_floats_are_read_by_name) {
  const Safetensors file(read_file(std::string(NONZERO_SOURCE_DIR) + "/tests/fuzz/corpus/safetensors/valid"),
                         "valid");
  ASSERT_EQ(file.entries().size(), 3U);
  EXPECT_EQ(file.entries()[0].name, "q");
  EXPECT_THAT(file.entry("q").shape, ElementsAre(2, 2));
  EXPECT_THAT(file.floats(file.entry("q")), ElementsAre(1.0F, -2.0F, 0.5F, 0.0F));
  EXPECT_THAT(file.floats(file.entry("k")), ElementsAre(1.0F, -2.0F, 0x1p-24F, 0.0F));
  EXPECT_THAT(file.floats(file.entry("v")), ElementsAre(1.0F, -2.0F, 0.5F, 0.0F));
}

TEST(Safetensors, what_is_written_is_read_back) {
  const std::vector<float> q = {1, 2, 3, 4, 5, 6}, none;
  const std::vector<FloatArray> arrays = {{"layers.0.q", {1, 2, 3}, q}, {"empty", {0, 4}, none}};
  const Safetensors file(to_safetensors(arrays), "written");
  ASSERT_EQ(file.entries().size(), 2U);
  EXPECT_TRUE(file.has("empty"));
  EXPECT_THAT(file.entry("layers.0.q").shape, ElementsAre(1, 2, 3));
  EXPECT_EQ(file.floats(file.entry("layers.0.q")), q);
  EXPECT_TRUE(file.floats(file.entry("empty")).empty());
}

TEST(Safetensors, of_another_type_can_be_listed_but_not_read) {
  const Safetensors file(
      file_of(R"({"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", std::string(8, '\1')),
      "t.safetensors");
  EXPECT_EQ(file.entry("ids").type, "I64");
  EXPECT_THAT(refusal([&] { (void)file.floats(file.entry("ids")); }),
              HasSubstr("tensor 'ids' of type I64; allowed: F32, F16, BF16"));
}

TEST(Safetensors, header_and_offsets_are_checked_against_the_file) {
  EXPECT_THAT(refusal([] { const Safetensors file("short", "t"); }), HasSubstr("8 bytes of header length"));
  EXPECT_THAT(refusal([] { const Safetensors file(std::string("\xff\0\0\0\0\0\0\0{}", 10), "t"); }),
              HasSubstr("a header of 255 bytes; the file holds 2 after byte 8"));
  EXPECT_THAT(why("[1]", ""), HasSubstr("no JSON object"));
  EXPECT_THAT(why(R"({"q":{"dtype":"F32","shape":[1],"data_offsets":[0,4])", ""),
              HasSubstr("not valid JSON"));
  EXPECT_THAT(why(R"({"q":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", floats({1})),
              HasSubstr("tensor 'q': data_offsets [0, 8]"));
  EXPECT_THAT(why(R"({"q":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", floats({1})),
              HasSubstr("4 bytes for F32 of (2)"));
  EXPECT_THAT(why(R"({"q":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", floats({1})),
              HasSubstr("shape"));
  EXPECT_THAT(why(R"({"q":{"dtype":"F32","data_offsets":[0,4]}})", floats({1})),
              HasSubstr("shape is missing"));
  EXPECT_THAT(why(R"({"q":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", floats({1, 2})),
              HasSubstr("bytes 4 to 8 belong to no tensor"));
  EXPECT_THAT(why(R"({"__metadata__":{"a":1}})", ""), HasSubstr("'__metadata__'"));
}

TEST(Safetensors, overlapping_tensors_are_refused) {
  EXPECT_THAT(why(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                  R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                  floats({1, 2, 3})),
              HasSubstr("tensor 'b' begins at 4, within the one before it; allowed: from 8 on"));
}

TEST(Safetensors, elements_that_are_not_finite_and_unknown_names_are_refused) {
  const Safetensors file(file_of(R"({"query":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
                                 floats({1, std::numeric_limits<float>::quiet_NaN()})),
                         "t.safetensors");
  EXPECT_THAT(refusal([&] { (void)file.floats(file.entry("query")); }),
              HasSubstr("element 1 of tensor 'query' is nan"));
  EXPECT_THAT(refusal([&] { (void)file.entry("qery"); }),
              HasSubstr("no tensor 'qery' (did you mean 'query'?)"));
}

}  // namespace
}  // namespace nonzero
