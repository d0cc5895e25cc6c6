#include "nonzero/io/step_folder.h"
#include "target.h"

// Every layer that is read has work to do, and sizes whose products stay within 64 bits.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view text) {
    for (const StepLayer& layer : parse_step(text, "fuzz").layers) {
      fuzz::require(!layer.name.empty());
      fuzz::require(layer.shape.forward_multiplications() > 0);
      fuzz::require(layer.shape.forward_multiplications() <= uint64_t{1} << 56U);
    }
  });
}
