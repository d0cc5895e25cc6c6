#pragma once

#include <string>
#include <vector>

#include "train/layer_shape.h"
#include "train/options.h"

namespace nonzero::train {

struct Array {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

// What one layer held in the dumped step; an empty shape is an array that was not there.
struct LayerStep {
  LayerShape shape;
  Array weight, mask_ff, mask_bp, x, y, dy, dx, dw;
};

// workload.json and one .npy per array (masks uint8, all else float32, C order), each put in place all
// or not at all, workload.json last. Throws SystemError where the folder cannot be written.
void export_step(const std::string& folder, const std::vector<LayerStep>& layers, const Options& options);

// 1 - sum(MAC * density) / sum(MAC) over FF, BP and WU; the first layer has no BP, attention is dense.
double op_reduction(const std::vector<LayerShape>& layers, const Options& options);

}  // namespace nonzero::train
