#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nonzero/tensor/pruning_method.h"

// Everything a training is asked for. The headers of this folder that the libtorch part includes
// are C++17, as Debian's libtorch is.

namespace nonzero::train {

using Method = PruningMethod;

std::vector<std::string> model_names();

struct Options {
  Method method = Method::kBdwp;
  int64_t n = 2, m = 8;  // at most n of every m weights are kept
  std::string model = "resnet9";
  double width = 1;  // multiplies channel counts
  std::string data = "synth10";
  uint64_t train_limit = 0, test_limit = 0;  // 0: all
  uint64_t epochs = 8, batch = 50;
  std::string optimiser = "sgd";  // sgd, adamw
  double learning_rate = -1;      // negative: 0.05 for sgd, 0.001 for adamw
  double momentum = 0.9, weight_decay = 5e-4;
  std::string schedule = "cosine";  // cosine, constant
  double lambda = -1;               // decay of masked weights; negative: 2e-4 for srste, else 0
  std::string update = "all";       // all, kept_ff
  bool rescale = false;             // sdgp keeps sum|dy| of each map
  uint64_t mask_interval = 100;     // steps between two searches of transposable masks
  std::string exclude = "first,classifier";
  bool strict = false;             // refuse channels that M does not divide
  std::string precision = "fp32";  // fp32, mixed
  std::string augment = "auto";    // auto (CIFAR only), on, off
  uint64_t seed = 1;
  int threads = 1;
  std::string run_folder;  // "" : no checkpoints
  bool resume = false;
  uint64_t checkpoint_every = 0;  // steps; 0: by epoch and by time
  std::string log_file, export_folder;
  uint64_t dump_step = 0;  // 0: the last one
  bool json = false;

  [[nodiscard]] bool mixed() const { return precision == "mixed"; }
};

// Fills in the defaults that depend on other options; throws InputError on values out of range.
void complete(Options& options);

// What decides the numbers of a training, as it stands in a checkpoint: two trainings with the same
// identity (and threads and binary) are the same to the bit.
nlohmann::json identity(const Options& options, const std::string& data_hash);

// Throws InputError naming the first entry in which they differ.
void require_same(const nlohmann::json& ours, const nlohmann::json& stored, const std::string& file);

}  // namespace nonzero::train
