#include "nonzero/io/smtx.h"

#include "target.h"

// What is read is consistent, and reads back the same once written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view text) {
    const LoadedMatrix loaded = parse_smtx(text, "fuzz");
    validate(loaded.matrix, "fuzz");
    if (loaded.matrix.columns > 1024) return;
    fuzz::require(parse_smtx(to_smtx(loaded.matrix), "fuzz").matrix == loaded.matrix);
  });
}
