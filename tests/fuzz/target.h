#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "nonzero/base/error.h"

namespace nonzero::fuzz {

// What a target claims of every input that is read; libFuzzer reports its failure as a crash.
inline void require(bool holds) {
  if (!holds) std::abort();
}

// Runs `read` on one input. To refuse it with an InputError is right; everything else that is thrown
// is a crash.
template <class Read>
int on(const uint8_t* data, size_t size, const Read& read) {
  try {
    read(std::string_view(reinterpret_cast<const char*>(data), size));
  } catch (const InputError&) {
  }
  return 0;
}

}  // namespace nonzero::fuzz
