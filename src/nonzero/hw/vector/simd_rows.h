#pragma once

#include <cstdint>

#include "nonzero/base/math.h"

namespace nonzero::hw {

// Rows of a dense operand as vector units take them: a non-zero meets one row of K values, `lanes` of them a cycle.
struct SimdRows {
  uint64_t values = 32;  // K
  uint32_t value_bytes = 4;
  double operations = 2;  // per value: a multiply and an add are one pass over the row

  [[nodiscard]] uint64_t bytes() const { return values * value_bytes; }
  // Cycles of one multiply-add unit of `lanes` for one non-zero.
  [[nodiscard]] double cycles(uint64_t lanes) const {
    return static_cast<double>(ceil_div(values, lanes)) * operations / 2;
  }
  // Scalar multiply-adds of one non-zero, or what else takes their place.
  [[nodiscard]] double multiply_adds() const { return static_cast<double>(values) * operations / 2; }
};

}  // namespace nonzero::hw
