#include "nonzero/io/npy.h"

#include "target.h"

// An array becomes a matrix of as many elements, and reads back the same once written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view bytes) {
    const NpyArray array = parse_npy(bytes, "fuzz");
    const Dense dense = to_dense(array, "fuzz");
    fuzz::require(dense.values.size() == array.size());
    fuzz::require(to_dense(parse_npy(to_npy(dense), "fuzz"), "fuzz") == dense);
  });
}
