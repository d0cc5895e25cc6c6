#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binary.h"

namespace nonzero::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

// A dense corner in a diagonal: worth a hot worker.
std::string cornered(const Folder& folder) {
  std::string text;
  constexpr int kRows = 2048, kCorner = 128;
  int entries = 0;
  for (int r = 1; r <= kRows; ++r) {
    for (int c = 1; r <= kCorner && c <= kCorner; ++c, ++entries) text += fmt::format("{} {}\n", r, c);
    if (r > kCorner) {
      text += fmt::format("{} {}\n", r, r);
      ++entries;
    }
  }
  return folder.write("A.mtx",
                      fmt::format("%%MatrixMarket matrix coordinate pattern general\n{0} {0} {1}\n{2}", kRows,
                                  entries, text));
}

TEST(Tiles, prints_tiles_partitions_and_oracle) {
  const Folder folder;
  const Ran ran = nonzero("tiles --a " + cornered(folder) + " --k 32");
  ASSERT_EQ(ran.status, 0) << ran.err;
  for (const char* word : {"2,048 x 2,048, 18,304 non-zeros, K = 32",
                           "tiles: ", "of the non-zeros hot (unaware: ", "min-time-parallel",
                           "min-byte-serial", "hot-only", "cold-only", "cutoff-oracle", "after reuse pass"})
    EXPECT_THAT(ran.out, HasSubstr(word));
}

TEST(Tiles, as_json_say_the_same_and_counts_add_up) {
  const Folder folder;
  const Ran ran = nonzero("tiles --a " + cornered(folder) + " --json --cost");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const std::vector<json> lines = ran.json_lines();
  ASSERT_EQ(lines.size(), 1U);
  const json& tiles = lines[0];
  EXPECT_EQ(tiles["schema"], "nonzero.tiles/1");
  EXPECT_EQ(tiles["k"], 32);
  const uint64_t side = tiles["tile_side"].get<uint64_t>(), along = (2048 + side - 1) / side;
  EXPECT_EQ(tiles["tiles"]["hot"].get<uint64_t>() + tiles["tiles"]["cold"].get<uint64_t>() +
                tiles["tiles"]["empty"].get<uint64_t>(),
            along * along);
  double best = 1e9, chosen = tiles["partition"]["prediction"]["seconds"];
  for (const json& one : tiles["partitions"]) {
    const json& p = one["prediction"];
    EXPECT_NEAR(
        p["seconds"].get<double>(),
        p["both"].get<double>() + p["hot"].get<double>() + p["cold"].get<double>() + p["merge"].get<double>(),
        1e-15);
    if (one["name"].get<std::string>().starts_with("min-")) best = std::min(best, p["seconds"].get<double>());
  }
  EXPECT_EQ(chosen, best) << "the best heuristic";
  EXPECT_GT(tiles["preprocessing"]["read_seconds"].get<double>(), 0);
  EXPECT_GT(tiles["preprocessing"]["product_seconds"].get<double>(), 0);
}

TEST(Tiles, write_pictures_and_formats) {
  const Folder folder;
  const std::string map = folder.file("map.pgm"), saved = folder.file("saved");
  const std::string line = "tiles --a " + cornered(folder) + " --map " + map + " --densities " +
                           folder.file("nnz.png") + " --save " + saved;
  const Ran ran = nonzero(line);
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(text_of(map), testing::StartsWith("P5"));
  EXPECT_THAT(text_of(folder.file("nnz.png")), testing::StartsWith("\x89PNG"));
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(saved)) names.push_back(entry.path().filename().string());
  EXPECT_THAT(names, UnorderedElementsAre("hot.tiles", "cold.tiles", "tiles.csv"));
  EXPECT_THAT(text_of(fs::path(saved) / "tiles.csv"), testing::StartsWith("panel,column,nnz,"));
  const Ran again = nonzero(line);
  EXPECT_EQ(again.status, 2);
  EXPECT_THAT(again.err, HasSubstr("--force"));
  EXPECT_EQ(nonzero(line + " --force").status, 0);
}

// Acceptance 9: a machine is fitted once; its file is used as it stands.
TEST(Tiles, a_fitted_machine_is_used_without_fitting_again) {
  const Folder folder;
  const std::string machine = folder.file("machine.yaml"), line = "tiles --a " + cornered(folder) + " --json";
  const Ran fitted = nonzero(line + " --fit " + machine);
  ASSERT_EQ(fitted.status, 0) << fitted.err;
  const std::string text = text_of(machine);
  EXPECT_THAT(text, HasSubstr("hot_vis_lat_ps: 12."));
  const Ran again = nonzero(line + " --config " + machine);
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(text_of(machine), text);
  EXPECT_NE(again.json_lines()[0]["partition"], nonzero(line).json_lines()[0]["partition"])
      << "the fitted latencies are those of the prediction";
}

TEST(Tiles, refuse_what_they_cannot_do) {
  const Folder folder;
  const auto complaint = [](const std::string& arguments) {
    const Ran ran = nonzero("tiles " + arguments);
    EXPECT_EQ(ran.status, 2) << arguments;
    return ran.err;
  };
  EXPECT_THAT(complaint(""), HasSubstr("no workload"));
  EXPECT_THAT(complaint("gemm:4x4x4"), HasSubstr("no matrix that is given"));
  EXPECT_THAT(complaint("--generate diagonal:rows=9 --k 0"), HasSubstr("--k 0; allowed: 1 to 2^31"));
  EXPECT_THAT(complaint("--generate diagonal:rows=9 --map map.jpg"), HasSubstr("allowed: .png, .pgm"));
  EXPECT_THAT(complaint("--generate diagonal:rows=99999 --set tile_side=99999 --set reduce_small=false"),
              HasSubstr("scratchpad"));
  EXPECT_THAT(complaint("--generate diagonal:rows=9 --set cold_scale=0 --set hot_scale=0"),
              HasSubstr("at least one kind of worker"));
  EXPECT_THAT(complaint("--generate diagonal:rows=9 --k 100000000"), HasSubstr("scratchpad"));
}

TEST(Tiles, of_one_kind_of_worker_are_all_its_own) {
  const Ran ran = nonzero("tiles --generate uniform:rows=5000,density=0.001 --set hot_scale=0 --json");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.json_lines()[0]["tiles"]["hot"], 0);
  EXPECT_THAT(ran.out, Not(HasSubstr("hot-only")));
}

TEST(Matrices, of_a_folder_run_one_by_one_in_any_design) {
  const Folder folder;
  const std::string one = "%%MatrixMarket matrix coordinate real general\n3 3 2\n1 1 3\n2 1 4\n";
  folder.write("a.mtx", one);
  folder.write("b.mtx", one);
  folder.write("broken.mtx", "no matrix");
  for (const char* line : {"run hottiles", "run flexagon", "compare sigma tpu"}) {
    const Ran ran = nonzero(std::string(line) + " --matrices " + folder.file("") + " --json");
    ASSERT_EQ(ran.status, 0) << line << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("broken.mtx"));
    size_t results = 0;
    for (const json& result : ran.json_lines()) results += result["schema"] == "nonzero.result/1";
    EXPECT_EQ(results, std::string(line).starts_with("run") ? 2U : 4U) << line;
  }
}

TEST(Hottiles, multiplies_by_32_dense_columns_where_none_are_said) {
  const Ran ran = nonzero("run hottiles --generate mycielskian:6 --json --semiring min-plus");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const json result = ran.json_lines()[0];
  EXPECT_EQ(result["operation"]["kind"], "spmm");
  EXPECT_EQ(result["operation"]["n"], 32);
  EXPECT_EQ(result["output"]["checked"], true);
  EXPECT_EQ(nonzero("run sigma --generate mycielskian:6 --semiring min-plus").status, 2);
}

}  // namespace
}  // namespace nonzero::test
