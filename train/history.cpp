#include "train/history.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace nonzero::train {
namespace {

// JSON has no NaN; it is written as null.
double number(const nlohmann::json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

std::string text_of(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

}  // namespace

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
    history.push_back({r.at("epoch"), r.at("steps"), r.at("learning_rate"), number(r.at("loss")),
                       number(r.at("train_accuracy")), number(r.at("test_loss")),
                       number(r.at("test_accuracy")), r.at("loss_scale"), r.at("skipped")});
  return history;
}

std::string history_csv(const std::vector<EpochRecord>& history) {
  std::string text =
      "epoch,steps,learning_rate,loss,train_accuracy,test_loss,test_accuracy,loss_scale,skipped\n";
  for (const EpochRecord& r : history)
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", r.epoch, r.steps, r.learning_rate, text_of(r.loss),
                        text_of(r.train_accuracy), text_of(r.test_loss), text_of(r.test_accuracy),
                        r.loss_scale, r.skipped);
  return text;
}

}  // namespace nonzero::train
