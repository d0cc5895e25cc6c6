#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nonzero {

// A named fp32 array in C order, to be written.
struct FloatArray {
  std::string name;
  std::vector<uint64_t> shape;
  std::span<const float> values;  // as many as the shape says
};

}  // namespace nonzero
