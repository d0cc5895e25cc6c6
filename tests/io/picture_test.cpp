#include "nonzero/io/picture.h"

#include <zlib.h>

#include <filesystem>

#include "messages.h"
#include "nonzero/io/file.h"

namespace nonzero {
namespace {

using ::testing::HasSubstr;

GreyPicture ramp(uint64_t width, uint64_t height) {
  GreyPicture picture{width, height, std::vector<uint8_t>(width * height)};
  for (uint64_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<uint8_t>(i * 7);
  return picture;
}

uint64_t word(const std::string& bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = at; i < at + 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

TEST(Picture, pgm_is_a_line_of_magic_sizes_and_depth_then_the_bytes) {
  EXPECT_EQ(to_pgm({2, 1, {0, 200}}), std::string("P5\n2 1\n255\n\x00\xc8", 13));
}

// Chunk by chunk as RFC 2083 has them, unpacked by zlib.
TEST(Picture, png_holds_the_pixels_line_by_line_behind_checked_chunks) {
  const GreyPicture picture = ramp(5, 3);
  const std::string bytes = to_png(picture);
  ASSERT_EQ(bytes.substr(0, 8), "\x89PNG\r\n\x1a\n");
  std::string data;
  std::vector<std::string> types;
  for (size_t at = 8; at < bytes.size();) {
    const size_t length = word(bytes, at);
    ASSERT_LE(at + 12 + length, bytes.size());
    types.push_back(bytes.substr(at + 4, 4));
    const auto* checked = reinterpret_cast<const Bytef*>(bytes.data() + at + 4);
    EXPECT_EQ(crc32(0, checked, static_cast<uInt>(length + 4)), word(bytes, at + 8 + length));
    if (types.back() == "IHDR") {
      EXPECT_EQ(word(bytes, at + 8), 5U);
      EXPECT_EQ(word(bytes, at + 12), 3U);
      EXPECT_EQ(bytes.substr(at + 16, 5), std::string("\x08\0\0\0\0", 5));
    }
    if (types.back() == "IDAT") data += bytes.substr(at + 8, length);
    at += 12 + length;
  }
  EXPECT_THAT(types, testing::ElementsAre("IHDR", "IDAT", "IEND"));
  std::string lines(18, '\0');
  uLongf size = lines.size();
  ASSERT_EQ(uncompress(reinterpret_cast<Bytef*>(lines.data()), &size,
                       reinterpret_cast<const Bytef*>(data.data()), data.size()),
            Z_OK);
  ASSERT_EQ(size, 18U);
  for (size_t line = 0; line < 3; ++line) {
    EXPECT_EQ(lines[6 * line], '\0');
    for (size_t i = 0; i < 5; ++i)
      EXPECT_EQ(static_cast<uint8_t>(lines[6 * line + 1 + i]), picture.pixels[5 * line + i]);
  }
}

TEST(Picture, is_written_by_suffix_and_other_suffixes_and_empty_pictures_are_refused) {
  const auto folder = std::filesystem::temp_directory_path();
  for (const char* name : {"nonzero_picture_test.png", "nonzero_picture_test.pgm"}) {
    const std::string path = (folder / name).string();
    write_picture(path, ramp(4, 4));
    EXPECT_EQ(read_file(path), path.ends_with("png") ? to_png(ramp(4, 4)) : to_pgm(ramp(4, 4)));
    std::filesystem::remove(path);
  }
  EXPECT_THAT(test::refusal([] { write_picture("map.jpg", ramp(4, 4)); }), HasSubstr(".png, .pgm"));
  EXPECT_THAT(test::refusal([] { (void)to_png({}); }), HasSubstr("without pixels"));
}

}  // namespace
}  // namespace nonzero
