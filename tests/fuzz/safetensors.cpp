#include "nonzero/io/safetensors.h"

#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view bytes) {
    const Safetensors file{std::string(bytes), "fuzz"};
    for (const Safetensors::Entry& entry : file.entries()) {
      const std::vector<float> values = file.floats(entry);
      const FloatArray array{entry.name, entry.shape, values};
      const Safetensors again{to_safetensors({&array, 1}), "again"};
      fuzz::require(again.entries().size() == 1 && again.floats(again.entry(entry.name)) == values);
    }
  });
}
