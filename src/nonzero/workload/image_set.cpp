#include "nonzero/workload/image_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/base/suggest.h"
#include "nonzero/workload/image_files.h"

namespace nonzero {
namespace {

constexpr std::array<PixelRange, 3> kRanges = {PixelRange::kByte, PixelRange::kUnit, PixelRange::kSigned};

uint64_t whole(const std::string& text, const std::string& all) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end)
    throw InputError(fmt::format("range '{}'", all), "allowed: FIRST:END, such as 0:5000");
  return value;
}

template <class T>
void keep(std::vector<T>& values, uint64_t begin, uint64_t end, uint64_t each) {
  if (values.empty()) return;
  values = std::vector<T>(values.begin() + static_cast<std::ptrdiff_t>(begin * each),
                          values.begin() + static_cast<std::ptrdiff_t>(end * each));
}

void take(ImageSet& set, const ImageRange& range) {
  const uint64_t count = set.count(), end = std::min(range.end, count);
  if (range.end > count && range.end != ImageRange().end)
    throw InputError(fmt::format("images {}:{}", range.begin, range.end),
                     fmt::format("allowed: an end of at most {0}, the file has {0}", count), {set.source, 0});
  if (range.begin >= end)
    throw InputError(fmt::format("images from {} on", range.begin), fmt::format("the file has {}", count),
                     {set.source, 0});
  keep(set.pixels, range.begin, end, set.elements());
  keep(set.codes, range.begin, end, set.elements());
  keep(set.reals, range.begin, end, set.elements());
  keep(set.labels, range.begin, end, 1);
}

int8_t code_of(double real, const Quantisation& input) {
  return static_cast<int8_t>(
      std::clamp(std::nearbyint(real / input.scale) + input.zero_point, -128.0, 127.0));
}

void check_elements(const ImageSet& set, uint64_t elements) {
  if (set.elements() != elements)
    throw InputError(fmt::format("images of {} values ({})", set.elements(), fmt::join(set.shape, " x ")),
                     fmt::format("the network reads {}", elements), {set.source, 0});
}

}  // namespace

ImageRange parse_image_range(const std::string& text) {
  ImageRange range;
  if (text.empty()) return range;
  const size_t colon = text.find(':');
  const std::string first = text.substr(0, colon),
                    end = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (colon == std::string::npos || (first.empty() && end.empty())) whole("", text);
  if (!first.empty()) range.begin = whole(first, text);
  if (!end.empty()) range.end = whole(end, text);
  if (range.begin >= range.end) whole("", text);
  return range;
}

uint64_t ImageSet::elements() const {
  uint64_t product = 1;
  for (const uint64_t size : shape) product *= size;
  return product;
}

uint64_t ImageSet::count() const {
  return elements() == 0 ? 0 : std::max({pixels.size(), codes.size(), reals.size()}) / elements();
}

ImageSet read_image_set(const std::string& images, const std::string& labels, const ImageRange& range) {
  ImageSet set = read_image_file(images);
  if (!labels.empty()) set.labels = read_label_file(labels);
  if (!set.labels.empty() && set.labels.size() != set.count())
    throw InputError(fmt::format("{} labels", set.labels.size()),
                     fmt::format("{} has {} images", images, set.count()),
                     {labels.empty() ? images : labels, 0});
  take(set, range);
  return set;
}

std::string name(PixelRange range) {
  switch (range) {
    case PixelRange::kByte:
      return "0..255";
    case PixelRange::kUnit:
      return "0..1";
    case PixelRange::kSigned:
      return "-1..1";
  }
  return "";
}

PixelRange parse_pixel_range(const std::string& text) {
  std::vector<std::string> names;
  for (const PixelRange range : kRanges) {
    if (name(range) == text) return range;
    names.push_back(name(range));
  }
  throw InputError(fmt::format("pixels '{}'{}", text, did_you_mean(text, names)),
                   fmt::format("allowed: {}", fmt::join(names, ", ")));
}

double real_of_pixel(uint8_t pixel, PixelRange range) {
  switch (range) {
    case PixelRange::kByte:
      return pixel;
    case PixelRange::kUnit:
      return pixel / 255.0;
    case PixelRange::kSigned:
      return pixel / 127.5 - 1;
  }
  return 0;
}

PixelRange pixel_range_for(const Quantisation& input) {
  const double low = input.scale * (-128 - input.zero_point), high = input.scale * (127 - input.zero_point);
  const auto distance = [&](PixelRange range) {
    return std::abs(real_of_pixel(0, range) - low) + std::abs(real_of_pixel(255, range) - high);
  };
  const PixelRange best = *std::min_element(
      kRanges.begin(), kRanges.end(), [&](PixelRange a, PixelRange b) { return distance(a) < distance(b); });
  if (distance(best) > 0.1 * (high - low))
    throw InputError(
        fmt::format("the input's codes stand for {:.4g} to {:.4g}, which fits no range of pixels", low, high),
        "use: --pixels 0..255, 0..1 or -1..1, or images of type int8 or float");
  return best;
}

std::vector<float> real_inputs(const ImageSet& set, uint64_t elements, PixelRange range, uint64_t most) {
  check_elements(set, elements);
  const uint64_t count = std::min(set.count(), most);
  std::vector<float> reals;
  if (set.values == ImageSet::Values::kCodes)
    throw InputError("images that are codes, for a network of floats",
                     "allowed: pixels (uint8) or reals (float)", {set.source, 0});
  if (set.values == ImageSet::Values::kReals)
    return {set.reals.begin(), set.reals.begin() + static_cast<std::ptrdiff_t>(count * elements)};
  reals.reserve(count * elements);
  for (uint64_t i = 0; i < count * elements; ++i)
    reals.push_back(static_cast<float>(real_of_pixel(set.pixels[i], range)));
  return reals;
}

std::vector<int8_t> input_codes(const ImageSet& set, const Quantisation& input, uint64_t elements,
                                PixelRange range) {
  check_elements(set, elements);
  if (set.values == ImageSet::Values::kCodes) return set.codes;
  std::vector<int8_t> codes;
  codes.reserve(set.count() * elements);
  if (set.values == ImageSet::Values::kReals) {
    for (const float real : set.reals) codes.push_back(code_of(real, input));
    return codes;
  }
  std::array<int8_t, 256> of_pixel;
  for (unsigned pixel = 0; pixel < 256; ++pixel)
    of_pixel[pixel] = code_of(real_of_pixel(static_cast<uint8_t>(pixel), range), input);
  for (const uint8_t pixel : set.pixels) codes.push_back(of_pixel[pixel]);
  return codes;
}

}  // namespace nonzero
