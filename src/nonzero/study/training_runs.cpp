#include "nonzero/study/training_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "nonzero/base/error.h"
#include "nonzero/io/file.h"
#include "nonzero/study/means.h"

namespace nonzero {
namespace {

namespace fs = std::filesystem;

TrainingRun read_run(const std::string& file) {
  try {
    const nlohmann::json json = nlohmann::json::parse(read_file(file));
    if (json.at("schema") != "nonzero.training/1")
      throw InputError("not a training's result", "allowed: schema nonzero.training/1", {file, 0});
    const nlohmann::json& options = json.at("options");
    TrainingRun run{json.at("data"), options.at("method"),    options.at("nm"), options.at("seed"),
                    options,         json.at("test_accuracy")};
    run.others.at("precision");
    for (const char* key : {"method", "nm", "seed", "lambda"}) run.others.erase(key);
    return run;
  } catch (const nlohmann::json::exception& problem) {
    throw InputError(problem.what(), "what nonzero train --run writes", {file, 0});
  }
}

bool is_of_the_claim(const TrainingRun& run) {
  return run.data.starts_with("digits:") || run.data.starts_with("idx:");
}

}  // namespace

std::optional<std::vector<TrainingRun>> training_runs() {
  const char* folder = std::getenv("NONZERO_RUNS");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  if (!fs::is_directory(folder))
    throw InputError(fmt::format("NONZERO_RUNS = '{}' is no folder", folder),
                     "the folder that train/measure.sh filled");
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (fs::exists(entry.path() / "result.json")) files.push_back((entry.path() / "result.json").string());
  std::sort(files.begin(), files.end());
  std::vector<TrainingRun> runs;
  runs.reserve(files.size());
  for (const std::string& file : files) runs.push_back(read_run(file));
  return runs;
}

std::optional<AccuracyLoss> accuracy_loss(const std::vector<TrainingRun>& runs, const std::string& method,
                                          const std::string& nm) {
  std::vector<double> losses;
  std::set<uint64_t> seeds;
  for (const TrainingRun& run : runs) {
    if (run.method != method || run.nm != nm || run.others.at("precision") != "fp32" || !is_of_the_claim(run))
      continue;
    const auto dense = std::find_if(runs.begin(), runs.end(), [&](const TrainingRun& other) {
      return other.method == "dense" && other.seed == run.seed && other.others == run.others;
    });
    if (dense == runs.end()) continue;
    losses.push_back(100 * (dense->test_accuracy - run.test_accuracy));
    seeds.insert(run.seed);
  }
  if (losses.empty()) return std::nullopt;
  AccuracyLoss loss{mean(losses), std::nullopt, losses.size(), seeds.size()};
  if (losses.size() < 2) return loss;
  double square = 0;
  for (const double one : losses) square += (one - loss.mean) * (one - loss.mean);
  const auto pairs = static_cast<double>(losses.size());
  loss.standard_error = std::sqrt(square / (pairs - 1) / pairs);
  return loss;
}

}  // namespace nonzero
