#include "nonzero/io/file.h"

#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "messages.h"
#include "nonzero/io/mtx.h"

namespace nonzero {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "nonzero-files-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }
  [[nodiscard]] size_t files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  void put(const char* name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }
  void put_gzip(const char* name, const std::string& bytes, const char* mode = "wb") const {
    const gzFile file = gzopen(path(name).c_str(), mode);
    ASSERT_EQ(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())),
              static_cast<int>(bytes.size()));
    gzclose(file);
  }

 private:
  fs::path folder_;
};

TEST_F(Files, are_read_whole_with_every_byte) {
  const std::string bytes("a\0b\r\n", 5);
  put("f", bytes);
  EXPECT_EQ(read_file(path("f")), bytes);
  put("empty", "");
  EXPECT_EQ(read_file(path("empty")), "");
}

TEST_F(Files, beginnings_are_cut_and_unpacked) {
  put("f", "abcdef");
  EXPECT_EQ(read_beginning(path("f"), 4), "abcd");
  EXPECT_EQ(read_beginning(path("f"), 40), "abcdef");
  put_gzip("f.gz", "begin" + std::string(300000, 'x'));
  EXPECT_EQ(read_beginning(path("f.gz"), 64), "begin" + std::string(59, 'x'));
  put("bad.gz", "no gzip at all");
  EXPECT_THROW((void)read_beginning(path("bad.gz"), 64), InputError);
  EXPECT_THROW((void)read_beginning(path("missing"), 64), InputError);
}

// A file with a hole takes no room on the disk, but would in memory.
TEST_F(Files, of_a_matrix_beyond_memory_are_refused_before_they_are_read) {
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  constexpr uint64_t kText = uint64_t{60} << 30U;
  if (memory > 200e9) GTEST_SKIP() << "this machine has memory for it";
  put("large.mtx", "%%MatrixMarket matrix coordinate real general\n1000000000 1000000000 8000000000\n");
  std::error_code unable;
  fs::resize_file(path("large.mtx"), kText, unable);
  if (unable) GTEST_SKIP() << "no files with holes here";
  EXPECT_THAT(test::refusal([&] { (void)read_mtx(path("large.mtx")); }),
              ::testing::AllOf(HasSubstr("large.mtx would take"), HasSubstr("this machine has")));
}

TEST_F(Files, packed_ones_are_unpacked_all_members_of_them) {
  put_gzip("f.gz", std::string(300000, 'x'));
  put_gzip("f.gz", "tail", "ab");
  EXPECT_EQ(read_file(path("f.gz")), std::string(300000, 'x') + "tail");
}

TEST_F(Files, a_packed_matrix_reads_as_the_plain_one) {
  put_gzip("m.mtx.gz", "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 2\n");
  EXPECT_EQ(read_mtx(path("m.mtx.gz")).matrix.values, std::vector<float>{2.0F});
}

TEST_F(Files, that_do_not_exist_or_are_folders_are_the_users_mistake) {
  EXPECT_THAT(test::refusal([&] { read_file(path("none")); }), HasSubstr("none: no such file"));
  EXPECT_THAT(test::refusal([&] { read_file(path("")); }), HasSubstr("is a folder"));
}

TEST_F(Files, larger_than_allowed_are_refused) {
  put("f", "12345");
  EXPECT_EQ(read_file(path("f"), 5), "12345");
  EXPECT_THAT(test::refusal([&] { read_file(path("f"), 4); }), HasSubstr("the file is too large"));
}

TEST_F(Files, bombs_are_refused_long_before_they_are_unpacked) {
  put_gzip("bomb.gz", std::string(64 << 20, '\0'), "wb9");
  EXPECT_THAT(test::refusal([&] { read_file(path("bomb.gz")); }), HasSubstr("the file is too large"));
}

TEST_F(Files, damaged_packed_ones_are_refused) {
  put("text.gz", "not packed");
  EXPECT_THAT(test::refusal([&] { read_file(path("text.gz")); }), HasSubstr("the packed data is damaged"));
  put("empty.gz", "");
  EXPECT_THAT(test::refusal([&] { read_file(path("empty.gz")); }), HasSubstr("ends too early"));
  put_gzip("cut.gz", "some text that is long enough to be cut");
  const std::string packed = read_file(path("cut.gz")).empty() ? "" : [this] {
    std::ifstream file(path("cut.gz"), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  for (size_t length = 1; length < packed.size(); ++length)
    EXPECT_THROW(unpack_gzip(packed.substr(0, length), "cut.gz"), InputError) << length;
}

TEST_F(Files, are_written_whole_and_replace_the_earlier_one) {
  put("f", "old");
  write_atomically(path("f"), "new and longer");
  EXPECT_EQ(read_file(path("f")), "new and longer");
  EXPECT_EQ(files(), 1U);
}

// RLIMIT_FSIZE stands in for a full disk: a write fails after some bytes were written.
TEST_F(Files, a_write_that_fails_half_way_keeps_the_earlier_file_and_leaves_nothing_beside_it) {
  put("f", "earlier result");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_THROW(write_atomically(path("f"), std::string(100000, 'x')), SystemError);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(read_file(path("f")), "earlier result");
  EXPECT_EQ(files(), 1U);
}

TEST_F(Files, a_folder_that_is_not_there_or_is_a_file_cannot_be_written_to) {
  put("f", "earlier result");
  EXPECT_THROW(write_atomically(path("none/f"), "x"), SystemError);
  EXPECT_THROW(write_atomically(path("f/g"), "x"), SystemError);
  EXPECT_EQ(files(), 1U);
}

TEST_F(Files, a_folder_without_permission_loses_nothing) {
  put("f", "earlier result");
  fs::permissions(path(""), static_cast<fs::perms>(0555));
  const uid_t user = geteuid();
  // Root may write everywhere, nobody may not.
  ASSERT_EQ(user == 0 ? seteuid(65534) : 0, 0);
  EXPECT_THROW(write_atomically(path("f"), "x"), SystemError);
  ASSERT_EQ(user == 0 ? seteuid(user) : 0, 0);
  fs::permissions(path(""), fs::perms::owner_all);
  EXPECT_EQ(read_file(path("f")), "earlier result");
}

TEST_F(Files, devices_are_written_to_and_not_replaced) {
  write_atomically("/dev/null", "x");
  EXPECT_FALSE(fs::is_regular_file("/dev/null"));
  EXPECT_THROW(write_atomically("/dev/full", "x"), SystemError);
  EXPECT_FALSE(fs::is_regular_file("/dev/full"));
}

}  // namespace
}  // namespace nonzero
