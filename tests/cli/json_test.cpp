#include <gtest/gtest.h>

#include "binary.h"
#include "nonzero/base/embedded.h"
#include "support/schema.h"

namespace nonzero::test {
namespace {

using nlohmann::json;

// "" where the object keeps the schema, else the complaints.
std::string complaints(const json& object) {
  static const PublishedSchema schema(
      json::parse(embedded_files().at("src/nonzero/report/result.schema.json")));
  return schema.complaints(object);
}

uint64_t sum(const json& tally) {
  uint64_t total = 0;
  for (const auto& [name, amount] : tally.items()) total += amount.get<uint64_t>();
  return total;
}

void expect_closed_accounts(const json& result) {
  EXPECT_EQ(sum(result["phases"]), result["cycles"].get<uint64_t>());
  EXPECT_EQ(sum(result["pe_cycles"]),
            result["slots"]["count"].get<uint64_t>() * result["cycles"].get<uint64_t>());
}

const std::string kSmall = "--gemm 40x50x60 --density-a 0.3 --density-b 0.5 ";

class JsonOf : public testing::TestWithParam<const char*> {};

TEST_P(JsonOf, keeps_the_published_schema_and_closes_its_accounts) {
  const Ran ran = nonzero(GetParam());
  ASSERT_EQ(ran.status, 0) << ran.err;
  const std::vector<json> lines = ran.json_lines();
  ASSERT_FALSE(lines.empty());
  for (const json& line : lines) {
    EXPECT_EQ(complaints(line), "") << line.dump();
    EXPECT_EQ(line["command"], std::string("nonzero ") + GetParam());
    if (line["schema"] == "nonzero.result/1") expect_closed_accounts(line);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Command, JsonOf,
    testing::Values(
        "run sigma --gemm 40x50x60 --density-a 0.3 --density-b 0.5 --json --output check",
        "run sigma --gemm 40x50x60 --json --output none",
        "run sigma --gemm 40x50x60 --density-a 0 --json --output check",
        "run sigma gemm:40x50x60@a=0.3,seed=7 --json --wall",
        "run sigma --gemm 40x50x60 --json --set stationary=none",
        "run sigma --gemm 40x50x60 --json --set stream_words=16 --set packing=row-major",
        "run sigma --gemm 40x50x60 --json --set dram=hbm2-256 --set data_type=int8",
        "run sigma --gemm 300x50x60 --json --set flex_dpes=4 --set multipliers_per_dpe=8 --set accumulate=charged",
        "run tpu --gemm 40x50x60 --json --output check",
        "run tpu --gemm 40x50x60 --json --set fold=scalesim --set dataflow=os",
        "run tpu --gemm 40x50x60 --json --preset tpu-32x512",
        "compare sigma tpu --gemm 40x50x60 --density-a 0.3 --json",
        "run sigma --generate rmat:rows=300,edges=2000,seed=1 --json",
        "run sigma --suite sigma-gemms --set timing=analytic --json",
        "run sigma --suite sigma-gemms --set timing=analytic --json --concurrent",
        "compare sigma tpu --suite sigma-gemms-dense --set timing=analytic --json",
        "map flexagon --gemm 40x50x60 --density-a 0.3 --density-b 0.5 --json",
        "map flexagon --suite flexagon-layers-synthetic --mapper predict --activation-operand B --json",
        "run sat --suite sat-resnet9 --json",
        "run sat suite:sat-vit@batch=4 --set method=sdgp --set pregen=false --json",
        "study sat-ablation --json", "reproduce sat --json", "reproduce sigma --json"));

TEST(Json, of_a_suite_ends_in_one_summary_per_design) {
  const std::vector<json> lines =
      nonzero("compare sigma tpu --suite sigma-gemms --set timing=analytic --json").json_lines();
  ASSERT_EQ(lines.size(), 22U);
  for (const size_t last : {size_t{10}, size_t{21}}) {
    EXPECT_EQ(lines[last]["schema"], "nonzero.summary/1");
    uint64_t cycles = 0;
    for (size_t i = last - 10; i < last; ++i)
      cycles += lines[i]["cycles"].get<uint64_t>() * lines[i]["operation"]["repeat"].get<uint64_t>();
    EXPECT_EQ(lines[last]["cycles"], cycles);
    EXPECT_EQ(sum(lines[last]["phases"]), cycles);
  }
}

TEST(Json, is_the_same_to_the_byte_on_any_number_of_threads) {
  const std::string run =
      "run sigma --gemm 200x210x220 --density-a 0.3 --density-b 0.2 --output check --json ";
  const Ran one = nonzero(run + "--threads 1"), two = nonzero(run + "--threads 2");
  ASSERT_EQ(one.status, 0) << one.err;
  json first = json::parse(one.out), second = json::parse(two.out);
  EXPECT_NE(first["command"], second["command"]);
  first.erase("command");
  second.erase("command");
  EXPECT_EQ(first.dump(), second.dump());
}

TEST(Json, is_the_same_to_the_byte_when_the_command_is_repeated) {
  for (const std::string& command : {"compare sigma tpu " + kSmall + "--json --output check",
                                     std::string("reproduce sigma/cycles --json")}) {
    const Ran first = nonzero(command);
    ASSERT_EQ(first.status, 0) << first.err;
    EXPECT_EQ(first.out, nonzero(command).out);
  }
}

TEST(Json, carries_the_command_that_gives_it_again) {
  const Ran first = nonzero("run sigma --gemm '40x50x60' --density-a 0.3 --json");
  const std::string again = json::parse(first.out)["command"];
  EXPECT_EQ(nonzero(again.substr(std::string("nonzero ").size())).out, first.out);
}

TEST(Json, gives_another_seed_another_matrix) {
  const json one = json::parse(nonzero("run sigma " + kSmall + "--json --seed 1").out);
  const json two = json::parse(nonzero("run sigma " + kSmall + "--json --seed 2").out);
  EXPECT_NE(one["operands"]["a"]["hash"], two["operands"]["a"]["hash"]);
  EXPECT_NE(one["multiplications"]["effectual"], two["multiplications"]["effectual"]);
}

// A schema that accepts anything would pass every test above.
class Schema : public testing::Test {
 protected:
  json result = json::parse(nonzero("run sigma " + kSmall + "--json --output check").out);
};

TEST_F(Schema, accepts_the_object_it_is_tried_on) { EXPECT_EQ(complaints(result), ""); }

TEST_F(Schema, refuses_a_missing_field) {
  for (const std::string field : {"cycles", "phases", "operation", "config", "notes", "output"}) {
    json broken = result;
    broken.erase(field);
    EXPECT_NE(complaints(broken), "") << field;
  }
}

TEST_F(Schema, refuses_a_field_it_does_not_know) {
  for (const char* place : {"", "/operation", "/operands/a", "/utilisation", "/multiplications", "/output"}) {
    json broken = result;
    broken[json::json_pointer(place)]["surprise"] = 1;
    EXPECT_NE(complaints(broken), "") << place;
  }
}

TEST_F(Schema, refuses_values_that_cannot_be) {
  const std::vector<std::pair<const char*, json>> wrong = {{"/cycles", -1},
                                                           {"/cycles", 1.5},
                                                           {"/utilisation/overall", 1.01},
                                                           {"/timing", "guessed"},
                                                           {"/schema", "nonzero.result/2"},
                                                           {"/phases/waiting", 1},
                                                           {"/pe_cycles/waiting", 1},
                                                           {"/operation/repeat", 0},
                                                           {"/operands/a/hash", "md5:0"},
                                                           {"/notes", "none"},
                                                           {"/output/checked", false}};
  for (const auto& [place, value] : wrong) {
    json broken = result;
    broken[json::json_pointer(place)] = value;
    EXPECT_NE(complaints(broken), "") << place;
  }
}

}  // namespace
}  // namespace nonzero::test
