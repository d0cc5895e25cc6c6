#include "nonzero/workload/image_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/math.h"
#include "nonzero/io/file.h"
#include "nonzero/io/npz.h"

namespace nonzero {
namespace {

// An idx file of bytes: 0, 0, type 8 (uint8), number of sizes; the sizes, big end first; the bytes.
struct Idx {
  std::vector<uint64_t> sizes;
  std::string bytes;
};

Idx read_idx(const std::string& path) {
  std::string file = read_file(path);
  const auto byte = [&](size_t at) { return static_cast<uint64_t>(static_cast<unsigned char>(file[at])); };
  const Place place{path, 0};
  if (file.size() < 4 || byte(0) != 0 || byte(1) != 0 || byte(2) != 8 || byte(3) == 0)
    throw InputError("no idx file of bytes (it must begin with the bytes 0, 0, 8)",
                     "allowed: .npz, .npy, idx and idx.gz", place);
  const uint64_t dimensions = byte(3), begin = 4 + 4 * dimensions;
  if (file.size() < begin)
    throw InputError(fmt::format("{} bytes", file.size()), fmt::format("the header alone has {}", begin),
                     place);
  Idx idx;
  std::optional<uint64_t> total = 1;
  for (uint64_t d = 0; d < dimensions; ++d) {
    uint64_t size = 0;
    for (size_t i = 0; i < 4; ++i) size = size << 8U | byte(4 + 4 * d + i);
    idx.sizes.push_back(size);
    if (total) total = checked_multiply(*total, size);
  }
  if (!total || *total != file.size() - begin)
    throw InputError(fmt::format("sizes {} are claimed", fmt::join(idx.sizes, " x ")),
                     fmt::format("{} bytes follow the header", file.size() - begin), place);
  idx.bytes = file.substr(begin);
  return idx;
}

void set_pixels(ImageSet& set, const std::string& bytes) {
  set.values = ImageSet::Values::kPixels;
  set.pixels.assign(bytes.begin(), bytes.end());
}

// `sizes`: of all images; the first is their number.
void set_shape(ImageSet& set, const std::vector<uint64_t>& sizes, uint64_t bytes) {
  if (sizes.size() < 2 || bytes == 0)
    throw InputError(fmt::format("an array of sizes {}", fmt::join(sizes, " x ")),
                     "expected: images x the sizes of one, none of them 0", {set.source, 0});
  set.shape.assign(sizes.begin() + 1, sizes.end());
}

ImageSet images_of(const NpyArray& array, const std::string& path) {
  ImageSet set;
  set.source = path;
  set_shape(set, array.shape, array.bytes.size());
  if (array.type == "|u1" && !array.fortran_order) {
    set_pixels(set, array.bytes);
  } else if (array.type == "|u1" || array.type == "|i1") {
    const std::vector<int64_t> all = to_integers(array, path);
    if (array.type == "|u1") set.pixels.assign(all.begin(), all.end());
    if (array.type == "|i1") set.codes.assign(all.begin(), all.end());
    if (array.type == "|i1") set.values = ImageSet::Values::kCodes;
  } else if (array.type.find('f') != std::string::npos) {
    set.values = ImageSet::Values::kReals;
    set.reals = to_floats(array, path);
  } else {
    throw InputError(fmt::format("images of type {}", array.type),
                     "allowed: uint8 (pixels), int8 (the network's codes), float", {path, 0});
  }
  return set;
}

std::vector<uint32_t> labels_of(const std::vector<int64_t>& values, const std::string& path) {
  std::vector<uint32_t> labels;
  labels.reserve(values.size());
  for (const int64_t value : values) {
    if (value < 0 || value > std::numeric_limits<int32_t>::max())
      throw InputError(fmt::format("label {} of image {}", value, labels.size()), "allowed: 0 and more",
                       {path, 0});
    labels.push_back(static_cast<uint32_t>(value));
  }
  return labels;
}

// The one array of an .npz that has one dimension, or several.
const NpyArray* array_of(const NpzArrays& arrays, bool several, const std::string& path) {
  const NpyArray* found = nullptr;
  for (const auto& [name, array] : arrays) {
    if ((array.shape.size() > 1) != several) continue;
    if (found != nullptr)
      throw InputError(fmt::format("more than one array of {}", several ? "images" : "labels"),
                       "allowed: one of several dimensions, and one of a single dimension", {path, 0});
    found = &array;
  }
  return found;
}

ImageSet read_npz_images(const std::string& path) {
  const NpzArrays arrays = read_npz(path);
  const NpyArray* images = array_of(arrays, true, path);
  if (images == nullptr)
    throw InputError("no array of images", "expected: one of several dimensions", {path, 0});
  ImageSet set = images_of(*images, path);
  if (const NpyArray* labels = array_of(arrays, false, path))
    set.labels = labels_of(to_integers(*labels, path), path);
  return set;
}

}  // namespace

ImageSet read_image_file(const std::string& path) {
  if (path.ends_with(".npz")) return read_npz_images(path);
  if (path.ends_with(".npy")) return images_of(read_npy(path), path);
  const Idx idx = read_idx(path);
  ImageSet set;
  set.source = path;
  set_shape(set, idx.sizes, idx.bytes.size());
  set_pixels(set, idx.bytes);
  return set;
}

std::vector<uint32_t> read_label_file(const std::string& path) {
  if (path.ends_with(".npz")) {
    const NpzArrays arrays = read_npz(path);
    const NpyArray* labels = array_of(arrays, false, path);
    if (labels == nullptr)
      throw InputError("no array of labels", "expected: one of a single dimension", {path, 0});
    return labels_of(to_integers(*labels, path), path);
  }
  if (path.ends_with(".npy")) return labels_of(to_integers(read_npy(path), path), path);
  const Idx idx = read_idx(path);
  if (idx.sizes.size() != 1)
    throw InputError(fmt::format("labels of sizes {}", fmt::join(idx.sizes, " x ")), "expected: one size",
                     {path, 0});
  std::vector<uint32_t> labels;
  labels.reserve(idx.bytes.size());
  for (const char byte : idx.bytes) labels.push_back(static_cast<unsigned char>(byte));
  return labels;
}

}  // namespace nonzero
