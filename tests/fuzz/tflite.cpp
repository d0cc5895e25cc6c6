#include "nonzero/io/tflite.h"

#include "target.h"

// Constants lie within the file and hold their shapes, indices name tensors, and patching constants with
// their own bytes changes nothing.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nonzero;
  return fuzz::on(data, size, [](std::string_view bytes) {
    const TfliteModel model = parse_tflite(std::string(bytes), "fuzz", 0);
    std::vector<TflitePatch> patches;
    for (size_t i = 0; i < model.tensors.size(); ++i) {
      const TfliteTensor& tensor = model.tensors[i];
      fuzz::require(tensor.offset <= bytes.size() && tensor.size <= bytes.size() - tensor.offset);
      if (!tensor.constant()) continue;
      patches.push_back({static_cast<int>(i), std::string(model.data(tensor)), {}, {}});
    }
    for (const TfliteOperator& op : model.operators)
      for (const int input : op.inputs)
        fuzz::require(input >= -1 && input < static_cast<int>(model.tensors.size()));
    fuzz::require(patched_tflite(model, patches) == bytes);
  });
}
