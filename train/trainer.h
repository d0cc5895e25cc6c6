#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "train/checkpoint.h"
#include "train/data_set.h"
#include "train/history.h"
#include "train/layer_shape.h"
#include "train/options.h"

namespace nonzero::train {

// Training left the finite numbers; the last good checkpoint is kept. Exit status 1.
class Diverged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Hooks {
  struct Position {
    uint64_t epoch = 0, epochs = 0, step = 0, steps = 0;  // of the epoch, from 1
    double loss = 0, accuracy = 0;                        // of the epoch so far
    uint64_t done = 0, left = 0;                          // steps of this process
  };
  std::function<void(const Position&)> progress;
  std::function<void(const EpochRecord&, const std::vector<EpochRecord>&)> epoch_end;
  std::function<void(const std::string&)> warn;
};

struct Trained {
  std::vector<EpochRecord> history;
  std::vector<LayerShape> layers;
  double op_reduction = 0;
  uint64_t resumed_at = 0;  // the step the process began with
};

// Trains, keeps checkpoints in `folder` where there is one, and exports the dumped step where asked.
// Throws InputError, Diverged, Interrupted (with a checkpoint written) or SystemError.
Trained train(const Options& options, const DataSet& data, const RunFolder* folder, const Hooks& hooks);

}  // namespace nonzero::train
