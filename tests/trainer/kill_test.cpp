#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "cli/binary.h"
#include "train/checkpoint.h"

namespace nonzero::test {
namespace {

using testing::HasSubstr;

// Much of what a checkpoint must hold: Adam's two states, a loss scale, masks that live for several
// steps, random crops. A checkpoint after every step, so that most moments fall into a write.
std::string command(const std::string& folder) {
  return "train --model mlp --width 0.0625 --method transposable --mask-interval 7 --precision mixed "
         "--optimiser adamw --augment on --epochs 20 --checkpoint-every 1 --resume --run '" +
         folder + "'";
}

pid_t start(const std::string& arguments) {
  const std::string line =
      "exec '" + std::string(NONZERO_BINARY) + "' " + arguments + " >/dev/null 2>&1 </dev/null";
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    _exit(127);
  }
  return child;
}

std::optional<ino_t> file_number(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

bool ended(pid_t child) { return ::waitpid(child, nullptr, WNOHANG) == child; }

// Lets the training make a checkpoint of its own and then kills it up to 60 ms later. False where it
// came to its end before that.
bool kill_at_random(const std::string& folder, std::mt19937& random) {
  const std::string file = folder + "/" + train::kCheckpointName;
  const auto before = file_number(file);
  const pid_t child = start(command(folder));
  while (file_number(file) == before) {
    if (ended(child)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::this_thread::sleep_for(std::chrono::microseconds(random() % 60000));
  if (ended(child)) return false;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return true;
}

TEST(KilledTraining, ends_as_an_undisturbed_one_to_the_bit) {
  const Folder folder;
  const std::string killed = folder.file("killed"), undisturbed = folder.file("undisturbed");
  ASSERT_EQ(nonzero(command(undisturbed)).status, 0);

  std::mt19937 random(20);
  for (int kill = 0; kill < 10; ++kill) ASSERT_TRUE(kill_at_random(killed, random)) << kill;
  const Ran last = nonzero(command(killed) + " --json");
  ASSERT_EQ(last.status, 0) << last.err;
  EXPECT_EQ(last.err, "");  // no damaged checkpoint was passed over
  EXPECT_GT(last.json_lines().at(0).at("resumed_at_step"), 0);
  EXPECT_EQ(text_of(killed + "/checkpoint"), text_of(undisturbed + "/checkpoint"));
  EXPECT_EQ(text_of(killed + "/log.csv"), text_of(undisturbed + "/log.csv"));
}

TEST(InterruptedTraining, leaves_a_checkpoint_and_goes_on) {
  const Folder folder;
  const std::string small = "train --model mlp --width 0.0625 --epochs 4000 --checkpoint-every 1 --run '" +
                            folder.file("run") + "'";
  How soon;
  soon.interrupt_once_exists = folder.file("run/checkpoint");
  const Ran ran = nonzero(small, soon);
  EXPECT_EQ(ran.status, 130) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("--resume"));
  EXPECT_TRUE(fs::exists(folder.file("run/checkpoint")));
}

TEST(Training, refuses_a_checkpoint_of_another_model) {
  const Folder folder;
  const std::string run = " --epochs 1 --width 0.0625 --run '" + folder.file("run") + "'";
  ASSERT_EQ(nonzero("train --model mlp" + run).status, 0);
  const Ran again = nonzero("train --model mlp" + run);
  EXPECT_EQ(again.status, 2);
  EXPECT_THAT(again.err, HasSubstr("already holds a training"));
  const Ran other = nonzero("train --model smallconv --resume" + run);
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.err, HasSubstr("its model is \"mlp\"; this one's: \"smallconv\""));
}

TEST(Training, tries_its_places_before_it_begins) {
  const Folder folder;
  const std::string none = folder.write("file", "") + "/none";
  for (const char* option : {"--export", "--log"}) {
    const Ran ran = nonzero(std::string("train --model mlp ") + option + " '" + none + "'");
    EXPECT_EQ(ran.status, 2) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(option));
    EXPECT_LT(ran.seconds, 2);
  }
}

// At a --batch of 1, vgg19's last convolutions see one value a channel.
TEST(Training, refuses_a_norm_over_one_value) {
  const Ran ran = nonzero("train --model vgg19 --width 0.0625 --batch 1");
  EXPECT_EQ(ran.status, 2) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("the batch norm of layer conv"));
}

// The steps after the dumped one leave it alone, and so does a training that goes on behind it.
TEST(Training, exports_the_dumped_step_at_once) {
  const Folder folder;
  const std::string step = folder.file("step/workload.json"), run = folder.file("run");
  const std::string command = "train --model mlp --width 0.0625 --epochs 2000 --dump-step 3 --export '" +
                              folder.file("step") + "' --run '" + run + "'";
  How soon;
  soon.interrupt_once_exists = run + "/log.csv";
  const Ran ran = nonzero(command, soon);
  ASSERT_EQ(ran.status, 130) << ran.err;
  ASSERT_TRUE(fs::exists(step));
  const auto written = fs::last_write_time(step);
  fs::remove(run + "/log.csv");
  const Ran again = nonzero(command + " --resume", soon);
  EXPECT_EQ(again.status, 130) << again.err;
  EXPECT_EQ(fs::last_write_time(step), written);
}

TEST(TrainCommand, passes_the_trainers_words_and_status_through) {
  EXPECT_THAT(nonzero("train --help").out, HasSubstr("nonzero train --model smallconv"));
  const Ran wrong = nonzero("train --nm 3:2");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr("N of 3"));
  const Ran negative = nonzero("train --seed -1");
  EXPECT_EQ(negative.status, 2);
  EXPECT_THAT(negative.err, HasSubstr("--seed"));
  const Ran unknown = nonzero("train --modle mlp");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean '--model'"));
}

}  // namespace
}  // namespace nonzero::test
