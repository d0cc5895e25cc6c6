#pragma once

#include <cstdint>
#include <span>

namespace nonzero::hw {

// A compressed row or column somebody else holds: coordinates rise strictly, and there are as many values.
template <class Value>
struct FiberView {
  std::span<const uint32_t> coordinates;
  std::span<const Value> values;
};

}  // namespace nonzero::hw
