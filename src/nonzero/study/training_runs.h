#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nonzero {

// A finished training as `nonzero train --run` leaves it in result.json.
struct TrainingRun {
  std::string data, model, method, nm, precision;
  uint64_t seed = 0;
  double test_accuracy = 0;  // share
};

// The runs in the sub-folders of the folder that the environment variable NONZERO_RUNS names (what
// train/measure.sh fills), by name; nothing where the variable is not set. Throws InputError naming a
// folder that is none or a file that no trainer wrote.
std::optional<std::vector<TrainingRun>> training_runs();

// What a method costs against dense training in percentage points, over the pairs of fp32 runs that differ
// in nothing else.
struct AccuracyLoss {
  double mean = 0, standard_error = 0;
  uint64_t pairs = 0;
};
std::optional<AccuracyLoss> accuracy_loss(const std::vector<TrainingRun>& runs, const std::string& method,
                                          const std::string& nm);

}  // namespace nonzero
