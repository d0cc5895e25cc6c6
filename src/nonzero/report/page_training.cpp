#include "nonzero/report/page_training.h"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "nonzero/base/error.h"
#include "nonzero/io/csv.h"
#include "nonzero/io/file.h"
#include "nonzero/io/text.h"

namespace nonzero {
namespace {

using Json = nlohmann::json;
using Column = std::vector<double> TrainingLog::*;

const std::vector<std::pair<std::string, Column>>& columns() {
  static const std::vector<std::pair<std::string, Column>> all = {
      {"epoch", &TrainingLog::epoch},         {"learning_rate", &TrainingLog::learning_rate},
      {"loss", &TrainingLog::loss},           {"train_accuracy", &TrainingLog::train_accuracy},
      {"test_loss", &TrainingLog::test_loss}, {"test_accuracy", &TrainingLog::test_accuracy}};
  return all;
}

double number(const std::string& text, const Place& place) {
  double value = 0;
  const auto [end, problem] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    throw InputError(io::excerpt(text), "a finite number", place);
  return value;
}

void read_log(const std::string& file, TrainingLog& run) {
  const auto records = io::parse_csv(read_file(file), file);
  if (records.size() < 2)
    throw InputError("no epoch in it", "the log of a training, one line per epoch", {file, 0});
  const auto& names = records[0].fields;
  for (const auto& [name, column] : columns()) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      throw InputError(fmt::format("no column '{}'", name), "the log.csv of a training", {file, 1});
    const auto at = static_cast<size_t>(found - names.begin());
    for (size_t i = 1; i < records.size(); ++i) {
      const Place place{file, records[i].line};
      if (records[i].fields.size() != names.size())
        throw InputError(fmt::format("{} fields", records[i].fields.size()), fmt::format("{}", names.size()),
                         place);
      (run.*column).push_back(number(records[i].fields[at], place));
    }
  }
}

// Null where it tells of other epochs than the log: a later training is on its way in the folder.
Json read_result(const std::string& file, size_t epochs) {
  if (!std::filesystem::exists(file)) return nullptr;
  const Json json = Json::parse(read_file(file), nullptr, false);
  if (!json.is_object() || json.value("schema", Json()) != "nonzero.training/1" ||
      !json.contains("options") || !json["options"].is_object() || !json.contains("epochs"))
    throw InputError("no result of a training", "nonzero.training/1", {file, 0});
  return json["epochs"].size() == epochs ? json : Json();
}

// A text as it is, anything else as JSON has it.
std::string says(const Json& json, const std::string& key) {
  if (!json.contains(key)) return "";
  return json[key].is_string() ? json[key].get<std::string>() : json[key].dump();
}

std::string base_name(const TrainingLog& run) {
  if (run.result.is_null()) return run.folder;
  const Json& options = run.result["options"];
  const std::string method = says(options, "method");
  return method == "dense" ? method : fmt::format("{} {}", method, says(options, "nm"));
}

// The options, in words, in which `run` differs from another of the same method.
std::string difference(const TrainingLog& run, const std::vector<const TrainingLog*>& alike) {
  std::string text;
  const Json& options = run.result["options"];
  for (const auto& item : options.items()) {
    const std::string& key = item.key();
    const auto other = [&](const TrainingLog* one) {
      return says(one->result["options"], key) != says(options, key);
    };
    if (key == "data_hash" || key == "nm" || std::none_of(alike.begin(), alike.end(), other)) continue;
    std::string name = key;
    std::replace(name.begin(), name.end(), '_', ' ');
    text += fmt::format(", {} {}", name, says(options, key));
  }
  return text.empty() ? fmt::format(", {}", run.folder) : text;
}

std::vector<std::string> names_of(std::span<const TrainingLog> runs) {
  std::map<std::string, std::vector<const TrainingLog*>> by_name;
  for (const TrainingLog& run : runs) by_name[base_name(run)].push_back(&run);
  std::vector<std::string> names;
  for (const TrainingLog& run : runs) {
    const std::string name = base_name(run);
    const auto& alike = by_name[name];
    names.push_back(alike.size() == 1 || run.result.is_null() ? name : name + difference(run, alike));
  }
  return names;
}

FindingsLines::Series curve(const std::string& name, const TrainingLog& run, Column column, double scale) {
  FindingsLines::Series series{name, run.epoch, run.*column};
  for (double& y : series.y) y *= scale;
  return series;
}

FindingsLines over_epochs(const std::string& title, const std::string& unit) {
  return {title, unit, "epoch", {}};
}

// One picture of both parts of the data for one run; one of each part for several.
void add_pair(Findings& f, std::span<const TrainingLog> runs, std::span<const std::string> names,
              const std::string& what, const std::string& unit, Column train, Column test, double scale) {
  if (runs.size() == 1) {
    FindingsLines both = over_epochs(what, unit);
    both.series = {curve("training", runs[0], train, scale), curve("test", runs[0], test, scale)};
    f.lines.push_back(both);
    return;
  }
  FindingsLines of_test = over_epochs(what + ", test", unit),
                of_train = over_epochs(what + ", training", unit);
  for (size_t i = 0; i < runs.size(); ++i) {
    of_test.series.push_back(curve(names[i], runs[i], test, scale));
    of_train.series.push_back(curve(names[i], runs[i], train, scale));
  }
  f.lines.push_back(of_test);
  f.lines.push_back(of_train);
}

// Runs of one schedule share a curve.
FindingsLines learning_rates(std::span<const TrainingLog> runs, std::span<const std::string> names) {
  FindingsLines lines = over_epochs("Learning rate", "");
  std::vector<size_t> sharing;
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto series = curve(names[i], runs[i], &TrainingLog::learning_rate, 1);
    const auto same = std::find_if(lines.series.begin(), lines.series.end(),
                                   [&](const auto& one) { return one.x == series.x && one.y == series.y; });
    if (same != lines.series.end()) {
      ++sharing[static_cast<size_t>(same - lines.series.begin())];
      continue;
    }
    lines.series.push_back(series);
    sharing.push_back(1);
  }
  for (size_t i = 0; i < sharing.size(); ++i)
    if (sharing[i] > 1)
      lines.series[i].name = sharing[i] == runs.size()
                                 ? "all"
                                 : fmt::format("{} and {} more", lines.series[i].name, sharing[i] - 1);
  return lines;
}

std::string conditions(const TrainingLog& run) {
  if (run.result.is_null()) return "not at the end of the training.";
  const Json& options = run.result["options"];
  const auto of = [&](const char* key) { return says(options, key); };
  return fmt::format(
      "{}, width {}, on {}: {} images to train on, {} to test; batches of {}, {} at {} ({} schedule), {}.",
      of("model"), of("width"), says(run.result, "data"), says(run.result, "train_images"),
      says(run.result, "test_images"), of("batch"), of("optimiser"), of("learning_rate"), of("schedule"),
      of("precision"));
}

// A paragraph for the runs of the same conditions, under their names where there are others.
std::vector<std::string> paragraphs(std::span<const TrainingLog> runs, std::span<const std::string> names) {
  std::vector<std::pair<std::string, std::string>> found;  // conditions, names
  for (size_t i = 0; i < runs.size(); ++i) {
    const std::string text = conditions(runs[i]);
    const auto same =
        std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.first == text; });
    if (same == found.end())
      found.emplace_back(text, names[i]);
    else
      same->second += "; " + names[i];
  }
  std::vector<std::string> all;
  all.reserve(found.size());
  for (const auto& [text, whose] : found)
    all.push_back(found.size() == 1 ? text : fmt::format("{}: {}", whose, text));
  return all;
}

std::string of_result(const TrainingLog& run, const std::string& key, double scale, const char* unit) {
  if (run.result.is_null() || !run.result.contains(key) || !run.result[key].is_number()) return "–";
  return fmt::format("{:.1f} {}", scale * run.result[key].get<double>(), unit);
}

FindingsTable endings(std::span<const TrainingLog> runs, std::span<const std::string> names) {
  FindingsTable table{"After the last epoch",
                      {"run", "epochs", "test accuracy", "best", "at epoch", "training accuracy", "test loss",
                       "operations saved", "time"},
                      {}};
  for (size_t i = 0; i < runs.size(); ++i) {
    const TrainingLog& run = runs[i];
    const auto best = std::max_element(run.test_accuracy.begin(), run.test_accuracy.end());
    table.rows.push_back({names[i], fmt::format("{}", run.epoch.size()),
                          fmt::format("{:.2f} %", 100 * run.test_accuracy.back()),
                          fmt::format("{:.2f} %", 100 * *best),
                          fmt::format("{}", run.epoch[static_cast<size_t>(best - run.test_accuracy.begin())]),
                          fmt::format("{:.2f} %", 100 * run.train_accuracy.back()),
                          fmt::format("{:.4f}", run.test_loss.back()),
                          of_result(run, "op_reduction", 100, "%"), of_result(run, "wall_seconds", 1, "s")});
  }
  return table;
}

}  // namespace

TrainingLog read_training_log(const std::string& folder) {
  TrainingLog run;
  run.folder = folder;
  read_log(folder + "/log.csv", run);
  run.result = read_result(folder + "/result.json", run.epoch.size());
  return run;
}

Findings training_curves(std::span<const TrainingLog> runs) {
  const std::vector<std::string> names = names_of(runs);
  Findings f;
  f.id = "training";
  f.title =
      runs.size() == 1 ? fmt::format("Training: {}", names[0]) : fmt::format("{} trainings", runs.size());
  f.text = paragraphs(runs, names);
  f.tables.push_back(endings(runs, names));
  add_pair(f, runs, names, "Loss", "", &TrainingLog::loss, &TrainingLog::test_loss, 1);
  add_pair(f, runs, names, "Accuracy", "%", &TrainingLog::train_accuracy, &TrainingLog::test_accuracy, 100);
  f.lines.push_back(learning_rates(runs, names));
  return f;
}

}  // namespace nonzero
