#include "nonzero/io/layers.h"

#include "target.h"

// Every layer that is read is a GEMM with something to do.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view text) {
    for (const LayerRow& layer : parse_layers(text, "fuzz")) {
      fuzz::require(layer.m > 0 && layer.n > 0 && layer.k > 0 && layer.repeat > 0 && !layer.name.empty());
      if (!layer.conv) continue;
      fuzz::require(layer.n == layer.conv->batch * layer.conv->out_height() * layer.conv->out_width());
    }
  });
}
