#pragma once

#include "support/integer_layers.h"

// The golden layers of BitWave's specification: three magnitude columns and a sign column everywhere.
namespace nonzero::test {

inline int golden_weight(uint64_t at) { return static_cast<int>(at % 15) - 7; }

inline IntegerLayer golden(IntegerLayer layer) {
  return filled(std::move(layer), [](uint64_t k, uint64_t c, uint64_t fy, uint64_t fx) {
    return golden_weight(5 * k + 3 * c + 7 * fy + 11 * fx);
  });
}

inline IntegerLayer golden_linear() { return golden(linear_layer(128, 64, 1)); }
inline IntegerLayer golden_conv() { return golden(conv_layer(64, 64, 3, 56, 56)); }

inline IntegerLayer golden_depthwise() {
  return filled(depthwise_layer(64, 1, 3, 28, 28), [](uint64_t k, uint64_t, uint64_t fy, uint64_t fx) {
    return golden_weight(5 * k + 3 * (3 * fy + fx));
  });
}

// The reduction is flattened: kernel row, kernel column, channel.
inline IntegerLayer golden_first() {
  return filled(conv_layer(64, 3, 3, 32, 32), [](uint64_t k, uint64_t c, uint64_t fy, uint64_t fx) {
    return golden_weight(5 * k + 3 * ((3 * fy + fx) * 3 + c));
  });
}

}  // namespace nonzero::test
