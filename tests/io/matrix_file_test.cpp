#include "nonzero/io/matrix_file.h"

#include <unistd.h>

#include <filesystem>

#include "messages.h"
#include "support/matrices.h"

namespace nonzero {
namespace {

using test::draw;
using test::same_matrix;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class MatrixFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "nonzero-matrix-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

 private:
  fs::path folder_;
};

TEST_F(MatrixFile, every_format_is_known_by_its_suffix) {
  const Csr matrix = draw({"1 . 2",  //
                           ". 3 ."});
  for (const std::string suffix : {".mtx", ".npy", ".npz"}) {
    write_matrix(path("m" + suffix), matrix);
    EXPECT_TRUE(same_matrix(read_matrix(path("m" + suffix)).matrix, matrix)) << suffix;
  }
  Csr pattern = matrix;
  pattern.values.clear();
  write_matrix(path("m.smtx"), pattern);
  EXPECT_TRUE(same_matrix(read_matrix(path("m.smtx")).matrix, pattern));
}

TEST_F(MatrixFile, an_unknown_suffix_is_refused_with_the_list) {
  EXPECT_THAT(test::refusal([] { read_matrix("a.mat"); }),
              HasSubstr("a.mat: suffix '.mat'; allowed: .mtx, .mtx.gz"));
  EXPECT_THAT(test::refusal([] { write_matrix("a.mat", {}); }),
              HasSubstr("allowed: .mtx, .smtx, .npy, .npz"));
}

TEST_F(MatrixFile, smtx_cannot_hold_values) {
  EXPECT_THAT(test::refusal([this] { write_matrix(path("m.smtx"), draw({"1"})); }),
              HasSubstr("allowed in .smtx"));
}

}  // namespace
}  // namespace nonzero
