#include "nonzero/tensor/generate.h"
#include "target.h"

// Every description is refused or gives a consistent matrix within the memory it was allowed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view text) {
    const Csr csr = generate(std::string(text), 1e6);
    validate(csr, "fuzz");
    fuzz::require(csr.values.empty() || csr.values.size() == csr.nnz());
  });
}
