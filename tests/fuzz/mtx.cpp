#include "nonzero/io/mtx.h"

#include "target.h"

// What is read is consistent, and reads back the same once written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view text) {
    const LoadedMatrix loaded = parse_mtx(text, "fuzz");
    validate(loaded.matrix, "fuzz");
    if (loaded.matrix.rows > 1024 || loaded.matrix.columns > 1024) return;
    fuzz::require(parse_mtx(to_mtx(loaded.matrix), "fuzz").matrix == loaded.matrix);
  });
}
