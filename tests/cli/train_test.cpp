#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binary.h"

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

}  // namespace
}  // namespace nonzero::test
