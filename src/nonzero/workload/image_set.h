#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "nonzero/workload/integer_layer.h"

namespace nonzero {

// Inputs [begin, end) of a file; without an end, all from `begin` on.
struct ImageRange {
  uint64_t begin = 0, end = std::numeric_limits<uint64_t>::max();
};

// "a:b", "a:" or ":b"; "" is everything. Throws InputError for anything else, and where a >= b.
ImageRange parse_image_range(const std::string& text);

// Inputs of a network, with the class of each where the files say it.
struct ImageSet {
  enum class Values : uint8_t { kPixels, kCodes, kReals };

  std::string source;
  std::vector<uint64_t> shape;  // of one image, channels last
  Values values = Values::kPixels;
  std::vector<uint8_t> pixels;   // 0 … 255
  std::vector<int8_t> codes;     // as the network's input holds them
  std::vector<float> reals;      // what the codes stand for
  std::vector<uint32_t> labels;  // none, or one per image

  [[nodiscard]] uint64_t elements() const;  // of one image
  [[nodiscard]] uint64_t count() const;
};

// Images of a `.npz` (one array of several dimensions and, as labels, one of a single dimension), a `.npy` or an
// idx file (MNIST's, also `.gz`): uint8 are pixels, int8 codes, float16 and wider reals. `labels` names a `.npy`,
// `.npz` or idx file of them; "": those of the `.npz`, or none. Throws InputError on files that are damaged,
// of another type, or whose counts differ, and where the range reaches past the end.
ImageSet read_image_set(const std::string& images, const std::string& labels = "",
                        const ImageRange& range = {});

// What a pixel stands for: 0 … 255 itself, 0 … 1 (divided by 255), or -1 … 1 (divided by 127.5, less 1).
enum class PixelRange : uint8_t { kByte, kUnit, kSigned };

// The range whose ends lie nearest to those that the codes can express. Throws InputError where none is within a
// tenth of that width: then --pixels must say it.
PixelRange pixel_range_for(const Quantisation& input);
// "0..255", "0..1", "-1..1"
PixelRange parse_pixel_range(const std::string& text);
std::string name(PixelRange range);

double real_of_pixel(uint8_t pixel, PixelRange range);

// The codes of every image: clamp(round half even(real / scale) + zero point). Throws InputError where an image
// has another size than `elements`.
std::vector<int8_t> input_codes(const ImageSet& set, const Quantisation& input, uint64_t elements,
                                PixelRange range);

// What the first `most` images stand for, as floats: to calibrate with. Throws InputError as input_codes does, and
// for codes, which stand for nothing without a quantisation.
std::vector<float> real_inputs(const ImageSet& set, uint64_t elements, PixelRange range, uint64_t most);

}  // namespace nonzero
