#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nonzero {

// A finished training as `nonzero train --run` leaves it in result.json.
struct TrainingRun {
  std::string data, method, nm;
  uint64_t seed = 0;
  nlohmann::json others;  // the options that remain, by name: precision, model, epochs, the data's hash, …
  double test_accuracy = 0;  // share
};

// The runs in the sub-folders of the folder that the environment variable NONZERO_RUNS names (what
// train/measure.sh fills), by name; nothing where the variable is not set. Throws InputError naming a
// folder that is none or a file that no trainer wrote.
std::optional<std::vector<TrainingRun>> training_runs();

// What a method costs against dense training in percentage points, over the pairs of fp32 runs on optdigits
// and MNIST (data digits:… and idx:…) whose options differ in method, ratio and lambda alone.
struct AccuracyLoss {
  double mean = 0;
  std::optional<double> standard_error;  // not of one pair
  uint64_t pairs = 0, seeds = 0;
};
std::optional<AccuracyLoss> accuracy_loss(const std::vector<TrainingRun>& runs, const std::string& method,
                                          const std::string& nm);

}  // namespace nonzero
