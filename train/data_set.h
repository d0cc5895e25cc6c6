#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace nonzero::train {

// Images of one size, channel by channel (CHW): bytes where a file holds bytes, floats where the
// values are real.
struct Images {
  uint64_t channels = 0, height = 0, width = 0;
  std::vector<uint8_t> bytes;
  std::vector<float> reals;
  std::vector<uint8_t> labels;

  [[nodiscard]] uint64_t count() const { return labels.size(); }
  [[nodiscard]] uint64_t pixels() const { return channels * height * width; }
};

struct DataSet {
  std::string name;
  uint64_t classes = 10;
  bool colour_photos = false;  // CIFAR: augmented unless told otherwise
  Images train, test;
  std::vector<float> mean, deviation;  // per channel, of the training part
  std::string hash;                    // of images and labels, 16 hexadecimal digits
};

// `spec`: synth10, or KIND:PATH[,PATH] with the kinds cifar10, cifar100, idx, digits and npz; limits
// take the first images of each part, of a set in one part the first to train and the last to test.
// Throws InputError on an unknown kind, a damaged file or a limit beyond the file.
DataSet load_data(const std::string& spec, uint64_t train_limit, uint64_t test_limit);

// Normalised images `order[0..count)`, one after another into `out`, and their labels. With
// `augment` each is padded by 4, cropped at random and mirrored at random, by numbers that depend on
// `seed` and the position only, so that a resumed training sees the same images.
void fill_batch(const DataSet& data, const Images& part, const uint64_t* order, uint64_t count, bool augment,
                uint64_t seed, float* out, int64_t* labels);

// A permutation of 0..count-1 that depends on the seed only.
std::vector<uint64_t> shuffled(uint64_t count, uint64_t seed);

// Readers of the single formats. Each checks the file's size against what it claims before anything
// is allocated.
Images read_cifar(const std::vector<std::string>& files, uint64_t classes);
Images read_idx(const std::string& images, const std::string& labels);
Images read_digits(const std::string& file);
Images read_image_npz(const std::string& file);

// The generated set: ten 8x8 prototypes, moved by up to one pixel, with noise.
Images synth10(uint64_t start, uint64_t count);
std::array<std::array<uint8_t, 64>, 10> synth10_prototypes();

}  // namespace nonzero::train
