#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binary.h"

namespace nonzero::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// A chain of three layers in which the wide one and the tall ones want different dataflows.
const char* const kLayers = "name,M,N,K,repeat\nfirst,16,400,12,1\nsecond,90,40,64,2\nthird,8,120,300,1\n";

std::string chain(const Folder& folder) {
  return "map flexagon --layers " + folder.write("net.csv", kLayers) + " --density-a 0.3 --density-b 0.6 ";
}

TEST(Map, prints_dataflow_cycles_conversion_and_format_of_each_layer_and_the_alternatives) {
  const Folder folder;
  const Ran ran = nonzero(chain(folder));
  ASSERT_EQ(ran.status, 0) << ran.err;
  for (const char* word :
       {"first", "second", "third", "dataflow", "conversion cycles", "as a chain", "leaves C in",
        "this mapping", "best per layer", "throughout", "again: nonzero map"})
    EXPECT_THAT(ran.out, HasSubstr(word));
}

class MapBy : public testing::TestWithParam<const char*> {};

TEST_P(MapBy, ends_in_a_summary_whose_layers_and_conversions_add_up) {
  const Folder folder;
  const Ran ran = nonzero(chain(folder) + GetParam() + " --json");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const std::vector<json> lines = ran.json_lines();
  ASSERT_EQ(lines.size(), 4U);
  const json& summary = lines.back();
  EXPECT_EQ(summary["schema"], "nonzero.summary/1");
  uint64_t total = 0, phases = 0;
  for (size_t i = 0; i < 3; ++i) {
    const json& step = summary["mapping"][i];
    EXPECT_EQ(lines[i]["config"]["dataflow"], step["dataflow"]);
    EXPECT_EQ(lines[i]["cycles"], step["cycles"]);
    EXPECT_EQ(step["format"], step["dataflow"].get<std::string>().ends_with("-m") ? "CSR" : "CSC");
    total += step["cycles"].get<uint64_t>() * step["repeat"].get<uint64_t>() +
             step["conversion_cycles"].get<uint64_t>();
  }
  for (const auto& [phase, cycles] : summary["phases"].items()) phases += cycles.get<uint64_t>();
  EXPECT_EQ(summary["cycles"], total);
  EXPECT_EQ(summary["cycles"], phases);
  const json& map = summary["network_map"];
  EXPECT_LE(map["mapper_cycles"], map["best_per_layer_cycles"]);
  EXPECT_LE(map["mapper_cycles"], map["best_fixed"]["cycles"]);
  if (map["mapper"] == "exact") {
    EXPECT_EQ(map["mapper_cycles"], summary["cycles"]);
  }
}

INSTANTIATE_TEST_SUITE_P(Mapper, MapBy,
                         testing::Values("", "--mapper predict", "--activation-operand B",
                                         "--conversion authors", "--set timing=paper",
                                         "--set timing=paper --mapper predict"));

TEST(Map, tries_no_dataflow_that_the_machine_lacks) {
  const Folder folder;
  const std::string layers = folder.write("net.csv", kLayers);
  const Ran ran = nonzero("map gamma-like --density-a 0.3 --json --layers " + layers);
  ASSERT_EQ(ran.status, 0) << ran.err;
  for (const json& step : ran.json_lines().back()["mapping"]) EXPECT_EQ(step["dataflow"], "gust-m");
}

TEST(Map, refuses_what_has_no_meaning_for_it) {
  const Folder folder;
  const auto refusal = [](const std::string& arguments) {
    const Ran ran = nonzero(arguments);
    EXPECT_EQ(ran.status, 2) << arguments;
    EXPECT_EQ(ran.out, "") << arguments;
    return ran.err;
  };
  EXPECT_THAT(refusal("map sigma --gemm 4x4x4"), HasSubstr("several dataflows"));
  EXPECT_THAT(refusal("map tpu --gemm 4x4x4"), HasSubstr("several dataflows"));
  EXPECT_THAT(refusal(chain(folder) + "--set objective=energy"), HasSubstr("objective=cycles"));
  EXPECT_THAT(refusal(chain(folder) + "--set conversion=false"), HasSubstr("conversion=true"));
  EXPECT_THAT(refusal(chain(folder) + "--set format_a=csr"), HasSubstr("format_a=any"));
  EXPECT_THAT(refusal(chain(folder) + "--concurrent"), HasSubstr("--concurrent"));
  EXPECT_THAT(refusal(chain(folder) + "--trace t.json"), HasSubstr("nonzero run --trace"));
  EXPECT_THAT(refusal(chain(folder) + "--mapper guess"), HasSubstr("exact"));
  EXPECT_THAT(refusal("map flexagon --gemm 4x4x4 --output c.mtx"), HasSubstr("no product"));
}

TEST(Compare, names_winner_and_factor_between_more_than_two_designs) {
  const Ran ran =
      nonzero("compare flexagon sigma-like sparch-like gamma-like --gemm 16x400x12 --density-a 0.3");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("winner"));
  EXPECT_THAT(ran.out, HasSubstr("factor"));
}

}  // namespace
}  // namespace nonzero::test
