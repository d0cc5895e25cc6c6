#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nonzero::train {

struct EpochRecord {
  uint64_t epoch = 0, steps = 0;  // both from the beginning of the training
  double learning_rate = 0;       // at the epoch's last step
  double loss = 0, train_accuracy = 0, test_loss = 0, test_accuracy = 0;
  double loss_scale = 1;
  uint64_t skipped = 0;  // steps without an update, for overflow, so far
};

nlohmann::json to_json(const std::vector<EpochRecord>& history);
std::vector<EpochRecord> history_of(const nlohmann::json& json);

// One line per epoch under a line of names.
std::string history_csv(const std::vector<EpochRecord>& history);

}  // namespace nonzero::train
