#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "nonzero/study/findings.h"

namespace nonzero {

// What `nonzero train --run` left in a folder: one entry of each curve per epoch.
struct TrainingLog {
  std::string folder;
  nlohmann::json result;  // result.json; null where the training has not ended
  std::vector<double> epoch, learning_rate, loss, train_accuracy, test_loss,
      test_accuracy;  // accuracies 0 to 1
};

// Reads log.csv and, where it tells of the same epochs, result.json. Throws InputError with file and line
// where there is no log or it is none of ours.
TrainingLog read_training_log(const std::string& folder);

// Loss, accuracy and learning rate over the epochs, one curve per run, and a table of where each ended.
// A run is called after its method and what else tells it from the others, one without a result after its
// folder.
Findings training_curves(std::span<const TrainingLog> runs);

}  // namespace nonzero
