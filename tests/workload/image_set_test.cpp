#include "nonzero/workload/image_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Images : public testing::Test {
 protected:
  Images() {
    std::string name = (std::filesystem::temp_directory_path() / "nonzero-images-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  Images(const Images&) = delete;
  Images& operator=(const Images&) = delete;
  ~Images() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  static std::string idx(const std::vector<uint8_t>& sizes, const std::string& bytes) {
    std::string file{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
    for (const uint8_t size : sizes) file += std::string{'\0', '\0', '\0', static_cast<char>(size)};
    return file + bytes;
  }
  static std::string npy(const std::string& type, const std::string& shape, const std::string& bytes) {
    std::string head = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    head.resize(118, ' ');
    return std::string("\x93NUMPY\x01\x00v\x00", 10) + head.substr(0, 117) + "\n" + bytes;
  }
  template <class Body>
  static std::string refusal(const Body& body) {
    try {
      body();
    } catch (const InputError& error) {
      return error.what();
    }
    return "nothing was refused";
  }

  std::filesystem::path folder_;
};

TEST_F(Images, of_an_idx_file_are_pixels_with_labels_from_another) {
  const std::string images = write("images", idx({3, 2, 1}, std::string("\x00\xff\x01\x02\x03\x04", 6)));
  const std::string labels = write("labels", idx({3}, std::string("\x07\x00\x02", 3)));
  const ImageSet set = read_image_set(images, labels, {1, 3});
  EXPECT_EQ(set.count(), 2U);
  EXPECT_THAT(set.shape, ElementsAre(2, 1));
  EXPECT_THAT(set.pixels, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(set.labels, ElementsAre(0, 2));
}

TEST_F(Images, of_an_npy_file_are_pixels_codes_or_reals_by_their_type) {
  const ImageSet pixels = read_image_set(write("p.npy", npy("|u1", "2, 2", "abcd")));
  EXPECT_EQ(pixels.values, ImageSet::Values::kPixels);
  EXPECT_THAT(pixels.pixels, ElementsAre('a', 'b', 'c', 'd'));
  const ImageSet codes = read_image_set(write("c.npy", npy("|i1", "1, 2", "\xff\x05")));
  EXPECT_EQ(codes.values, ImageSet::Values::kCodes);
  EXPECT_THAT(codes.codes, ElementsAre(-1, 5));
  const ImageSet reals =
      read_image_set(write("r.npy", npy("<f4", "1, 1", std::string("\x00\x00\x00\x3f", 4))));
  EXPECT_EQ(reals.values, ImageSet::Values::kReals);
  EXPECT_THAT(reals.reals, ElementsAre(0.5F));
}

TEST_F(Images, that_are_damaged_are_refused_by_what_is_wrong) {
  const auto read = [&](const std::string& images, const std::string& labels = "") {
    return refusal([&] { read_image_set(images, labels); });
  };
  EXPECT_THAT(read(write("short", "ab")), HasSubstr("no idx file"));
  EXPECT_THAT(read(write("long", idx({9, 9}, "abc"))), HasSubstr("3 bytes follow the header"));
  EXPECT_THAT(read(write("flat", idx({2}, "ab"))), HasSubstr("images x the sizes of one"));
  EXPECT_THAT(read(write("big.npy", npy("<i4", "1, 1", "abcd"))), HasSubstr("images of type <i4"));
  const std::string two = write("two", idx({2, 1}, "ab"));
  EXPECT_THAT(read(two, write("three", idx({3}, "abc"))), HasSubstr("3 labels"));
  EXPECT_THAT(read(two, write("minus.npy", npy("|i1", "2", "\xff\x01"))), HasSubstr("label -1"));
  EXPECT_THAT(refusal([&] { read_image_set(two, "", {2, 9}); }), HasSubstr("the file has 2"));
  EXPECT_THAT(refusal([&] {
                read_image_set(two, "", {0, 3});
              }),
              HasSubstr("0:3; allowed: an end of at most 2"));
  EXPECT_THAT(refusal([&] { read_image_set(two, "", parse_image_range("2:")); }), HasSubstr("from 2 on"));
  EXPECT_EQ(read_image_set(two, "", {0, 2}).count(), 2U);
  // A claim of 2^32 images of 2^32 rows of 2^32 pixels is checked before anything is allocated.
  EXPECT_THAT(read(write("bomb", std::string("\0\0\x08\x03", 4) + std::string(12, '\xff'))),
              HasSubstr("claimed"));
}

TEST(ImageRanges, are_first_and_end) {
  EXPECT_EQ(parse_image_range("2:5").begin, 2U);
  EXPECT_EQ(parse_image_range("2:5").end, 5U);
  EXPECT_EQ(parse_image_range(":5").begin, 0U);
  EXPECT_EQ(parse_image_range("7:").begin, 7U);
  for (const char* bad : {"5", "5:2", "3:3", "a:b", ":", "-1:2", "1:2:3"})
    EXPECT_THROW(parse_image_range(bad), InputError) << bad;
}

// Inputs of ResNet-8, LeNet, vww96, person detection and MobileNet (uint8: zero point 128 less).
TEST(PixelRanges, follow_from_what_the_codes_can_express) {
  EXPECT_EQ(pixel_range_for({1, -128}), PixelRange::kByte);
  EXPECT_EQ(pixel_range_for({0.0039196535, -128}), PixelRange::kUnit);
  EXPECT_EQ(pixel_range_for({0.0039215689, -128}), PixelRange::kUnit);
  EXPECT_EQ(pixel_range_for({0.0078431377, -1}), PixelRange::kSigned);
  EXPECT_EQ(pixel_range_for({0.0078125, 0}), PixelRange::kSigned);
  EXPECT_THROW(pixel_range_for({0.584703, 83}), InputError);  // keyword spotting: no pixels
}

TEST(PixelRanges, have_names) {
  for (const PixelRange range : {PixelRange::kByte, PixelRange::kUnit, PixelRange::kSigned})
    EXPECT_EQ(parse_pixel_range(name(range)), range);
  EXPECT_THROW(parse_pixel_range("0..2"), InputError);
}

TEST(InputCodes, stand_for_the_pixels) {
  ImageSet set;
  set.shape = {2};
  set.pixels = {0, 255};
  EXPECT_THAT(input_codes(set, {1, -128}, 2, PixelRange::kByte), ElementsAre(-128, 127));
  EXPECT_THAT(input_codes(set, {1.0 / 255, -128}, 2, PixelRange::kUnit), ElementsAre(-128, 127));
  EXPECT_THAT(input_codes(set, {1.0 / 128, 0}, 2, PixelRange::kSigned), ElementsAre(-128, 127));
  EXPECT_THROW(input_codes(set, {1, -128}, 3, PixelRange::kByte), InputError);
}

}  // namespace
}  // namespace nonzero
