#include "train/data_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "nonzero/base/error.h"
#include "nonzero/base/random.h"
#include "nonzero/base/suggest.h"

namespace nonzero::train {
namespace {

namespace fs = std::filesystem;
constexpr uint64_t kSplitSeed = 20;  // of the 80/20 split of a set in one part
constexpr uint64_t kPadding = 4;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

Images take(const Images& from, const uint64_t* order, uint64_t count) {
  Images part{from.channels, from.height, from.width, {}, {}, {}};
  const uint64_t pixels = from.pixels();
  for (uint64_t i = 0; i < count; ++i) {
    const auto begin = static_cast<int64_t>(order[i] * pixels), end = begin + static_cast<int64_t>(pixels);
    if (!from.bytes.empty())
      part.bytes.insert(part.bytes.end(), from.bytes.begin() + begin, from.bytes.begin() + end);
    else
      part.reals.insert(part.reals.end(), from.reals.begin() + begin, from.reals.begin() + end);
    part.labels.push_back(from.labels[order[i]]);
  }
  return part;
}

void limit(Images& part, uint64_t most, const char* option) {
  if (most == 0) return;
  if (most > part.count())
    throw InputError(fmt::format("{} {}", option, most),
                     fmt::format("the set has {} images there", part.count()));
  part.bytes.resize(part.bytes.empty() ? 0 : most * part.pixels());
  part.reals.resize(part.reals.empty() ? 0 : most * part.pixels());
  part.labels.resize(most);
}

// A set in one part: the first and last images where both limits are given, else 80/20 by a seed.
void divide(DataSet& data, const Images& all, uint64_t train_limit, uint64_t test_limit) {
  const uint64_t count = all.count();
  std::vector<uint64_t> order(count);
  std::iota(order.begin(), order.end(), uint64_t{0});
  uint64_t train = train_limit, test = test_limit;
  if (train == 0 || test == 0) {
    order = shuffled(count, kSplitSeed);
    const uint64_t four_fifths = count * 4 / 5;
    data.train = take(all, order.data(), four_fifths);
    data.test = take(all, order.data() + four_fifths, count - four_fifths);
    limit(data.train, train, "--train-limit");
    limit(data.test, test, "--test-limit");
    return;
  }
  if (train > count || test > count - train)
    throw InputError(fmt::format("--train-limit {} and --test-limit {}", train, test),
                     fmt::format("the set has {} images in all", count));
  data.train = take(all, order.data(), train);
  data.test = take(all, order.data() + (count - test), test);
}

std::string existing(const std::string& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (fs::exists(fs::path(folder) / name)) return (fs::path(folder) / name).string();
  throw InputError(fmt::format("no {}", names.front()), fmt::format("looked for: {}", fmt::join(names, ", ")),
                   {folder, 0});
}

using Parts = std::vector<Images>;

Parts cifar_parts(const std::vector<std::string>& paths, uint64_t classes) {
  if (paths.size() != 1)
    throw InputError(fmt::format("{} paths of CIFAR", paths.size()), "expected: the folder of its files");
  const std::string& folder = paths.front();
  if (classes == 100)
    return {read_cifar({existing(folder, {"train.bin"})}, 100),
            read_cifar({existing(folder, {"test.bin"})}, 100)};
  std::vector<std::string> files;
  for (int i = 1; i <= 5; ++i) files.push_back(existing(folder, {fmt::format("data_batch_{}.bin", i)}));
  return {read_cifar(files, 10), read_cifar({existing(folder, {"test_batch.bin"})}, 10)};
}

Parts idx_parts(const std::vector<std::string>& paths) {
  if (paths.size() == 2) return {read_idx(paths[0], paths[1])};
  if (paths.size() == 4) return {read_idx(paths[0], paths[1]), read_idx(paths[2], paths[3])};
  if (paths.size() != 1)
    throw InputError(fmt::format("{} paths of idx files", paths.size()),
                     "expected: a folder, IMAGES,LABELS, or two such pairs");
  const auto file = [&](const std::string& name) { return existing(paths[0], {name, name + ".gz"}); };
  return {read_idx(file("train-images-idx3-ubyte"), file("train-labels-idx1-ubyte")),
          read_idx(file("t10k-images-idx3-ubyte"), file("t10k-labels-idx1-ubyte"))};
}

Parts digits_parts(const std::vector<std::string>& paths) {
  if (paths.size() == 2) return {read_digits(paths[0]), read_digits(paths[1])};
  if (paths.size() != 1)
    throw InputError(fmt::format("{} paths of digits", paths.size()),
                     "expected: a folder, TRAIN,TEST, or one file");
  if (!fs::is_directory(paths[0])) return {read_digits(paths[0])};
  const auto file = [&](const std::string& name) {
    return existing(paths[0], {name, name + ".csv", name + ".gz", name + ".csv.gz"});
  };
  return {read_digits(file("optdigits.tra")), read_digits(file("optdigits.tes"))};
}

Parts npz_parts(const std::vector<std::string>& paths) {
  if (paths.size() > 2)
    throw InputError(fmt::format("{} paths of images", paths.size()), "expected: TRAIN.npz[,TEST.npz]");
  Parts parts;
  for (const std::string& path : paths) parts.push_back(read_image_npz(path));
  return parts;
}

// Mean and standard deviation of each channel of the training part.
void measure(DataSet& data) {
  const Images& part = data.train;
  const uint64_t area = part.height * part.width;
  for (uint64_t c = 0; c < part.channels; ++c) {
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < part.count(); ++i)
      for (uint64_t p = 0; p < area; ++p) {
        const uint64_t at = (i * part.channels + c) * area + p;
        const double value = part.bytes.empty() ? part.reals[at] : part.bytes[at];
        sum += value;
        squares += value * value;
      }
    const auto count = static_cast<double>(part.count() * area);
    const double mean = sum / count, variance = std::max(squares / count - mean * mean, 0.0);
    data.mean.push_back(static_cast<float>(mean));
    data.deviation.push_back(variance > 0 ? static_cast<float>(std::sqrt(variance)) : 1.0F);
  }
}

std::string hash_of(const DataSet& data) {
  XXH64_hash_t hash = 0;
  for (const Images* part : {&data.train, &data.test}) {
    hash = XXH64(part->bytes.data(), part->bytes.size(), hash);
    hash = XXH64(part->reals.data(), part->reals.size() * sizeof(float), hash);
    hash = XXH64(part->labels.data(), part->labels.size(), hash);
  }
  return fmt::format("{:016x}", hash);
}

Parts read_parts(DataSet& data, const std::string& paths) {
  const std::vector<std::string> files = split(paths, ',');
  static const std::vector<std::string> kinds = {"synth10", "cifar10", "cifar100", "idx", "digits", "npz"};
  if (data.name == "synth10") {
    if (!paths.empty()) throw InputError("synth10 takes no path", "it is generated");
    return {synth10(2, 2000), synth10(3, 1000)};
  }
  if (std::find(kinds.begin(), kinds.end(), data.name) == kinds.end())
    throw InputError(fmt::format("unknown data set '{}'{}", data.name, did_you_mean(data.name, kinds)),
                     "allowed: synth10, cifar10:DIR, cifar100:DIR, idx:DIR, idx:IMAGES,LABELS, digits:DIR, "
                     "digits:TRAIN,TEST, npz:TRAIN,TEST");
  if (paths.empty()) throw InputError(fmt::format("'{}' without a path", data.name), "expected: KIND:PATH");
  data.colour_photos = data.name.starts_with("cifar");
  if (data.name == "cifar100") data.classes = 100;
  if (data.colour_photos) return cifar_parts(files, data.classes);
  if (data.name == "idx") return idx_parts(files);
  return data.name == "digits" ? digits_parts(files) : npz_parts(files);
}

struct Crop {
  int64_t dy = 0, dx = 0;
  bool mirror = false;
};

Crop random_crop(uint64_t seed) {
  Random random(seed);
  Crop crop;
  crop.dy = static_cast<int64_t>(random.below(2 * kPadding + 1)) - static_cast<int64_t>(kPadding);
  crop.dx = static_cast<int64_t>(random.below(2 * kPadding + 1)) - static_cast<int64_t>(kPadding);
  crop.mirror = random.below(2) == 1;
  return crop;
}

}  // namespace

std::vector<uint64_t> shuffled(uint64_t count, uint64_t seed) {
  std::vector<uint64_t> order(count);
  std::iota(order.begin(), order.end(), uint64_t{0});
  Random random(seed);
  for (uint64_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

DataSet load_data(const std::string& spec, uint64_t train_limit, uint64_t test_limit) {
  DataSet data;
  const size_t colon = spec.find(':');
  data.name = spec.substr(0, colon);
  Parts parts = read_parts(data, colon == std::string::npos ? "" : spec.substr(colon + 1));
  if (parts.size() == 1) {
    divide(data, parts.front(), train_limit, test_limit);
  } else {
    data.train = std::move(parts[0]);
    data.test = std::move(parts[1]);
    limit(data.train, train_limit, "--train-limit");
    limit(data.test, test_limit, "--test-limit");
  }
  if (data.train.count() == 0 || data.test.count() == 0) throw InputError("too few images to train and test");
  const Images &a = data.train, &b = data.test;
  if (a.channels != b.channels || a.height != b.height || a.width != b.width)
    throw InputError(fmt::format("test images of {} x {} x {}", b.channels, b.height, b.width),
                     fmt::format("the training images are {} x {} x {}", a.channels, a.height, a.width));
  measure(data);
  data.hash = hash_of(data);
  return data;
}

void fill_batch(const DataSet& data, const Images& part, const uint64_t* order, uint64_t count, bool augment,
                uint64_t seed, float* out, int64_t* labels) {
  const auto height = static_cast<int64_t>(part.height), width = static_cast<int64_t>(part.width);
  for (uint64_t i = 0; i < count; ++i) {
    labels[i] = part.labels[order[i]];
    const Crop crop = augment ? random_crop(derive_seed(seed, i)) : Crop{};
    for (uint64_t c = 0; c < part.channels; ++c) {
      const uint64_t plane = (order[i] * part.channels + c) * part.height * part.width;
      const float mean = data.mean[c], deviation = data.deviation[c];
      for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x) {
          const int64_t from_y = y + crop.dy, from_x = (crop.mirror ? width - 1 - x : x) + crop.dx;
          float value = 0;  // outside; pads with zero before normalising
          if (from_y >= 0 && from_y < height && from_x >= 0 && from_x < width) {
            const uint64_t at = plane + static_cast<uint64_t>(from_y * width + from_x);
            value = part.bytes.empty() ? part.reals[at] : static_cast<float>(part.bytes[at]);
          }
          *out++ = (value - mean) / deviation;
        }
    }
  }
}

}  // namespace nonzero::train
