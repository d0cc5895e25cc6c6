#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binary.h"
#include "nonzero/base/embedded.h"
#include "nonzero/io/npy_header.h"
#include "nonzero/report/page.h"
#include "support/data.h"
#include "support/schema.h"

namespace nonzero::test {
namespace {

using testing::HasSubstr;

std::string refused(const std::string& arguments) {
  const Ran ran = nonzero("attention " + arguments);
  EXPECT_EQ(ran.status, 2) << arguments;
  EXPECT_EQ(ran.out, "");
  return ran.err;
}

std::string complaints(const nlohmann::json& object) {
  static const PublishedSchema schema(
      nlohmann::json::parse(embedded_files().at("src/nonzero/report/result.schema.json")));
  return schema.complaints(object);
}

TEST(AttentionCommand, describes_the_pattern_and_compares_the_designs) {
  const Ran ran = nonzero("attention --mask longformer:window=256 --tokens 4096 --heads 12");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Sparse attention: longformer:window=256, 4096 tokens, 12 heads of 64"));
  // |j - i| <= 128, and row and column 0.
  EXPECT_THAT(ran.out, HasSubstr(std::to_string(12 * (4096 * 257 - 128 * 129 + 2 * (4096 - 129)))));
  EXPECT_THAT(ran.out, HasSubstr("Stored by diagonals: window n/8, moved to the nearest free slots"));
  for (const char* design : {"asadi", "asadi-dense", "reram-csr", "pim-dia", "pim-csr"})
    EXPECT_THAT(ran.out, HasSubstr("\n" + std::string(design) + " ")) << design;
  EXPECT_THAT(ran.out, HasSubstr("speed / pim-csr"));
  EXPECT_THAT(ran.out,
              HasSubstr("again: nonzero attention --mask longformer:window=256 --tokens 4096 --heads 12"));
}

TEST(AttentionCommand, writes_a_demo_that_it_reads_and_checks) {
  const Folder folder;
  const std::string file = folder.file("q.npz");
  ASSERT_EQ(nonzero("attention --demo-qkv " + file + " --tokens 96 --heads 2 --head-dim 16").status, 0);
  const Ran ran = nonzero("attention --json --output check --qkv " + file);
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto lines = ran.json_lines();
  ASSERT_EQ(lines.size(), 6U);  // five designs, and what was found
  for (size_t d = 0; d < 5; ++d) {
    EXPECT_EQ(lines[d]["schema"], "nonzero.result/1");
    EXPECT_EQ(lines[d]["output"]["checked"], true) << lines[d]["accelerator"];
    EXPECT_EQ(lines[d]["operation"]["kind"], "attention");
  }
  for (const nlohmann::json& line : lines) EXPECT_EQ(complaints(line), "");
  const nlohmann::json& found = lines.back();
  EXPECT_EQ(found["schema"], "nonzero.attention/1");
  EXPECT_EQ(found["baseline"], "pim-csr");
  const nlohmann::json& layer = found["layers"].at(0);
  EXPECT_EQ(layer["tokens"], 96);
  EXPECT_EQ(layer["heads"], 2);
  EXPECT_EQ(layer["window"], 12);
  EXPECT_EQ(layer["bubbles"].get<uint64_t>(), layer["slots"].get<uint64_t>() - layer["nnz"].get<uint64_t>());
  EXPECT_GT(layer["within"]["n/4"].get<double>(), 0.25);  // more than chance
  // The same bytes on one thread.
  EXPECT_EQ(nonzero("attention --json --output check --qkv " + file).out, ran.out);
}

TEST(AttentionCommand, of_three_files_is_that_of_one) {
  const Folder folder;
  const std::string file = folder.file("q.safetensors");
  ASSERT_EQ(nonzero("attention --demo-qkv " + file + " --tokens 64 --heads 1 --head-dim 8").status, 0);
  const auto found = [](const std::string& arguments) {
    const Ran ran = nonzero("attention --pattern-only --json " + arguments);
    EXPECT_EQ(ran.status, 0) << ran.err;
    return ran.json_lines().back()["layers"].at(0)["nnz"].get<uint64_t>();
  };
  const uint64_t all = found("--qkv " + file);
  EXPECT_GT(all, found("--tau 0.05 --qkv " + file));
  EXPECT_EQ(64U * 5, found("--top-k 5 --qkv " + file));
  EXPECT_GT(all, found("--causal --qkv " + file));
  EXPECT_EQ(32U * 32, found("--padding 32 --mask dense --qkv " + file));
  EXPECT_THAT(refused("--prefix l0. --qkv " + file), HasSubstr("no tensor 'l0.q'"));
}

TEST(AttentionCommand, takes_windows_and_settings) {
  const std::string run =
      "attention --json --designs asadi --mask diagloc:rho=0.1,phi=0.5,seed=7 --tokens 256 ";
  const auto window = [&](const std::string& arguments) {
    const Ran ran = nonzero(run + arguments);
    EXPECT_EQ(ran.status, 0) << ran.err;
    const auto lines = ran.json_lines();
    EXPECT_EQ(lines[0]["counters"]["window"], lines.back()["layers"].at(0)["window"]);
    return lines.back()["layers"].at(0)["window"].get<uint64_t>();
  };
  EXPECT_EQ(window(""), 32U);
  EXPECT_EQ(window("--window n/16"), 16U);
  EXPECT_EQ(window("--window 21"), 21U);
  EXPECT_EQ(window("--window auto"), 32U);
  const Ran faster = nonzero(run + "--set op_scale=0.5");
  ASSERT_EQ(faster.status, 0) << faster.err;
  EXPECT_LT(faster.json_lines()[0]["cycles"].get<uint64_t>(),
            nonzero(run).json_lines()[0]["cycles"].get<uint64_t>());
}

TEST(AttentionCommand, runs_models_layer_by_layer_and_shows_sensitivities_and_pictures) {
  const Ran ran = nonzero("attention --model bart --tokens 128 --sensitivity --picture");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("18 layers"));
  EXPECT_THAT(ran.out, HasSubstr("encoder.0 … encoder.5"));
  EXPECT_THAT(ran.out, HasSubstr("decoder.0.self"));
  EXPECT_THAT(ran.out, HasSubstr("diagonals in the window"));
  EXPECT_THAT(ran.out, HasSubstr("first head, before:"));
}

TEST(AttentionCommand, shows_asadis_sensitivity_beside_other_designs_and_marks_what_does_not_fit) {
  const std::string beyond = "attention --mask longformer:window=8 --tokens 4096 --heads 1 ";
  const Ran others = nonzero(beyond + "--designs pim-csr --sensitivity");
  ASSERT_EQ(others.status, 0) << others.err;
  EXPECT_THAT(others.out, HasSubstr("diagonals in the window"));
  const Ran both = nonzero(beyond + "--designs asadi,pim-csr");
  EXPECT_THAT(both.out, HasSubstr("\nasadi (beyond capacity) "));
  EXPECT_THAT(both.out, HasSubstr("between batches"));
  const Ran run = nonzero("run asadi attention:longformer:window=8@tokens=4096,heads=1");
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, HasSubstr("check_capacity=false"));
}

TEST(AttentionCommand, is_a_workload_of_run_and_compare_too) {
  const Ran word = nonzero("run asadi attention:longformer:window=16@tokens=256,heads=4 --json");
  ASSERT_EQ(word.status, 0) << word.err;
  const Ran options =
      nonzero("run asadi --attention longformer:window=16 --tokens 256 --heads 4 --json --output check");
  ASSERT_EQ(options.status, 0) << options.err;
  EXPECT_EQ(word.json_lines()[0]["cycles"], options.json_lines()[0]["cycles"]);
  EXPECT_EQ(options.json_lines()[0]["output"]["checked"], true);
  EXPECT_EQ(nonzero("run sigma attention:dense@tokens=16").status, 2);
  EXPECT_EQ(nonzero("run asadi gemm:8x8x8").status, 2);
  EXPECT_EQ(nonzero("run sigma gemm:8x8x8 --tokens 4").status, 2);
}

// A main diagonal is content with n/32 diagonals, a full head takes n/4; the page draws the first.
TEST(AttentionCommand, draws_the_first_head_with_its_own_window) {
  if (!page_available()) GTEST_SKIP() << "this build carries no page: npm or Node.js was missing";
  constexpr size_t kTokens = 64;
  std::string masks(2 * kTokens * kTokens, '\1');
  for (size_t at = 0; at < kTokens * kTokens; ++at) masks[at] = at % (kTokens + 1) == 0 ? '\1' : '\0';
  const Folder folder;
  const std::string file = folder.write("m.npy", io::make_npy_header("|u1", "(2, 64, 64)") + masks);
  const std::string page = folder.file("page.html");
  const Ran ran = nonzero("attention --pattern-only --window auto --html " + page + " --mask " + file);
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Stored by diagonals: window auto"));
  const std::string text = text_of(page), open = "id=\"nonzero-data\">";
  const size_t begin = text.find(open) + open.size();
  const auto data = nlohmann::json::parse(text.substr(begin, text.find("</script>", begin) - begin));
  EXPECT_EQ(data["views"]["diagonals"][0]["window"], 2);
  EXPECT_EQ(data["views"]["diagonals"][0]["diagonals"], 1);
}

TEST(AttentionCommand, reads_attention_weights_and_stories260k) {
  NONZERO_NEEDS_SHARED_DATA(data);
  const Ran weights = nonzero("attention --pattern-only --scores " +
                              (data / "attention/stories260K_story_T256.npz").string());
  ASSERT_EQ(weights.status, 0) << weights.err;
  EXPECT_THAT(weights.out, HasSubstr("layer4"));
  const How how{"NONZERO_DATA='" + data.string() + "' ", "", 0, ""};
  const Ran stories = nonzero("attention --model stories260k --tokens 64 --designs asadi,pim-csr", how);
  ASSERT_EQ(stories.status, 0) << stories.err;
  EXPECT_THAT(stories.out, HasSubstr("8 heads of 8, 5 layers; pattern: sanger: 4 bit, p > 0.002, causal"));
}

TEST(AttentionCommand, refuses_what_makes_no_attention) {
  const Folder folder;
  EXPECT_THAT(refused(""), HasSubstr("no attention; give one of --mask"));
  EXPECT_THAT(refused("--mask longfomer"), HasSubstr("did you mean 'longformer'?"));
  EXPECT_THAT(refused("--mask window:w=0"), HasSubstr("w"));
  EXPECT_THAT(refused("--mask window:w=200 --tokens 64"), HasSubstr("127"));
  EXPECT_THAT(refused("--mask dense --tokens 64 --window 128"), HasSubstr("allowed: 1 to 127"));
  EXPECT_THAT(refused("--mask dense --window wide"), HasSubstr("--window wide"));
  EXPECT_THAT(refused("--mask bigbird --tokens 100"), HasSubstr("100"));
  EXPECT_THAT(refused("--mask window:w=8 --tokens 16384 --heads 1"), HasSubstr("8192"));
  EXPECT_THAT(refused("--mask dense --tokens 16 --designs asadi,sigma"), HasSubstr("sigma does not support"));
  EXPECT_THAT(refused("--mask dense --tokens 16 --baseline sigma"),
              HasSubstr("--baseline sigma; allowed: one of"));
  EXPECT_THAT(refused("--mask dense --tokens 16 --designs asady"), HasSubstr("did you mean 'asadi'?"));
  EXPECT_THAT(refused("--mask dense --tokens 16 --output z.mtx"), HasSubstr("--output"));
  for (const std::string option : {"--tau 0.1", "--top-k 2", "--bits 4", "--raw"})
    EXPECT_THAT(refused("--mask dense --tokens 16 " + option), HasSubstr("with a pattern that is given"));
  EXPECT_THAT(refused("--qkv " + folder.file("none.npz")), HasSubstr("none.npz"));
  EXPECT_THAT(refused("--model bert"), HasSubstr("bert-base"));
  const std::string file = folder.file("q.npz");
  ASSERT_EQ(nonzero("attention --tokens 16 --heads 1 --head-dim 4 --demo-qkv " + file).status, 0);
  EXPECT_THAT(refused("--bits 9 --qkv " + file), HasSubstr("9 bits of Q and K; allowed: 2 to 8"));
  EXPECT_THAT(refused("--tau 1 --qkv " + file), HasSubstr("tau 1; allowed: above 0 and below 1"));
  EXPECT_THAT(refused("--heads 3 --qkv " + file), HasSubstr("3 heads of an array (1, 16, 4)"));
  EXPECT_THAT(refused("--mask dense --tokens 17 --qkv " + file), HasSubstr("17 tokens"));
  for (const std::string mode : {"none", "check"})
    EXPECT_THAT(refused("--set asadi.linear_values=adc --output " + mode + " --qkv " + file),
                HasSubstr("a file with x, wq, wk and wv and without q"));
  EXPECT_THAT(refused("--demo-qkv " + folder.file("q.txt")), HasSubstr("allowed: .npz, .safetensors"));
  EXPECT_THAT(refused("--demo-qkv " + file + " --tokens 0"), HasSubstr("0 tokens"));
}

TEST(AttentionCommand, a_mask_of_a_file_may_leave_rows_empty) {
  const Folder folder;
  const std::string mask =
      folder.write("m.mtx", "%%MatrixMarket matrix coordinate pattern general\n4 4 3\n1 1\n2 1\n4 2\n");
  const Ran ran = nonzero("attention --heads 2 --head-dim 4 --output check --mask " + mask);
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("2 rows attend to nothing"));
}

}  // namespace
}  // namespace nonzero::test
