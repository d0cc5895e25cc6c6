#include "nonzero/io/tile_files.h"
#include "target.h"

// What is read is consistent, reads back the same once written, and holds each element once.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view bytes) {
    const WorkerMatrix matrix = parse_tile_file(bytes, "fuzz");
    fuzz::require(parse_tile_file(to_tile_file(matrix), "fuzz") == matrix);
    if (matrix.grid.rows > 4096) return;
    const Csr csr = to_csr(matrix);
    validate(csr, "fuzz");
    fuzz::require(csr.nnz() == matrix.nnz());
  });
}
