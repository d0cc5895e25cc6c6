#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

#include "nonzero/base/embedded.h"
#include "nonzero/tech/technology.h"

namespace nonzero {
namespace {

using testing::HasSubstr;

const std::string& good_table() { return embedded_files().at("presets/tech/tsmc28.yaml"); }

std::string replaced(const std::string& from, const std::string& to) {
  std::string text = good_table();
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// "file:line" of the first place `words` stand at in the good table.
std::string place_of(const std::string& words) {
  const size_t at = good_table().find(words);
  EXPECT_NE(at, std::string::npos) << words;
  const auto line =
      std::count(good_table().begin(), good_table().begin() + static_cast<ptrdiff_t>(at), '\n') + 1;
  return "bad.yaml:" + std::to_string(line);
}

std::string refusal(const std::string& yaml) {
  try {
    (void)Technology::parse(yaml, "bad.yaml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(BadTable, unknown_keys_name_line_and_nearest_key) {
  const std::string entry = refusal(replaced("  fp32_adder:  ", "  fp32_addr:  "));
  EXPECT_THAT(entry, HasSubstr("did you mean 'fp32_adder'"));
  EXPECT_THAT(entry, HasSubstr(place_of("fp32_adder:")));
  const std::string field = refusal(replaced("area_um2: 4184,", "area_um3: 4184,"));
  EXPECT_THAT(field, HasSubstr("did you mean 'area_um2'"));
  EXPECT_THAT(field, HasSubstr(place_of("area_um2: 4184")));
  const std::string extra = refusal(replaced("area_um2: 4184,", "area_um2: 4184, leakage_mw: 3,"));
  EXPECT_THAT(extra, HasSubstr("unknown key 'leakage_mw' (did you mean 'leakage_nw'?)"));
  EXPECT_THAT(refusal(good_table() + "\ncolour: red\n"), HasSubstr("unknown key 'colour'"));
  EXPECT_THAT(refusal(replaced("{area_mm2: 1.4, ", "{area_mm2: 1.4, colour: 3, ")),
              HasSubstr("unknown key 'colour'"));
}

TEST(BadTable, missing_keys_are_named) {
  EXPECT_THAT(refusal(""), HasSubstr("not a mapping"));
  EXPECT_THAT(refusal("technology: x\n"), HasSubstr("'node_nm' is missing"));
  EXPECT_THAT(refusal(replaced("area_um2: 4184, ", "")), HasSubstr("'area_um2' is missing"));
  // A missing key is not blamed on a known one that looks like it.
  EXPECT_THAT(refusal(replaced("  area_um2_per_bit: 0.6\n", "")), HasSubstr("'area_um2_per_bit' is missing"));
}

TEST(BadTable, an_entry_without_a_source_is_refused) {
  const std::string text = refusal(replaced("source: \"about 4 pJ per bit, HBM\"", "source: \"\""));
  EXPECT_THAT(text, HasSubstr("source"));
  EXPECT_THAT(text, HasSubstr(place_of("about 4 pJ per bit, HBM")));
}

TEST(BadTable, numbers_are_finite_and_in_range) {
  for (const char* value : {"-1", "nan", "inf", "1e999", "many", "0x10", "4184um", "[1]", "''", "1e16"}) {
    const std::string text = refusal(replaced("area_um2: 4184,", "area_um2: " + std::string(value) + ","));
    EXPECT_THAT(text, HasSubstr(place_of("area_um2: 4184"))) << value;
    EXPECT_THAT(text, HasSubstr("allowed: a number from 0 to")) << value;
  }
  EXPECT_THAT(refusal(replaced("low: 0.7", "low: 1.1")), HasSubstr("low = '1.1'"));
  EXPECT_THAT(refusal(replaced("high: 1.3", "high: 0.9")), HasSubstr("high = '0.9'"));
}

TEST(BadTable, a_node_without_a_rule_is_refused) {
  EXPECT_THAT(refusal(replaced("default_node_nm: 45", "default_node_nm: 65")),
              HasSubstr("no scaling rule from 65 nm"));
}

TEST(BadTable, a_repeated_key_is_refused) {
  EXPECT_THAT(refusal(replaced("default_node_nm: 45", "node_nm: 28")), HasSubstr("'node_nm' stands twice"));
}

TEST(BadTable, sram_needs_a_growing_line_of_points) {
  EXPECT_THAT(refusal(replaced("capacity_bytes: 32768", "capacity_bytes: 8192")), HasSubstr("must grow"));
  EXPECT_THAT(refusal(replaced("    - {capacity_bytes: 32768, energy_pj: 20}\n"
                               "    - {capacity_bytes: 1048576, energy_pj: 100}\n",
                               "")),
              HasSubstr("fewer than 2 points"));
  EXPECT_THAT(refusal(replaced("capacity_bytes: 8192,", "capacity_bytes: 0,")),
              HasSubstr("capacity_bytes = '0'"));
}

TEST(BadTable, broken_yaml_names_the_line) {
  EXPECT_THAT(refusal("technology: tsmc28\nnode_nm: [28\nentries: }"), HasSubstr("bad.yaml:"));
  EXPECT_THAT(refusal("technology: *nowhere\n"), HasSubstr("bad.yaml:1"));
  EXPECT_THAT(refusal(std::string(2000, '[')), HasSubstr("bad.yaml:"));
}

// Whatever happens to a byte of the file: read, or refused with a place; never anything else.
RC_GTEST_PROP(BadTable, damage_is_read_or_refused_with_a_place, ()) {
  std::string text = good_table();
  const auto at = *rc::gen::inRange<size_t>(0, text.size());
  const int kind = *rc::gen::inRange(0, 3);
  if (kind == 0) text[at] = *rc::gen::arbitrary<char>();
  if (kind == 1) text.resize(at);
  if (kind == 2) text.erase(at, *rc::gen::inRange<size_t>(1, 40));
  const std::string answer = refusal(text);
  RC_ASSERT(answer == "accepted" || answer.find("bad.yaml:") != std::string::npos);
}

}  // namespace
}  // namespace nonzero
