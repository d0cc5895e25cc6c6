#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binary.h"
#include "nonzero/report/page.h"

namespace nonzero::test {
namespace {

using testing::HasSubstr;

// The binary alone in a folder, as a build without libtorch leaves it.
Ran alone(const std::string& arguments) {
  const Folder folder;
  const std::string binary = folder.file("nonzero");
  fs::copy_file(NONZERO_BINARY, binary);
  How how;
  // The words that follow, the built binary among them, are arguments that this shell leaves alone.
  how.before = "exec sh -c 'exec \"" + binary + "\" " + arguments + "' ";
  return nonzero("", how);
}

TEST(TrainWithoutTheTrainer, says_what_is_missing) {
  const Ran ran = alone("train --method bdwp --nm 2:8");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("libtorch-dev"));
}

TEST(TrainWithoutTheTrainer, still_has_a_help_with_an_example) {
  const Ran ran = alone("train --help");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("libtorch-dev"));
  EXPECT_THAT(ran.out, HasSubstr("Example:\n  nonzero train "));
}

// The binary beside a script in the trainer's place: what the page needs of one, without libtorch.
class TrainPage : public testing::Test {
 protected:
  TrainPage() {
    fs::copy_file(NONZERO_BINARY, folder_.file("nonzero"));
    trainer("touch '" + folder_.file("started") + "'; " + keep_log("run", 0.5));
  }
  void SetUp() override {
    if (!page_available()) GTEST_SKIP() << "this build carries no page: npm or Node.js was missing";
  }

  void trainer(const std::string& script) const {
    folder_.write("nonzero-train", "#!/bin/sh\n" + script + "\n");
    fs::permissions(folder_.file("nonzero-train"), fs::perms::owner_all);
  }
  // Shell words that leave the log of one epoch in `run`.
  [[nodiscard]] std::string keep_log(const std::string& run, double accuracy) const {
    return "mkdir -p '" + folder_.file(run) + "'; printf '" +
           "epoch,steps,learning_rate,loss,train_accuracy,test_loss,test_accuracy,loss_scale,skipped\\n" +
           "1,4,0.05,2,0.25,3," + std::to_string(accuracy) + ",1,0\\n' >'" + folder_.file(run) + "/log.csv'";
  }
  [[nodiscard]] Ran train(const std::string& arguments, double interrupt_after = 0) const {
    How how;
    how.interrupt_after = interrupt_after;
    // The words that follow, the built binary among them, are arguments that this shell leaves alone.
    how.before = "cd '" + folder_.file("") + "'; exec sh -c 'exec ./nonzero train " + arguments + "' ";
    return nonzero("", how);
  }
  [[nodiscard]] nlohmann::json page() const {
    const std::string text = text_of(folder_.file("page.html")), open = "id=\"nonzero-data\">";
    const size_t begin = text.find(open) + open.size();
    return nlohmann::json::parse(text.substr(begin, text.find("</script>", begin) - begin));
  }
  [[nodiscard]] bool has(const std::string& file) const { return fs::exists(folder_.file(file)); }

  Folder folder_;
};

TEST_F(TrainPage, shows_the_curves_of_the_training_and_of_those_compared) {
  ASSERT_EQ(std::system(keep_log("earlier", 0.75).c_str()), 0);
  const Ran ran = train("--run run --html page.html --compare earlier --method dense");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("wrote page.html"));
  const nlohmann::json accuracy = page()["studies"][0]["lines"][2];
  EXPECT_EQ(accuracy["title"], "Accuracy, test");
  EXPECT_EQ(accuracy["series"][0]["name"], "run");
  EXPECT_EQ(accuracy["series"][0]["y"], nlohmann::json({50.0}));
  EXPECT_EQ(accuracy["series"][1]["y"], nlohmann::json({75.0}));
}

TEST_F(TrainPage, leaves_the_trainer_the_words_that_are_its_own) {
  trainer("printf '%s\\n' \"$@\"; " + keep_log("run", 0.5));
  const Ran ran = train("--html=page.html --method dense --run=run --json");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "--method\ndense\n--run=run\n--json\n");
  EXPECT_EQ(ran.err, "");
}

TEST_F(TrainPage, compares_runs_that_are_there_without_training) {
  ASSERT_EQ(std::system(keep_log("earlier", 0.75).c_str()), 0);
  const Ran ran = train("--html page.html --compare earlier");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_FALSE(has("started"));
  EXPECT_EQ(page()["studies"][0]["lines"].size(), 3u);
}

TEST_F(TrainPage, is_not_written_where_the_training_fails_and_the_status_is_the_trainers) {
  trainer("exit 3");
  EXPECT_EQ(train("--run run --html page.html").status, 3);
  trainer("kill -9 $$");
  EXPECT_EQ(train("--run run --html page.html").status, 1009);
  EXPECT_FALSE(has("page.html"));
}

TEST_F(TrainPage, passes_an_interrupt_on_to_the_trainer_and_waits_for_it) {
  trainer(
      "trap 'touch stopped; exit 130' INT; touch started; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; done");
  const Ran ran = train("--run run --html page.html", 1);
  EXPECT_EQ(ran.status, 130);
  EXPECT_TRUE(has("stopped"));
  EXPECT_FALSE(has("page.html"));
  EXPECT_LT(ran.seconds, 8);
}

TEST_F(TrainPage, is_refused_before_anything_is_trained) {
  for (const char* words : {"--html page.html", "--html page.html --method dense",
                            "--run run --compare earlier", "--run run --html page.html --compare missing",
                            "--run run --html", "--run run --html page.html --html other.html"}) {
    const Ran ran = train(words);
    EXPECT_EQ(ran.status, 2) << words << ran.err;
    EXPECT_FALSE(has("started")) << words;
  }
}

TEST_F(TrainPage, stands_in_the_help) {
  trainer("echo Options of the trainer: \"$@\"");
  const Ran ran = train("--help");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("Options of the trainer: --help"));
  EXPECT_THAT(ran.out, HasSubstr("--html FILE"));
}

TEST_F(TrainPage, of_a_real_training_names_its_method) {
  const fs::path real = fs::path(NONZERO_BINARY).parent_path() / "nonzero-train";
  if (!fs::exists(real)) GTEST_SKIP() << "the trainer is not built: libtorch was missing";
  const Ran ran =
      nonzero("train --model mlp --data synth10 --train-limit 100 --test-limit 50 --epochs 2 --run " +
              folder_.file("run") + " --html " + folder_.file("page.html"));
  ASSERT_EQ(ran.status, 0) << ran.err;
  const nlohmann::json study = page()["studies"][0];
  EXPECT_EQ(study["title"], "Training: bdwp 2:8");
  EXPECT_EQ(study["lines"][0]["series"][0]["x"], nlohmann::json({1, 2}));
}

TEST(TrainPageWithoutNpm, is_refused_before_anything_is_trained) {
  if (page_available()) GTEST_SKIP() << "this build carries the page";
  const Ran ran = nonzero("train --run run --html page.html");
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("npm"));
}

}  // namespace
}  // namespace nonzero::test
