#include "train/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cmath>

#include "nonzero/base/error.h"
#include "nonzero/base/suggest.h"

namespace nonzero::train {
namespace {

void require_choice(const std::string& what, const std::string& value, const std::vector<std::string>& all) {
  for (const std::string& choice : all)
    if (value == choice) return;
  throw InputError(fmt::format("unknown {} '{}'{}", what, value, did_you_mean(value, all)),
                   fmt::format("allowed: {}", fmt::join(all, ", ")));
}

void require(bool good, const std::string& what, double value, const std::string& allowed) {
  if (!good || !std::isfinite(value))
    throw InputError(fmt::format("{} {}", what, value), "allowed: " + allowed);
}

void check_nm(const Options& options) {
  const auto n = static_cast<double>(options.n), m = static_cast<double>(options.m);
  require(options.m >= 1 && options.m <= 32 && std::has_single_bit(static_cast<uint64_t>(options.m)), "M of",
          m, "a power of two up to 32");
  require(options.n >= 1 && options.n <= options.m, "N of", n, fmt::format("1 to M = {}", options.m));
}

}  // namespace

std::vector<std::string> model_names() { return {"smallconv", "resnet9", "resnet18", "vgg19", "vit", "mlp"}; }

void complete(Options& options) {
  check_nm(options);
  require_choice("model", options.model, model_names());
  require_choice("optimiser", options.optimiser, {"sgd", "adamw"});
  require_choice("schedule", options.schedule, {"cosine", "constant"});
  require_choice("update rule", options.update, {"all", "kept_ff"});
  require_choice("precision", options.precision, {"fp32", "mixed"});
  require_choice("augmentation", options.augment, {"auto", "on", "off"});
  if (options.learning_rate < 0) options.learning_rate = options.optimiser == "sgd" ? 0.05 : 0.001;
  if (options.lambda < 0) options.lambda = options.method == Method::kSrste ? 2e-4 : 0;
  require(options.width > 0 && options.width <= 16, "width", options.width, "above 0, up to 16");
  require(options.batch >= 1 && options.batch <= 65536, "batch", static_cast<double>(options.batch),
          "1 to 65536");
  require(options.epochs <= 1000000, "epochs", static_cast<double>(options.epochs), "0 to 1000000");
  require(options.learning_rate <= 1e6, "learning rate", options.learning_rate, "0 to 1e6");
  require(options.momentum >= 0 && options.momentum < 1, "momentum", options.momentum,
          "0 up to, not including, 1");
  require(options.weight_decay >= 0, "weight decay", options.weight_decay, "0 and more");
  require(options.lambda <= 1e6, "lambda", options.lambda, "0 to 1e6");
  require(options.mask_interval >= 1, "mask interval", static_cast<double>(options.mask_interval),
          "1 and more");
  require(options.threads >= 1 && options.threads <= 1024, "threads", options.threads, "1 to 1024");
  if (options.resume && options.run_folder.empty()) throw InputError("--resume without --run", "give both");
  if (options.rescale && !options.export_folder.empty())
    throw InputError("--rescale with --export", "an exported step cannot say that its dy was rescaled");
  if (options.dump_step != 0 && options.export_folder.empty())
    throw InputError("--dump-step without --export", "give both");
  if (options.epochs == 0 && options.export_folder.empty())
    throw InputError("0 epochs and no --export",
                     "allowed: 1 and more, or an export of the untrained network");
}

nlohmann::json identity(const Options& o, const std::string& data_hash) {
  return {{"method", name(o.method)},
          {"nm", fmt::format("{}:{}", o.n, o.m)},
          {"model", o.model},
          {"width", o.width},
          {"data_hash", data_hash},
          {"train_limit", o.train_limit},
          {"test_limit", o.test_limit},
          {"epochs", o.epochs},
          {"batch", o.batch},
          {"optimiser", o.optimiser},
          {"learning_rate", o.learning_rate},
          {"momentum", o.momentum},
          {"weight_decay", o.weight_decay},
          {"schedule", o.schedule},
          {"lambda", o.lambda},
          {"update", o.update},
          {"rescale", o.rescale},
          {"mask_interval", o.mask_interval},
          {"exclude", o.exclude},
          {"precision", o.precision},
          {"augment", o.augment},
          {"seed", o.seed}};
}

void require_same(const nlohmann::json& ours, const nlohmann::json& stored, const std::string& file) {
  // The model first: it is what a user most often mixes up.
  std::vector<std::string> keys = {"model", "width", "method", "nm"};
  for (const auto& [key, value] : ours.items()) keys.push_back(key);
  for (const std::string& key : keys) {
    const std::string found = stored.contains(key) ? stored.at(key).dump() : "nothing";
    if (found != ours.at(key).dump())
      throw InputError(fmt::format("a checkpoint of another training: its {} is {}", key, found),
                       fmt::format("this one's: {}", ours.at(key).dump()), {file, 0});
  }
}

}  // namespace nonzero::train
