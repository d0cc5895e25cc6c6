#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/io/npz.h"
#include "nonzero/io/text.h"
#include "train/data_set.h"

namespace nonzero::train {
namespace {

constexpr uint64_t kCifarSide = 32, kCifarPixels = 3 * kCifarSide * kCifarSide;

uint32_t big_endian(std::string_view file, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(file[at + i]);
  return value;
}

struct Idx {
  std::vector<uint64_t> sizes;
  std::string file;
  size_t begin = 0;
};

// Magic 2051 with three sizes, or 2049 with one, then as many bytes.
Idx read_idx_file(const std::string& path, uint32_t magic, size_t dimensions) {
  Idx idx;
  idx.file = read_file(path);
  idx.begin = 4 + 4 * dimensions;
  const Place place{path, 0};
  if (idx.file.size() < idx.begin)
    throw InputError(fmt::format("{} bytes", idx.file.size()),
                     fmt::format("the header alone has {}", idx.begin), place);
  if (big_endian(idx.file, 0) != magic)
    throw InputError(fmt::format("magic number {} at byte 0", big_endian(idx.file, 0)),
                     fmt::format("expected: {}", magic), place);
  uint64_t total = 1;
  for (size_t d = 0; d < dimensions; ++d) {
    idx.sizes.push_back(big_endian(idx.file, 4 + 4 * d));
    const uint64_t most = idx.file.size();
    total = idx.sizes[d] > most || total > most ? std::numeric_limits<uint64_t>::max() : total * idx.sizes[d];
  }
  if (total != idx.file.size() - idx.begin)
    throw InputError(fmt::format("sizes {} are claimed", fmt::join(idx.sizes, " x ")),
                     fmt::format("{} bytes follow the header", idx.file.size() - idx.begin), place);
  if (total == 0) throw InputError("an empty file of images or labels", "expected: one and more", place);
  return idx;
}

void check_label(uint64_t label, uint64_t classes, const std::string& where, const std::string& file) {
  if (label >= classes)
    throw InputError(fmt::format("label {} {}", label, where), fmt::format("allowed: 0 to {}", classes - 1),
                     {file, 0});
}

void append_cifar(Images& images, const std::string& path, uint64_t classes) {
  const uint64_t label_bytes = classes == 10 ? 1 : 2, record = label_bytes + kCifarPixels;
  const std::string file = read_file(path);
  const bool whole =
      classes == 10 ? file.size() == 10000 * record : file.size() % record == 0 && !file.empty();
  if (!whole)
    throw InputError(fmt::format("{} bytes", file.size()),
                     classes == 10 ? fmt::format("expected: {}", 10000 * record)
                                   : fmt::format("expected: a multiple of {}", record),
                     {path, 0});
  for (uint64_t at = 0; at < file.size(); at += record) {
    if (label_bytes == 2)
      check_label(static_cast<unsigned char>(file[at]), 20, fmt::format("(coarse) at byte {}", at), path);
    const auto label = static_cast<unsigned char>(file[at + label_bytes - 1]);
    check_label(label, classes, fmt::format("at byte {}", at + label_bytes - 1), path);
    images.labels.push_back(label);
    const auto* pixels = reinterpret_cast<const uint8_t*>(file.data()) + at + label_bytes;
    images.bytes.insert(images.bytes.end(), pixels, pixels + kCifarPixels);
  }
}

}  // namespace

Images read_cifar(const std::vector<std::string>& files, uint64_t classes) {
  Images images{3, kCifarSide, kCifarSide, {}, {}, {}};
  for (const std::string& file : files) append_cifar(images, file, classes);
  return images;
}

Images read_idx(const std::string& images_file, const std::string& labels_file) {
  const Idx pixels = read_idx_file(images_file, 2051, 3), labels = read_idx_file(labels_file, 2049, 1);
  if (pixels.sizes[0] != labels.sizes[0])
    throw InputError(fmt::format("{} labels", labels.sizes[0]),
                     fmt::format("{} holds {} images", images_file, pixels.sizes[0]), {labels_file, 0});
  Images images{1, pixels.sizes[1], pixels.sizes[2], {}, {}, {}};
  const auto* bytes = reinterpret_cast<const uint8_t*>(pixels.file.data());
  images.bytes.assign(bytes + pixels.begin, bytes + pixels.file.size());
  for (size_t at = labels.begin; at < labels.file.size(); ++at) {
    const auto label = static_cast<unsigned char>(labels.file[at]);
    check_label(label, 10, fmt::format("at byte {}", at), labels_file);
    images.labels.push_back(label);
  }
  return images;
}

Images read_digits(const std::string& file) {
  Images images{1, 8, 8, {}, {}, {}};
  const std::string text = read_file(file);
  io::Cursor cursor(text, file);
  cursor.skip_blank_lines();
  // A header is a first line that begins with a letter or a quote: a damaged number is none.
  const char first = cursor.peek();
  const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
  if (letter || first == '"' || first == '\'') cursor.rest_of_line();
  for (cursor.skip_blank_lines(); !cursor.at_end(); cursor.skip_blank_lines()) {
    for (int field = 0; field < 64; ++field) {
      if (cursor.at_line_end())
        cursor.refuse(fmt::format("{} fields", field), "expected: 64 pixels and a label");
      images.bytes.push_back(static_cast<uint8_t>(cursor.whole(16, "pixel")));
      cursor.skip_separator();
    }
    if (cursor.at_line_end()) cursor.refuse("64 fields", "expected: 64 pixels and a label");
    images.labels.push_back(static_cast<uint8_t>(cursor.whole(9, "label")));
    cursor.end_line();
  }
  if (images.labels.empty())
    throw InputError("no digits", "expected: lines of 64 pixels and a label", {file, 0});
  return images;
}

Images read_image_npz(const std::string& file) {
  const NpzArrays arrays = read_npz(file);
  for (const char* key : {"x", "y"})
    if (arrays.find(key) == arrays.end())
      throw InputError(fmt::format("no array '{}'", key), "expected: x uint8 [n,h,w,c] and y uint8 [n]",
                       {file, 0});
  const NpyArray &x = arrays.find("x")->second, &y = arrays.find("y")->second;
  if (x.type != "|u1" || y.type != "|u1" || x.shape.size() != 4 || y.shape.size() != 1)
    throw InputError(fmt::format("x is {} ({}), y is {} ({})", x.type, fmt::join(x.shape, ", "), y.type,
                                 fmt::join(y.shape, ", ")),
                     "expected: x uint8 [n,h,w,c] and y uint8 [n]", {file, 0});
  if (x.shape[0] != y.shape[0] || x.size() == 0)
    throw InputError(fmt::format("{} images of {} x {} x {} and {} labels", x.shape[0], x.shape[1],
                                 x.shape[2], x.shape[3], y.shape[0]),
                     "expected: as many of each, none empty", {file, 0});
  Images images{x.shape[3], x.shape[1], x.shape[2], {}, {}, {}};
  const std::vector<int64_t> pixels = to_integers(x, file), labels = to_integers(y, file);
  const uint64_t area = images.height * images.width;
  images.bytes.resize(pixels.size());
  for (uint64_t i = 0; i < y.shape[0]; ++i) {
    check_label(static_cast<uint64_t>(labels[i]), 10, fmt::format("of image {}", i), file);
    images.labels.push_back(static_cast<uint8_t>(labels[i]));
    for (uint64_t p = 0; p < area; ++p)
      for (uint64_t c = 0; c < images.channels; ++c)
        images.bytes[(i * images.channels + c) * area + p] =
            static_cast<uint8_t>(pixels[(i * area + p) * images.channels + c]);
  }
  return images;
}

}  // namespace nonzero::train
