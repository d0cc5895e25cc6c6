#include "nonzero/io/onnx.h"

#include "target.h"

// Every constant of a type that is read holds as many elements as its shape.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view bytes) {
    const OnnxModel model = parse_onnx(std::string(bytes), "fuzz");
    for (const auto& [name, tensor] : model.constants) {
      const bool whole = tensor.type == OnnxType::kInt8 || tensor.type == OnnxType::kUint8 ||
                         tensor.type == OnnxType::kInt32 || tensor.type == OnnxType::kInt64;
      if (whole) fuzz::require(tensor.integers("fuzz").size() == tensor.elements());
      if (!whole && tensor.type != OnnxType::kOther)
        fuzz::require(tensor.floats("fuzz").size() == tensor.elements());
    }
  });
}
