#include "support/data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <numeric>

#include "cli/binary.h"
#include "io/messages.h"
#include "nonzero/io/npy_header.h"
#include "nonzero/io/zip.h"
#include "train/data_set.h"

namespace nonzero::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using train::DataSet;
using train::Images;

// sat.md, "Data sets": the check of synth10.
TEST(Synth10, is_the_generated_set_of_the_definition) {
  const auto prototypes = train::synth10_prototypes();
  EXPECT_THAT(std::vector<int>(prototypes[0].begin(), prototypes[0].begin() + 8),
              ElementsAre(1, 1, 1, 0, 0, 1, 1, 1));
  std::vector<int> ones;
  for (const auto& prototype : prototypes)
    ones.push_back(std::accumulate(prototype.begin(), prototype.end(), 0));
  EXPECT_THAT(ones, ElementsAre(37, 34, 25, 25, 25, 33, 25, 30, 30, 34));

  const Images train = train::synth10(2, 2000);
  ASSERT_EQ(train.reals.size(), 2000U * 64);
  EXPECT_NEAR(train.reals[0], 1.052068, 5e-7);
  EXPECT_NEAR(train.reals[1], -0.197191, 5e-7);
  EXPECT_NEAR(train.reals[2], 0.955880, 5e-7);
  EXPECT_NEAR(train.reals[3], 0.957437, 5e-7);
  EXPECT_EQ(train.labels[1234], 4);
}

std::string big_endian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xffU);
  return bytes;
}

// Three 2x2 images, pixels 0..11, and labels 7, 0, 9.
std::string idx_images() {
  std::string bytes = big_endian(2051) + big_endian(3) + big_endian(2) + big_endian(2);
  for (char pixel = 0; pixel < 12; ++pixel) bytes += pixel;
  return bytes;
}
std::string idx_labels() { return big_endian(2049) + big_endian(3) + std::string("\7\0\x09", 3); }

TEST(Idx, reads_images_and_labels) {
  const Folder folder;
  const Images images =
      train::read_idx(folder.write("images", idx_images()), folder.write("labels", idx_labels()));
  EXPECT_EQ(images.channels, 1U);
  EXPECT_EQ(images.height, 2U);
  EXPECT_THAT(images.labels, ElementsAre(7, 0, 9));
  EXPECT_EQ(images.bytes[11], 11);
}

TEST(Idx, refuses_what_is_no_whole_pair_of_files) {
  const Folder folder;
  const std::string images = folder.write("images", idx_images()),
                    labels = folder.write("labels", idx_labels());
  const auto told = [&](const std::string& image_bytes, const std::string& label_bytes) {
    return refusal([&] { train::read_idx(folder.write("i", image_bytes), folder.write("l", label_bytes)); });
  };
  EXPECT_THAT(told(idx_labels() + "longer", idx_labels()), HasSubstr("magic number 2049"));
  EXPECT_THAT(told(idx_images(), idx_images()), HasSubstr("magic number 2051"));
  EXPECT_THAT(told(idx_images().substr(0, 20), idx_labels()), HasSubstr("4 bytes follow the header"));
  EXPECT_THAT(told(idx_images().substr(0, 9), idx_labels()), HasSubstr("9 bytes"));
  EXPECT_THAT(told(idx_images(), big_endian(2049) + big_endian(2) + "ab"), HasSubstr("2 labels; "));
  EXPECT_THAT(told(idx_images(), big_endian(2049) + big_endian(3) + "\1\2\12"), HasSubstr("label 10"));
  // Sizes whose product overflows 64 bits.
  std::string huge = big_endian(2051) + big_endian(~0U) + big_endian(~0U) + big_endian(~0U);
  EXPECT_THAT(told(huge, idx_labels()), HasSubstr("0 bytes follow the header"));
}

std::string digit_line(const std::string& label) {
  std::string line;
  for (int i = 0; i < 64; ++i) line += std::to_string(i % 17) + ",";
  return line + label + "\n";
}

TEST(Digits, reads_lines_with_or_without_a_header) {
  const Folder folder;
  const std::string lines = digit_line("3") + digit_line("0");
  for (const std::string header : {"", "p0,p1,label\n", " \"p0\",\"p1\"\n"}) {
    const Images images = train::read_digits(folder.write("digits.csv", header + lines));
    EXPECT_THAT(images.labels, ElementsAre(3, 0));
    EXPECT_EQ(images.pixels(), 64U);
    EXPECT_EQ(images.bytes[16], 16);
  }
}

TEST(Digits, refuses_lines_of_other_fields_or_values) {
  const Folder folder;
  const auto told = [&](const std::string& text) {
    return refusal([&] { train::read_digits(folder.write("digits.csv", text)); });
  };
  EXPECT_THAT(told(digit_line("1") + "1,2,3\n"), HasSubstr("digits.csv:2: 3 fields"));
  EXPECT_THAT(told(digit_line("1,2")), HasSubstr(":1: "));
  EXPECT_THAT(told(digit_line("10")), HasSubstr("label"));
  EXPECT_THAT(told("17" + digit_line("1").substr(1)), HasSubstr("17"));
  EXPECT_THAT(told("-" + digit_line("1") + digit_line("2")), HasSubstr("digits.csv:1: "));  // no header
  EXPECT_THAT(told("\n"), HasSubstr("no digits"));
}

TEST(Cifar10, refuses_files_of_another_size_and_labels_out_of_range) {
  const Folder folder;
  EXPECT_THAT(refusal([&] { train::read_cifar({folder.write("a.bin", std::string(3073, '\1'))}, 10); }),
              HasSubstr("expected: 30730000"));
  std::string file(30730000, '\1');
  EXPECT_EQ(train::read_cifar({folder.write("a.bin", file)}, 10).count(), 10000U);
  file[3073] = '\12';
  EXPECT_THAT(refusal([&] { train::read_cifar({folder.write("a.bin", file)}, 10); }),
              HasSubstr("label 10 at byte 3073"));
}

TEST(Cifar100, takes_the_fine_label_and_checks_both) {
  const Folder folder;
  std::string file(2 * 3074, '\5');
  file[1] = 99;
  file[3074 + 1] = 0;
  EXPECT_THAT(train::read_cifar({folder.write("a.bin", file)}, 100).labels, ElementsAre(99, 0));
  file[3074] = 20;
  EXPECT_THAT(refusal([&] { train::read_cifar({folder.write("a.bin", file)}, 100); }),
              HasSubstr("label 20 (coarse) at byte 3074"));
  EXPECT_THAT(refusal([&] { train::read_cifar({folder.write("a.bin", file + "x")}, 100); }),
              HasSubstr("a multiple of 3074"));
}

std::string npz(const std::string& x_shape, const std::string& x, const std::string& y_shape,
                const std::string& y, const std::string& type = "|u1") {
  return io::pack_zip({{"x.npy", io::make_npy_header(type, x_shape) + x},
                       {"y.npy", io::make_npy_header("|u1", y_shape) + y}});
}

TEST(ImageNpz, turns_pixels_by_pixel_into_planes) {
  const Folder folder;
  // One image of 1 x 2 pixels of three channels.
  const Images images = train::read_image_npz(
      folder.write("a.npz", npz("(1, 1, 2, 3)", std::string("\1\2\3\4\5\6", 6), "(1,)", "\7")));
  EXPECT_THAT(images.bytes, ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(images.labels, ElementsAre(7));
}

TEST(ImageNpz, refuses_other_types_shapes_and_labels) {
  const Folder folder;
  const auto told = [&](const std::string& bytes) {
    return refusal([&] { train::read_image_npz(folder.write("a.npz", bytes)); });
  };
  EXPECT_THAT(told(npz("(2, 1, 1, 1)", "ab", "(1,)", "\1")), HasSubstr("2 images of 1 x 1 x 1 and 1 labels"));
  EXPECT_THAT(told(npz("(1, 2)", "ab", "(1,)", "\1")), HasSubstr("expected: x uint8 [n,h,w,c]"));
  EXPECT_THAT(told(npz("(1, 1, 1, 2)", "ab", "(1,)", "\1", "|i1")), HasSubstr("x is |i1"));
  EXPECT_THAT(told(npz("(1, 1, 1, 2)", "ab", "(1,)", "\12")), HasSubstr("label 10"));
}

TEST(DataSet, divides_a_file_of_one_part) {
  const Folder folder;
  std::string lines;
  for (int i = 0; i < 10; ++i) lines += digit_line(std::to_string(i));
  const std::string spec = "digits:" + folder.write("one.csv", lines);
  const DataSet fifths = train::load_data(spec, 0, 0);
  EXPECT_EQ(fifths.train.count(), 8U);
  EXPECT_EQ(fifths.test.count(), 2U);
  // Both limits: the first to train, the last to test.
  const DataSet ends = train::load_data(spec, 3, 2);
  EXPECT_THAT(ends.train.labels, ElementsAre(0, 1, 2));
  EXPECT_THAT(ends.test.labels, ElementsAre(8, 9));
  EXPECT_THAT(refusal([&] { train::load_data(spec, 8, 3); }), HasSubstr("10 images in all"));
}

TEST(DataSet, refuses_unknown_kinds_and_missing_files) {
  EXPECT_THAT(refusal([] { train::load_data("synth1", 0, 0); }), HasSubstr("did you mean 'synth10'"));
  EXPECT_THAT(refusal([] { train::load_data("cifar10", 0, 0); }), HasSubstr("without a path"));
  const Folder folder;
  EXPECT_THAT(refusal([&] { train::load_data("cifar10:" + folder.file(""), 0, 0); }),
              HasSubstr("data_batch_1.bin"));
  EXPECT_THAT(refusal([] { train::load_data("synth10", 2001, 0); }), HasSubstr("--train-limit"));
}

TEST(Batch, is_normalised_by_the_training_part) {
  const DataSet data = train::load_data("synth10", 0, 0);
  std::vector<uint64_t> order(data.train.count());
  std::iota(order.begin(), order.end(), uint64_t{0});
  std::vector<float> values(order.size() * 64);
  std::vector<int64_t> labels(order.size());
  train::fill_batch(data, data.train, order.data(), order.size(), false, 0, values.data(), labels.data());
  double sum = 0, squares = 0;
  for (const float value : values) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const auto count = static_cast<double>(values.size());
  EXPECT_NEAR(sum / count, 0, 1e-4);
  EXPECT_NEAR(squares / count, 1, 1e-4);
}

TEST(Batch, is_cropped_and_mirrored_by_the_seed_alone) {
  const DataSet data = train::load_data("synth10", 0, 0);
  const auto batch = [&](uint64_t seed) {
    const std::vector<uint64_t> order(20, 5);
    std::vector<float> values(20 * 64);
    std::vector<int64_t> labels(20);
    train::fill_batch(data, data.train, order.data(), 20, true, seed, values.data(), labels.data());
    return values;
  };
  EXPECT_EQ(batch(1), batch(1));
  EXPECT_NE(batch(1), batch(2));
}

TEST(Order, is_a_permutation) {
  EXPECT_TRUE(rc::check("every image once", [] {
    const auto count = *rc::gen::inRange<uint64_t>(0, 200);
    std::vector<uint64_t> order = train::shuffled(count, *rc::gen::arbitrary<uint64_t>());
    std::sort(order.begin(), order.end());
    for (uint64_t i = 0; i < count; ++i) RC_ASSERT(order[i] == i);
  }));
}

TEST(RealData, has_the_sizes_its_catalogue_says) {
  NONZERO_NEEDS_SHARED_DATA(folder);
  const std::string at = (folder / "train").string() + "/";
  const DataSet digits = train::load_data("digits:" + at, 0, 0);
  EXPECT_EQ(digits.train.count(), 3823U);
  EXPECT_EQ(digits.test.count(), 1797U);
  const DataSet mnist = train::load_data(
      "idx:" + at + "mnist_t10k-images-idx3-ubyte.gz," + at + "mnist_t10k-labels-idx1-ubyte.gz", 8000, 2000);
  EXPECT_EQ(mnist.train.count(), 8000U);
  EXPECT_EQ(mnist.train.labels[0], 7);  // the test set of MNIST begins with a 7
  const DataSet photos =
      train::load_data("npz:" + at + "cifar10_jpeg_train600.npz," + at + "cifar10_jpeg_test200.npz", 0, 0);
  EXPECT_EQ(photos.train.count(), 600U);
  EXPECT_EQ(photos.test.count(), 200U);
}

}  // namespace
}  // namespace nonzero::test
