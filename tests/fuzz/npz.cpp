#include "nonzero/io/npz.h"

#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view bytes) {
    const LoadedMatrix loaded = matrix_of_npz(parse_npz(bytes, "fuzz"), "fuzz");
    validate(loaded.matrix, "fuzz");
    fuzz::require(matrix_of_npz(parse_npz(to_npz(loaded.matrix), "fuzz"), "fuzz").matrix == loaded.matrix);
  });
}
