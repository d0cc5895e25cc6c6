#include "nonzero/io/file.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view packed) {
    constexpr uint64_t kMost = 1 << 20;
    fuzz::require(unpack_gzip(packed, "fuzz", kMost).size() <= kMost);
  });
}
