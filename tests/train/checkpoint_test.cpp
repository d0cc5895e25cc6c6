#include "train/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/binary.h"
#include "io/messages.h"

namespace nonzero::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using train::Checkpoint;
using train::RunFolder;

Checkpoint sample(int step) {
  return {{{"step", step}, {"loss", 0.1}}, {{"weight", {2, 2}, {1, -2, 3, 0.5F}}, {"bias", {1}, {7}}}};
}

int step_of(const std::optional<Checkpoint>& checkpoint) {
  return checkpoint ? checkpoint->header.at("step").get<int>() : -1;
}

TEST(Checkpoint, reads_back_what_was_written) {
  const Checkpoint back = train::parse_checkpoint(train::to_bytes(sample(3)), "a");
  EXPECT_EQ(back.header, sample(3).header);
  ASSERT_EQ(back.tensors.size(), 2U);
  EXPECT_EQ(back.tensors[0].name, "weight");
  EXPECT_EQ(back.tensors[0].shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(back.tensors[0].values, (std::vector<float>{1, -2, 3, 0.5F}));
}

TEST(Checkpoint, notices_every_cut_and_every_changed_byte) {
  const std::string whole = train::to_bytes(sample(3));
  for (size_t at = 0; at < whole.size(); ++at) {
    refusal([&] { train::parse_checkpoint(whole.substr(0, at), "a"); });
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    refusal([&] { train::parse_checkpoint(changed, "a"); });
  }
}

TEST(RunFolder, keeps_the_checkpoint_before) {
  const Folder folder;
  std::vector<std::string> warnings;
  const RunFolder run(folder.file("run"));
  EXPECT_EQ(step_of(run.load(warnings)), -1);
  for (const int step : {1, 2, 3}) run.save(sample(step));
  EXPECT_EQ(step_of(run.load(warnings)), 3);
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_EQ(step_of(train::parse_checkpoint(text_of(run.file(train::kPreviousName)), "a")), 2);
}

TEST(RunFolder, falls_back_on_the_checkpoint_before_a_damaged_one) {
  const Folder folder;
  std::vector<std::string> warnings;
  const RunFolder run(folder.file("run"));
  run.save(sample(1));
  run.save(sample(2));
  fs::resize_file(run.file(train::kCheckpointName), 40);
  EXPECT_EQ(step_of(run.load(warnings)), 1);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], HasSubstr("damaged"));
  fs::remove(run.file(train::kPreviousName));
  warnings.clear();
  EXPECT_THAT(refusal([&] { run.load(warnings); }), HasSubstr("no whole checkpoint"));
}

// Between its two renames a save leaves both names on one file; the next save must cope.
TEST(RunFolder, saves_on_after_a_kill_between_the_renames) {
  const Folder folder;
  std::vector<std::string> warnings;
  const RunFolder run(folder.file("run"));
  run.save(sample(1));
  fs::create_hard_link(run.file(train::kCheckpointName), run.file(train::kPreviousName));
  run.save(sample(2));
  EXPECT_EQ(step_of(run.load(warnings)), 2);
  EXPECT_EQ(step_of(train::parse_checkpoint(text_of(run.file(train::kPreviousName)), "a")), 1);
}

TEST(RunFolder, clears_half_written_files_and_refuses_a_second_training) {
  const Folder folder;
  fs::create_directory(folder.file("run"));
  const char* const own[] = {"run/checkpoint.12-0.part", "run/checkpoint.previous.part",
                             "run/log.csv.9-31.part"};
  const char* const others[] = {"run/film.part", "run/checkpoint.mine.part", "run/notes.12-0.part"};
  for (const char* file : own) folder.write(file, "half");
  for (const char* file : others) folder.write(file, "not ours");
  const RunFolder run(folder.file("run"));
  for (const char* file : own) EXPECT_FALSE(fs::exists(folder.file(file))) << file;
  for (const char* file : others) EXPECT_TRUE(fs::exists(folder.file(file))) << file;
  EXPECT_THAT(refusal([&] { const RunFolder second(folder.file("run")); }), HasSubstr("another training"));
}

}  // namespace
}  // namespace nonzero::test
