#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <new>

#include "nonzero/base/error.h"
#include "nonzero/base/progress.h"
#include "nonzero/base/suggest.h"
#include "nonzero/io/file.h"
#include "train/trainer.h"

namespace nonzero::train {
namespace {

constexpr int kOurFailure = 1, kBadInput = 2, kInterrupted = 130;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

const CLI::Validator kNotNegative(
    [](const std::string& value) {
      return value.rfind('-', 0) == 0 ? value + " is negative; allowed: 0 and more" : std::string();
    },
    "");

void add_options(CLI::App& app, Options& o, std::string& method, std::string& nm) {
  app.add_option("--method", method, "dense, srste, sdgp, bponly, transposable, bdwp")->capture_default_str();
  app.add_option("--nm", nm, "keep at most N of every M: N:M")->capture_default_str();
  app.add_option("--model", o.model, "smallconv, resnet9, resnet18, vgg19, vit, mlp")->capture_default_str();
  app.add_option("--width", o.width, "times the channels, to multiples of 16")->capture_default_str();
  app.add_option(
         "--data", o.data,
         "synth10, cifar10:DIR, cifar100:DIR, idx:DIR, idx:IMAGES,LABELS, digits:DIR, digits:TRAIN,TEST, "
         "npz:TRAIN,TEST")
      ->capture_default_str();
  app.add_option("--train-limit", o.train_limit, "the first images to train on")->check(kNotNegative);
  app.add_option("--test-limit", o.test_limit,
                 "images to test on: the first, or the last of a set in one part")
      ->check(kNotNegative);
  app.add_option("--epochs", o.epochs, "times through the training images")
      ->check(kNotNegative)
      ->capture_default_str();
  app.add_option("--batch", o.batch, "images per step")->check(kNotNegative)->capture_default_str();
  app.add_option("--optimiser", o.optimiser, "sgd, adamw")->capture_default_str();
  app.add_option("--lr", o.learning_rate, "learning rate (default 0.05, of adamw 0.001)")
      ->check(kNotNegative);
  app.add_option("--schedule", o.schedule, "cosine, constant")->capture_default_str();
  app.add_option("--momentum", o.momentum, "of sgd; the first beta of adamw")->capture_default_str();
  app.add_option("--weight-decay", o.weight_decay, "of every parameter")->capture_default_str();
  app.add_option("--lambda", o.lambda, "decay of masked weights (default 0, of srste 2e-4)")
      ->check(kNotNegative);
  app.add_option("--update", o.update, "all, kept_ff: only weights that took part")->capture_default_str();
  app.add_flag("--rescale", o.rescale, "sdgp: each map of dy keeps its sum of magnitudes");
  app.add_option("--mask-interval", o.mask_interval, "transposable: steps between searches")
      ->check(kNotNegative)
      ->capture_default_str();
  app.add_option("--exclude", o.exclude, "layers kept dense: none, first, or names")->capture_default_str();
  app.add_flag("--strict", o.strict, "refuse channels that M does not divide");
  app.add_option("--precision", o.precision, "fp32, mixed")->capture_default_str();
  app.add_option("--augment", o.augment, "crops and mirrors: auto (CIFAR), on, off")->capture_default_str();
  app.add_option("--seed", o.seed, "of weights, order and crops")->check(kNotNegative)->capture_default_str();
  app.add_option("--threads", o.threads, "threads; part of what makes a run repeatable")
      ->capture_default_str();
  app.add_option("--run", o.run_folder, "folder of checkpoints, log.csv and result.json");
  app.add_flag("--resume", o.resume, "go on with the training in --run");
  app.add_option("--checkpoint-every", o.checkpoint_every, "steps, besides each epoch's end and each minute")
      ->check(kNotNegative);
  app.add_option("--log", o.log_file, "the epochs as CSV");
  app.add_option("--export", o.export_folder, "folder for weights, masks and tensors of a step");
  app.add_option("--dump-step", o.dump_step, "the step to export (default: the last)")->check(kNotNegative);
  app.add_flag("--json", o.json, "the result as JSON");
}

void parse_nm(const std::string& text, Options& options) {
  const auto number = [&](const std::string& digits) -> int64_t {
    if (digits.empty() || digits.size() > 4 || digits.find_first_not_of("0123456789") != std::string::npos)
      throw InputError(fmt::format("--nm {}", text), "expected: N:M, for instance 2:8");
    return std::stoll(digits);
  };
  const size_t colon = text.find(':');
  options.n = number(text.substr(0, colon));
  options.m = number(colon == std::string::npos ? "" : text.substr(colon + 1));
}

// One line on a terminal that is written over and over; nothing elsewhere.
class Line {
 public:
  void show(const Hooks::Position& at) {
    if (!terminal_ || Clock::now() - shown_ < std::chrono::milliseconds(200)) return;
    shown_ = Clock::now();
    const std::chrono::duration<double> past = shown_ - begin_;
    const double left = past.count() / static_cast<double>(at.done) * static_cast<double>(at.left);
    fmt::print(stderr, "\repoch {}/{}  step {}/{}  loss {:.4f}  accuracy {:.3f}  {:.0f}:{:02.0f} left   \r",
               at.epoch, at.epochs, at.step, at.steps, at.loss, at.accuracy, std::floor(left / 60),
               std::fmod(left, 60));
  }
  void clear() const {
    if (terminal_) fmt::print(stderr, "\r\x1b[K");
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  Clock::time_point begin_ = Clock::now(), shown_{};
};

nlohmann::ordered_json result_json(const Options& options, const DataSet& data, const Trained& trained,
                                   double seconds) {
  nlohmann::ordered_json result = {{"schema", "nonzero.training/1"}, {"version", NONZERO_VERSION}};
  result["data"] = options.data;
  result["options"] = identity(options, data.hash);
  result["threads"] = options.threads;
  result["train_images"] = data.train.count();
  result["test_images"] = data.test.count();
  result["op_reduction"] = trained.op_reduction;
  result["test_accuracy"] = nullptr;
  if (!trained.history.empty()) result["test_accuracy"] = trained.history.back().test_accuracy;
  result["resumed_at_step"] = trained.resumed_at;
  result["wall_seconds"] = seconds;
  result["epochs"] = to_json(trained.history);
  return result;
}

void print_epoch(const EpochRecord& r) {
  fmt::print("epoch {:>3}  loss {:.4f}  train {:.2f} %  test {:.2f} %  learning rate {:.5f}{}\n", r.epoch,
             r.loss, 100 * r.train_accuracy, 100 * r.test_accuracy, r.learning_rate,
             r.skipped > 0 ? fmt::format("  {} steps skipped", r.skipped) : "");
  std::fflush(stdout);
}

// Hours of training must not end at a place that cannot be written to.
void try_to_write(const char* option, const fs::path& folder) {
  const std::string probe = (folder / fmt::format(".nonzero.{}.part", ::getpid())).string();
  const int file = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0)
    throw InputError(fmt::format("{}: nothing can be written there: {}", option, std::strerror(errno)), "",
                     {folder.string(), 0});
  ::close(file);
  ::unlink(probe.c_str());
}

void try_outputs(const Options& options) {
  if (!options.export_folder.empty()) {
    std::error_code error;
    fs::create_directories(options.export_folder, error);
    if (!fs::is_directory(options.export_folder))
      throw InputError("--export: is no folder and cannot be made one", error.message(),
                       {options.export_folder, 0});
    try_to_write("--export", options.export_folder);
  }
  if (options.log_file.empty()) return;
  if (fs::is_directory(options.log_file))
    throw InputError("--log: is a folder", "expected: a file", {options.log_file, 0});
  // A pipe or a terminal is written to as it is.
  if (fs::exists(options.log_file) && !fs::is_regular_file(options.log_file)) return;
  const fs::path folder = fs::path(options.log_file).parent_path();
  try_to_write("--log", folder.empty() ? fs::path(".") : folder);
}

void run(Options& options) {
  complete(options);
  try_outputs(options);
  const auto begin = Clock::now();
  const DataSet data = load_data(options.data, options.train_limit, options.test_limit);
  std::unique_ptr<RunFolder> folder;
  if (!options.run_folder.empty()) folder = std::make_unique<RunFolder>(options.run_folder);
  Line line;
  Hooks hooks;
  hooks.progress = [&](const Hooks::Position& at) { line.show(at); };
  hooks.warn = [&](const std::string& text) {
    line.clear();
    fmt::print(stderr, "nonzero train: warning: {}\n", text);
  };
  const auto write_log = [&](const std::vector<EpochRecord>& history) {
    const std::string csv = history_csv(history);
    if (!options.log_file.empty()) write_atomically(options.log_file, csv);
    if (folder) folder->write("log.csv", csv);
  };
  hooks.epoch_end = [&](const EpochRecord& record, const std::vector<EpochRecord>& history) {
    line.clear();
    if (!options.json) print_epoch(record);
    write_log(history);
  };
  const Trained trained = train(options, data, folder.get(), hooks);
  line.clear();
  // A training killed between its last checkpoint and its log has no epoch left that would write it.
  if (trained.resumed_at > 0) write_log(trained.history);
  const std::chrono::duration<double> took = Clock::now() - begin;
  const std::string result = result_json(options, data, trained, took.count()).dump();
  if (folder) folder->write("result.json", result + "\n");
  if (options.json) {
    fmt::print("{}\n", result);
    return;
  }
  fmt::print("{} {}:{} on {}: {} images, {} to test; {:.1f} % of the training operations saved; {:.1f} s\n",
             name(options.method), options.n, options.m, data.name, data.train.count(), data.test.count(),
             100 * trained.op_reduction, took.count());
  if (!options.export_folder.empty()) fmt::print("The step is in {}\n", options.export_folder);
}

int report(const std::string& text, int status) {
  std::fflush(stdout);
  fmt::print(stderr, "nonzero train: {}\n", text);
  return status;
}

// CLI11 names the word it does not know; we add the nearest that it does.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  std::string text = error.what();
  for (const std::string& word : app.remaining()) text += did_you_mean(word.substr(0, word.find('=')), names);
  return text;
}

int parse_and_run(int argc, char** argv) {
  CLI::App app("Trains a network with N:M-sparse weights (BDWP and the methods it is compared with).",
               "nonzero train");
  Options options;
  std::string method = "bdwp", nm = "2:8";
  add_options(app, options, method, nm);
  app.footer(
      "Examples:\n"
      "  nonzero train --model smallconv --data synth10\n"
      "  nonzero train --method bdwp --nm 2:8 --model resnet9 --width 0.25 --epochs 2 --export step\n"
      "  nonzero train --method srste --data idx:mnist --model smallconv --run runs/a --resume");
  const auto stop = [](int) { Progress::request_stop(); };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
  try {
    app.parse(argc, argv);
    options.method = pruning_method(method);
    parse_nm(nm, options);
    run(options);
    return std::fflush(stdout) == 0 ? 0 : report("standard output cannot be written", kOurFailure);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error) : report(explain(app, error), kBadInput);
  } catch (const InputError& error) {
    return report(error.what(), kBadInput);
  } catch (const Interrupted&) {
    return report(options.run_folder.empty() ? "interrupted" : "interrupted; --resume goes on from here",
                  kInterrupted);
  } catch (const std::bad_alloc&) {
    return report("out of memory", kOurFailure);
  } catch (const std::exception& error) {
    return report(error.what(), kOurFailure);
  }
}

}  // namespace
}  // namespace nonzero::train

int main(int argc, char** argv) { return nonzero::train::parse_and_run(argc, argv); }
