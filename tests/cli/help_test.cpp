#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "binary.h"

namespace nonzero::test {
namespace {

using testing::HasSubstr;

TEST(Help, fits_one_screen) {
  const Ran ran = nonzero("--help");
  EXPECT_EQ(ran.status, 0);
  EXPECT_LE(std::count(ran.out.begin(), ran.out.end(), '\n'), 40);
  EXPECT_EQ(ran.err, "");
  for (const char* command : {"run", "compare", "map", "reproduce", "study", "train", "bits", "flip",
                              "attention", "arch", "formats", "completion", "man"})
    EXPECT_THAT(ran.out, HasSubstr(std::string("\n  ") + command + " "));
}

TEST(Help, of_every_command_has_examples) {
  for (const std::string command : {"", "run", "compare", "map", "reproduce", "study", "bits", "flip",
                                    "attention", "arch", "formats", "completion", "man"}) {
    const Ran ran = nonzero(command + " --help");
    EXPECT_EQ(ran.status, 0) << command;
    EXPECT_THAT(ran.out, HasSubstr("Example")) << command;
    EXPECT_THAT(ran.out, testing::HasSubstr("nonzero " + command)) << command;
  }
}

TEST(Version, is_printed) {
  const Ran ran = nonzero("--version");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

// What bash offers for the last of `words`.
std::string completions(const Folder& folder, const std::string& words) {
  const std::string script = folder.write("complete.sh", "source '" + folder.file("nonzero.bash") +
                                                             "'\n"
                                                             "COMP_WORDS=(" +
                                                             words +
                                                             ")\n"
                                                             "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                                                             "_nonzero\n"
                                                             "printf '%s\\n' \"${COMPREPLY[@]}\"\n");
  const std::string out = folder.file("offered");
  EXPECT_EQ(std::system(("bash '" + script + "' >'" + out + "'").c_str()), 0);
  return text_of(out);
}

TEST(Completion, is_valid_bash_and_completes) {
  const Folder folder;
  folder.write("nonzero.bash", nonzero("completion").out);
  ASSERT_EQ(std::system(("bash -n '" + folder.file("nonzero.bash") + "'").c_str()), 0);
  EXPECT_EQ(completions(folder, "nonzero rep"), "reproduce\n");
  EXPECT_EQ(completions(folder, "nonzero run sig"), "sigma\nsigma-like\n");
  EXPECT_EQ(completions(folder, "nonzero run sigma --density"), "--density-a\n--density-b\n");
  EXPECT_EQ(completions(folder, "nonzero arch sh"), "show\n");
}

TEST(Man, renders_without_a_complaint_and_names_every_command) {
  if (std::system("groff --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no groff on this machine";
  const Folder folder;
  folder.write("nonzero.1", nonzero("man").out);
  const std::string render = "groff -man -Tascii -P-c -P-b -P-u -ww '" + folder.file("nonzero.1") + "' >'" +
                             folder.file("page") + "' 2>'" + folder.file("complaints") + "'";
  ASSERT_EQ(std::system(render.c_str()), 0);
  EXPECT_EQ(text_of(folder.file("complaints")), "");
  const std::string page = text_of(folder.file("page"));
  for (const char* word : {"run", "compare", "map", "reproduce", "study", "train", "arch show", "formats",
                           "--density-a", "EXIT STATUS"})
    EXPECT_THAT(page, HasSubstr(word));
}

TEST(Arch, lists_every_design_and_shows_a_configuration_that_reads_back) {
  EXPECT_THAT(nonzero("arch list").out,
              testing::AllOf(HasSubstr("sigma"), HasSubstr("systolic"), HasSubstr("tpu")));
  const Folder folder;
  const std::string config = folder.write("sigma.yaml", nonzero("arch show sigma --set flex_dpes=8").out);
  EXPECT_THAT(text_of(config), HasSubstr("flex_dpes: 8\n"));
  const std::string run = "run sigma --gemm 40x50x60 --json ";
  const auto from_file = nonzero(run + "--config " + config).json_lines().at(0);
  const auto from_set = nonzero(run + "--set flex_dpes=8").json_lines().at(0);
  EXPECT_EQ(from_file["config"], from_set["config"]);
  EXPECT_EQ(from_file["cycles"], from_set["cycles"]);
}

TEST(Presets, are_read_by_the_machine_they_name) {
  for (const auto& entry : fs::directory_iterator(fs::path(NONZERO_SOURCE_DIR) / "presets")) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string text = text_of(entry.path()), key = "\naccelerator: ";
    const size_t at = text.find(key);
    ASSERT_NE(at, std::string::npos) << entry.path();
    const std::string design = text.substr(at + key.size(), text.find('\n', at + 1) - at - key.size());
    const std::map<std::string, std::string> workloads = {{"sat", " --suite sat-resnet9"},
                                                          {"scnn", " --suite laplace-resnet9"},
                                                          {"bitwave", " --suite laplace-resnet9"},
                                                          {"asadi", " --attention window --tokens 64"}};
    const auto own = workloads.find(design);
    const std::string workload = own == workloads.end() ? " --gemm 8x8x8" : own->second;
    const Ran ran = nonzero("run " + design + workload + " --preset " + entry.path().stem().string());
    EXPECT_EQ(ran.status, 0) << entry.path() << ran.err;
  }
}

// SIGMA's second published data set (specs: sigma/cycles).
TEST(Presets, of_limited_words_gives_the_published_cycles) {
  const Ran ran = nonzero("run sigma --gemm 128x2048x4096 --density-a 0.2 --preset sigma-limited-128 --json");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.json_lines().at(0)["cycles"], 66454);
}

// The dense cycles the paper's data set gives for 128 x 128.
TEST(Presets, of_the_tpu_gives_the_published_cycles) {
  const Ran ran = nonzero("run tpu --gemm 128x2048x4096 --preset tpu-128x128 --output none --json");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.json_lines().at(0)["cycles"], 73728);
}

}  // namespace
}  // namespace nonzero::test
