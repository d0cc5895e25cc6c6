#include "train/trainer.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <memory>

#include "nonzero/base/error.h"
#include "nonzero/base/progress.h"
#include "nonzero/base/random.h"
#include "train/network.h"
#include "train/optimiser.h"
#include "train/step_export.h"

namespace nonzero::train {
namespace {

constexpr uint64_t kOrderStream = 2, kAugmentStream = 3;
constexpr double kFirstLossScale = 65536;
constexpr uint64_t kGoodStepsToDouble = 2000, kMostSkips = 50;
constexpr uint64_t kTestBatch = 250;
constexpr std::chrono::seconds kCheckpointTime{60};

// Everything that a checkpoint must hold besides tensors.
struct Counters {
  uint64_t step = 0;  // steps done, skipped ones included
  uint64_t updates = 0;
  double loss_sum = 0;  // of the epoch so far
  uint64_t correct = 0;
  double loss_scale = 1;
  uint64_t good_steps = 0, skips_in_row = 0, skipped = 0;
};

struct Batch {
  Tensor images, labels;
};

Array to_array(const Tensor& tensor) {
  if (!tensor.defined()) return {};
  const Tensor plain = tensor.detach().contiguous();
  const auto* values = plain.data_ptr<float>();
  return {plain.sizes().vec(), {values, values + plain.numel()}};
}

void copy_values(const Checkpoint::Tensor& from, Tensor& to) {
  const torch::NoGradGuard none;
  to.copy_(torch::from_blob(const_cast<float*>(from.values.data()), from.shape, torch::kFloat));
}

class Trainer {
 public:
  Trainer(const Options& options, const DataSet& data, const RunFolder* folder, const Hooks& hooks);
  Trained run();

 private:
  [[nodiscard]] uint64_t total_steps() const { return steps_per_epoch_ * options_.epochs; }
  Batch training_batch(uint64_t step);
  [[nodiscard]] Batch test_batch(uint64_t first, uint64_t count) const;
  void step();
  void forward_backward(const Batch& batch, bool capturing);
  void finish_step(double loss, const Batch& batch);
  void skip_step(double loss);
  [[noreturn]] void diverge(const Batch& batch, const std::string& what);
  std::string first_non_finite(const Batch& batch);
  void end_epoch();
  void export_dumped();

  void restore();
  void save() const;
  [[nodiscard]] std::vector<std::pair<std::string, Tensor>> saved_tensors() const;

  const Options& options_;
  const DataSet& data_;
  const RunFolder* folder_;
  const Hooks& hooks_;
  uint64_t steps_per_epoch_;
  std::shared_ptr<Network> network_;
  Optimiser optimiser_;
  Counters counters_;
  std::vector<EpochRecord> history_;
  std::vector<uint64_t> order_;  // of the epoch's images
  uint64_t order_epoch_ = ~uint64_t{0};
  bool augment_;
  bool dumped_ = false;
  Tensor loss_, output_;
  std::chrono::steady_clock::time_point saved_at_ = std::chrono::steady_clock::now();
};

ImageSize size_of(const Images& images) {
  return {static_cast<int64_t>(images.channels), static_cast<int64_t>(images.height),
          static_cast<int64_t>(images.width)};
}

Trainer::Trainer(const Options& options, const DataSet& data, const RunFolder* folder, const Hooks& hooks)
    : options_(options),
      data_(data),
      folder_(folder),
      hooks_(hooks),
      steps_per_epoch_(data.train.count() / options.batch),
      network_(build_network(options, size_of(data.train), static_cast<int64_t>(data.classes))),
      optimiser_(*network_, options),
      augment_(options.augment == "on" || (options.augment == "auto" && data.colour_photos)) {
  if (steps_per_epoch_ == 0)
    throw InputError(fmt::format("batches of {} images", options.batch),
                     fmt::format("the training part has {}", data.train.count()));
  if (options.dump_step > total_steps())
    throw InputError(fmt::format("--dump-step {}", options.dump_step),
                     fmt::format("the training has {} steps", total_steps()));
  if (options.mixed()) counters_.loss_scale = kFirstLossScale;
  for (const std::string& warning : network_->warnings) hooks.warn(warning);
}

// The images left over at the end of an epoch are other ones in each epoch, as its order is.
Batch Trainer::training_batch(uint64_t step) {
  const uint64_t epoch = step / steps_per_epoch_, at = step % steps_per_epoch_ * options_.batch;
  if (order_epoch_ != epoch) {
    order_ = shuffled(data_.train.count(), derive_seed(derive_seed(options_.seed, kOrderStream), epoch));
    order_epoch_ = epoch;
  }
  const Images& part = data_.train;
  const auto count = static_cast<int64_t>(options_.batch);
  const ImageSize size = size_of(part);
  Batch batch{torch::empty({count, size.channels, size.height, size.width}),
              torch::empty({count}, torch::kLong)};
  fill_batch(data_, part, order_.data() + at, options_.batch, augment_,
             derive_seed(derive_seed(options_.seed, kAugmentStream), step), batch.images.data_ptr<float>(),
             batch.labels.data_ptr<int64_t>());
  return batch;
}

Batch Trainer::test_batch(uint64_t first, uint64_t count) const {
  const ImageSize size = size_of(data_.test);
  const auto images = static_cast<int64_t>(count);
  Batch batch{torch::empty({images, size.channels, size.height, size.width}),
              torch::empty({images}, torch::kLong)};
  std::vector<uint64_t> order(count);
  for (uint64_t i = 0; i < count; ++i) order[i] = first + i;
  fill_batch(data_, data_.test, order.data(), count, false, 0, batch.images.data_ptr<float>(),
             batch.labels.data_ptr<int64_t>());
  return batch;
}

void Trainer::forward_backward(const Batch& batch, bool capturing) {
  network_->train();
  network_->capture(capturing);
  optimiser_.clear_gradients();
  output_ = network_->forward(batch.images);
  loss_ = torch::cross_entropy_loss(output_, batch.labels);
  (loss_ * counters_.loss_scale).backward();
  network_->capture(false);
}

void Trainer::step() {
  const uint64_t step = counters_.step;
  const Batch batch = training_batch(step);
  network_->refresh_masks(step % options_.mask_interval == 0);
  const uint64_t dump = options_.dump_step == 0 ? total_steps() : options_.dump_step;
  const bool dumping = !options_.export_folder.empty() && !dumped_ && step + 1 >= dump;
  forward_backward(batch, dumping);

  const auto loss = loss_.item<double>();
  if (!std::isfinite(loss) && counters_.loss_scale <= 1) diverge(batch, fmt::format("the loss is {}", loss));
  if (!std::isfinite(loss) || !optimiser_.overflowing().empty()) {
    if (!options_.mixed()) diverge(batch, "a gradient is not finite");
    if (++counters_.skips_in_row >= kMostSkips)
      diverge(batch, fmt::format("{} steps in a row overflowed, at loss scale {}", kMostSkips,
                                 counters_.loss_scale));
    skip_step(loss);
  } else {
    dumped_ = dumped_ || dumping;
    finish_step(loss, batch);
  }
  ++counters_.step;
}

void Trainer::skip_step(double loss) {
  counters_.loss_scale /= 2;
  counters_.good_steps = 0;
  ++counters_.skipped;
  if (std::isfinite(loss)) counters_.loss_sum += loss;
}

void Trainer::finish_step(double loss, const Batch& batch) {
  ++counters_.updates;
  optimiser_.step(learning_rate_at(options_, counters_.step, total_steps()), counters_.loss_scale,
                  counters_.updates);
  counters_.loss_sum += loss;
  counters_.correct += static_cast<uint64_t>(output_.argmax(1).eq(batch.labels).sum().item<int64_t>());
  counters_.skips_in_row = 0;
  if (options_.mixed() && ++counters_.good_steps == kGoodStepsToDouble) {
    counters_.loss_scale *= 2;
    counters_.good_steps = 0;
  }
}

// The first layer of the forward pass, else of the backward pass, that holds such a value.
std::string Trainer::first_non_finite(const Batch& batch) {
  forward_backward(batch, true);
  const auto bad = [](const Tensor& tensor) {
    return tensor.defined() && !torch::isfinite(tensor).all().item<bool>();
  };
  const auto& entries = network_->entries;
  for (const Network::Entry& entry : entries) {
    if (!entry.layer) continue;
    const LayerState& state = entry.layer->state();
    if (bad(state.weight) || bad(state.x) || bad(state.y)) return entry.shape.name;
  }
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!entry->layer) continue;
    const LayerState& state = entry->layer->state();
    if (bad(state.dy) || bad(state.dx) || bad(state.dw)) return entry->shape.name + " (backward)";
  }
  const std::string parameter = optimiser_.overflowing();
  return parameter.empty() ? "the loss itself" : parameter;
}

void Trainer::diverge(const Batch& batch, const std::string& what) {
  const std::string where = first_non_finite(batch);
  throw Diverged(fmt::format("epoch {}, step {}: {}; the first layer with a value that is not finite: {}{}",
                             counters_.step / steps_per_epoch_ + 1, counters_.step % steps_per_epoch_ + 1,
                             what, where, folder_ != nullptr ? "; the last good checkpoint is kept" : ""));
}

void Trainer::end_epoch() {
  network_->refresh_masks(false);
  network_->eval();
  const torch::NoGradGuard none;
  double loss = 0;
  uint64_t correct = 0;
  const uint64_t count = data_.test.count();
  for (uint64_t first = 0; first < count; first += kTestBatch) {
    const uint64_t images = std::min(kTestBatch, count - first);
    const Batch batch = test_batch(first, images);
    const Tensor output = network_->forward(batch.images);
    loss += torch::cross_entropy_loss(output, batch.labels).item<double>() * static_cast<double>(images);
    correct += static_cast<uint64_t>(output.argmax(1).eq(batch.labels).sum().item<int64_t>());
  }
  const auto steps = static_cast<double>(steps_per_epoch_), tests = static_cast<double>(count);
  history_.push_back(
      {counters_.step / steps_per_epoch_, counters_.step,
       learning_rate_at(options_, counters_.step - 1, total_steps()), counters_.loss_sum / steps,
       static_cast<double>(counters_.correct) / (steps * static_cast<double>(options_.batch)), loss / tests,
       static_cast<double>(correct) / tests, counters_.loss_scale, counters_.skipped});
  counters_.loss_sum = 0;
  counters_.correct = 0;
  hooks_.epoch_end(history_.back(), history_);
}

// Parameters, running statistics, the optimiser's state and masks that live for more than one step.
std::vector<std::pair<std::string, Tensor>> Trainer::saved_tensors() const {
  std::vector<std::pair<std::string, Tensor>> all;
  for (const Optimiser::Parameter& p : optimiser_.parameters) {
    all.emplace_back(p.name, p.value);
    all.emplace_back(p.name + ".momentum", p.momentum);
    if (p.square.defined()) all.emplace_back(p.name + ".square", p.square);
  }
  for (const auto& buffer : network_->named_buffers())
    if (buffer.value().scalar_type() == torch::kFloat) all.emplace_back(buffer.key(), buffer.value());
  if (options_.method != Method::kTransposable) return all;
  for (const Network::Entry& entry : network_->entries)
    if (entry.layer && entry.shape.sparse) {
      LayerState& state = entry.layer->state();
      if (!state.mask_ff.defined()) state.mask_ff = state.mask_bp = torch::ones_like(entry.layer->weight);
      all.emplace_back(entry.shape.name + ".mask", state.mask_ff);
    }
  return all;
}

void Trainer::save() const {
  Checkpoint checkpoint;
  const Counters& c = counters_;
  checkpoint.header = {{"version", NONZERO_VERSION},  {"identity", identity(options_, data_.hash)},
                       {"threads", options_.threads}, {"step", c.step},
                       {"updates", c.updates},        {"loss_sum", c.loss_sum},
                       {"correct", c.correct},        {"loss_scale", c.loss_scale},
                       {"good_steps", c.good_steps},  {"skips_in_row", c.skips_in_row},
                       {"skipped", c.skipped},        {"history", to_json(history_)}};
  for (const auto& [name, tensor] : saved_tensors()) {
    Array array = to_array(tensor);
    checkpoint.tensors.push_back({name, std::move(array.shape), std::move(array.values)});
  }
  folder_->save(checkpoint);
}

void Trainer::restore() {
  std::vector<std::string> warnings;
  const std::optional<Checkpoint> found = folder_->load(warnings);
  for (const std::string& warning : warnings) hooks_.warn(warning);
  if (!found) return;
  const std::string file = folder_->file(kCheckpointName);
  if (!options_.resume)
    throw InputError("the folder already holds a training",
                     "give --resume to go on with it, or another --run", {file, 0});
  const nlohmann::json& header = found->header;
  try {
    require_same(identity(options_, data_.hash), header.at("identity"), file);
    if (header.at("threads") != options_.threads)
      hooks_.warn(
          fmt::format("the checkpoint was made with {} threads: from here on the numbers may differ in "
                      "their last bits",
                      header.at("threads").get<int>()));
    counters_ = {header.at("step"),         header.at("updates"),    header.at("loss_sum"),
                 header.at("correct"),      header.at("loss_scale"), header.at("good_steps"),
                 header.at("skips_in_row"), header.at("skipped")};
    history_ = history_of(header.at("history"));
  } catch (const nlohmann::json::exception& error) {
    throw InputError(fmt::format("the checkpoint's header is damaged: {}", error.what()), "", {file, 0});
  }
  auto tensors = saved_tensors();
  if (tensors.size() != found->tensors.size())
    throw InputError(fmt::format("a checkpoint of {} tensors", found->tensors.size()),
                     fmt::format("this network's: {}", tensors.size()), {file, 0});
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Checkpoint::Tensor& stored = found->tensors[i];
    if (stored.name != tensors[i].first || stored.shape != tensors[i].second.sizes().vec())
      throw InputError(fmt::format("tensor {} is '{}'", i, stored.name),
                       fmt::format("this network's: '{}'", tensors[i].first), {file, 0});
    copy_values(stored, tensors[i].second);
  }
}

void Trainer::export_dumped() {
  if (options_.export_folder.empty()) return;
  if (!dumped_) {
    // Untrained, or resumed behind the dumped step: one more batch, without an update.
    if (options_.epochs > 0)
      hooks_.warn("the step to dump was over already: exporting one after the last update");
    network_->refresh_masks(counters_.step == 0);
    const Batch batch = training_batch(counters_.step);
    forward_backward(batch, true);
    for (; !optimiser_.overflowing().empty() && counters_.loss_scale > 1; forward_backward(batch, true))
      counters_.loss_scale /= 2;
  }
  std::vector<LayerStep> layers;
  for (const Network::Entry& entry : network_->entries) {
    LayerStep step{entry.shape, {}, {}, {}, {}, {}, {}, {}, {}};
    if (entry.layer) {
      const LayerState& s = entry.layer->state();
      step = {entry.shape,   to_array(s.weight), to_array(s.used_mask_ff), to_array(s.used_mask_bp),
              to_array(s.x), to_array(s.y),      to_array(s.dy),           to_array(s.dx),
              to_array(s.dw)};
    }
    layers.push_back(std::move(step));
  }
  export_step(options_.export_folder, layers, options_);
}

Trained Trainer::run() {
  if (folder_ != nullptr) restore();
  const uint64_t begin = counters_.step;
  while (counters_.step < total_steps()) {
    try {
      Progress::throw_if_stopped();
    } catch (const Interrupted&) {
      if (folder_ != nullptr) save();
      throw;
    }
    step();
    const uint64_t in_epoch = (counters_.step - 1) % steps_per_epoch_ + 1;
    const auto seen = static_cast<double>(in_epoch);
    hooks_.progress({(counters_.step - 1) / steps_per_epoch_ + 1, options_.epochs, in_epoch, steps_per_epoch_,
                     counters_.loss_sum / seen,
                     static_cast<double>(counters_.correct) / (seen * static_cast<double>(options_.batch)),
                     counters_.step - begin, total_steps() - counters_.step});
    if (in_epoch == steps_per_epoch_) end_epoch();
    const auto now = std::chrono::steady_clock::now();
    const bool asked = options_.checkpoint_every != 0 && counters_.step % options_.checkpoint_every == 0;
    if (folder_ != nullptr && (asked || in_epoch == steps_per_epoch_ || now - saved_at_ >= kCheckpointTime)) {
      save();
      saved_at_ = now;
    }
  }
  export_dumped();
  const std::vector<LayerShape> shapes = network_->shapes();
  return {history_, shapes, op_reduction(shapes, options_), begin};
}

}  // namespace

Trained train(const Options& options, const DataSet& data, const RunFolder* folder, const Hooks& hooks) {
  at::set_num_threads(options.threads);
  return Trainer(options, data, folder, hooks).run();
}

}  // namespace nonzero::train
