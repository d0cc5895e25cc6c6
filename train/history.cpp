#include "train/history.h"

#include <fmt/format.h>

namespace nonzero::train {

nlohmann::json to_json(const std::vector<EpochRecord>& history) {
  nlohmann::json all = nlohmann::json::array();
  for (const EpochRecord& r : history)
    all.push_back({{"epoch", r.epoch},
                   {"steps", r.steps},
                   {"learning_rate", r.learning_rate},
                   {"loss", r.loss},
                   {"train_accuracy", r.train_accuracy},
                   {"test_loss", r.test_loss},
                   {"test_accuracy", r.test_accuracy},
                   {"loss_scale", r.loss_scale},
                   {"skipped", r.skipped}});
  return all;
}

std::vector<EpochRecord> history_of(const nlohmann::json& json) {
  std::vector<EpochRecord> history;
  for (const auto& r : json)
    history.push_back({r.at("epoch"), r.at("steps"), r.at("learning_rate"), r.at("loss"),
                       r.at("train_accuracy"), r.at("test_loss"), r.at("test_accuracy"), r.at("loss_scale"),
                       r.at("skipped")});
  return history;
}

std::string history_csv(const std::vector<EpochRecord>& history) {
  std::string text =
      "epoch,steps,learning_rate,loss,train_accuracy,test_loss,test_accuracy,loss_scale,skipped\n";
  for (const EpochRecord& r : history)
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", r.epoch, r.steps, r.learning_rate, r.loss,
                        r.train_accuracy, r.test_loss, r.test_accuracy, r.loss_scale, r.skipped);
  return text;
}

}  // namespace nonzero::train
