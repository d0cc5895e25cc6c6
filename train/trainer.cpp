#include "train/trainer.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>

#include "nonzero/base/error.h"
#include "nonzero/base/progress.h"
#include "nonzero/base/random.h"
#include "train/loss_scale.h"
#include "train/network.h"
#include "train/optimiser.h"
#include "train/step_export.h"

namespace nonzero::train {
namespace {

constexpr uint64_t kOrderStream = 2, kAugmentStream = 3;
constexpr uint64_t kTestBatch = 250;
constexpr std::chrono::seconds kCheckpointTime{60};

// Everything that a checkpoint must hold besides tensors.
struct Counters {
  uint64_t step = 0;  // steps done, skipped ones included
  uint64_t updates = 0;
  double loss_sum = 0;  // of the epoch so far, skipped steps left out
  uint64_t correct = 0, counted = 0;
  LossScale loss_scale;
};

struct Batch {
  Tensor images, labels;
};

// A share of nothing is no number, and none with a sign.
double share(double part, double whole) {
  return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

bool is_finite(const Tensor& tensor) { return torch::isfinite(tensor).all().item<bool>(); }

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
  void skip_step();
  [[nodiscard]] std::vector<Tensor> buffers() const;
  // After a step that ended well: export, test, checkpoint, as they are due.
  void after_step();
  [[noreturn]] void diverge(uint64_t step, const std::string& what);
  std::string first_non_finite(const Batch& batch);
  void test_epoch();
  void export_captured();
  void export_one_more();
  [[nodiscard]] nlohmann::json this_export() const;

  void restore();
  void require_finite();
  void save();
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
  bool dumped_ = false, save_due_ = false;
  std::vector<Tensor> buffers_before_;  // of a step that may have to be undone
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
  if (options.mixed()) counters_.loss_scale.scale = LossScale::kFirst;
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
  (loss_ * counters_.loss_scale.scale).backward();
  network_->capture(false);
}

void Trainer::step() {
  const uint64_t step = counters_.step;
  const Batch batch = training_batch(step);
  network_->refresh_masks(step % options_.mask_interval == 0);
  const uint64_t dump = options_.dump_step == 0 ? total_steps() : options_.dump_step;
  const bool dumping = !options_.export_folder.empty() && !dumped_ && step + 1 >= dump;
  if (options_.mixed()) buffers_before_ = buffers();
  forward_backward(batch, dumping);

  const auto loss = loss_.item<double>();
  const double scale = counters_.loss_scale.scale;
  if (!std::isfinite(loss) && scale <= 1) diverge(step, fmt::format("the loss is {}", loss));
  if (!std::isfinite(loss) || !optimiser_.overflowing().empty()) {
    if (!options_.mixed()) diverge(step, "a gradient is not finite");
    if (!counters_.loss_scale.overflowed())
      diverge(step,
              fmt::format("{} steps in a row overflowed, at loss scale {}", LossScale::kMostSkips, scale));
    skip_step();
  } else {
    dumped_ = dumped_ || dumping;
    finish_step(loss, batch);
    if (dumping) export_captured();
  }
  ++counters_.step;
}

// The running statistics of norms: the forward pass changes them, whatever its gradients turn out to be.
std::vector<Tensor> Trainer::buffers() const {
  std::vector<Tensor> copies;
  for (const Tensor& buffer : network_->buffers()) copies.push_back(buffer.clone());
  return copies;
}

void Trainer::skip_step() {
  const std::vector<Tensor> buffers = network_->buffers();
  for (size_t i = 0; i < buffers.size(); ++i) Tensor(buffers[i]).copy_(buffers_before_[i]);
}

void Trainer::finish_step(double loss, const Batch& batch) {
  ++counters_.updates;
  optimiser_.step(learning_rate_at(options_, counters_.step, total_steps()), counters_.loss_scale.scale,
                  counters_.updates);
  counters_.loss_sum += loss;
  counters_.correct += static_cast<uint64_t>(output_.argmax(1).eq(batch.labels).sum().item<int64_t>());
  ++counters_.counted;
  if (options_.mixed()) counters_.loss_scale.good_step();
}

// The first layer of the forward pass, else of the backward pass, that holds such a value.
std::string Trainer::first_non_finite(const Batch& batch) {
  forward_backward(batch, true);
  const auto bad = [](const Tensor& tensor) { return tensor.defined() && !is_finite(tensor); };
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

void Trainer::diverge(uint64_t step, const std::string& what) {
  const std::string where = first_non_finite(training_batch(step));
  std::string kept;
  if (folder_ != nullptr)
    kept = std::filesystem::exists(folder_->file(kCheckpointName))
               ? "; the last good checkpoint is kept in " + folder_->file(kCheckpointName)
               : "; no checkpoint had been made";
  throw Diverged(fmt::format("epoch {}, step {}: {}; the first layer with a value that is not finite: {}{}",
                             step / steps_per_epoch_ + 1, step % steps_per_epoch_ + 1, what, where, kept));
}

void Trainer::test_epoch() {
  double loss = 0;
  uint64_t correct = 0;
  const uint64_t count = data_.test.count();
  {
    network_->refresh_masks(false);
    network_->eval();
    const torch::NoGradGuard none;
    for (uint64_t first = 0; first < count; first += kTestBatch) {
      const uint64_t images = std::min(kTestBatch, count - first);
      const Batch batch = test_batch(first, images);
      const Tensor output = network_->forward(batch.images);
      loss += torch::cross_entropy_loss(output, batch.labels).item<double>() * static_cast<double>(images);
      correct += static_cast<uint64_t>(output.argmax(1).eq(batch.labels).sum().item<int64_t>());
    }
  }
  require_finite();
  const auto counted = static_cast<double>(counters_.counted), tests = static_cast<double>(count);
  if (!std::isfinite(loss)) diverge(counters_.step - 1, "the loss on the test images is not finite");
  history_.push_back(
      {counters_.step / steps_per_epoch_, counters_.step,
       learning_rate_at(options_, counters_.step - 1, total_steps()), share(counters_.loss_sum, counted),
       share(static_cast<double>(counters_.correct), counted * static_cast<double>(options_.batch)),
       loss / tests, static_cast<double>(correct) / tests, counters_.loss_scale.scale,
       counters_.loss_scale.skipped});
  counters_.loss_sum = 0;
  counters_.correct = counters_.counted = 0;
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

// A checkpoint that is not finite would be no way back.
void Trainer::require_finite() {
  for (const auto& [name, tensor] : saved_tensors())
    if (!is_finite(tensor)) diverge(counters_.step - 1, name + " is not finite");
}

// Names the dump that a training was asked for, so that one that goes on does not make it again.
nlohmann::json Trainer::this_export() const {
  return {options_.dump_step, std::filesystem::absolute(options_.export_folder).string()};
}

void Trainer::save() {
  if (counters_.step > 0) require_finite();
  Checkpoint checkpoint;
  const Counters& c = counters_;
  const LossScale& scale = c.loss_scale;
  checkpoint.header = {{"version", NONZERO_VERSION},
                       {"identity", identity(options_, data_.hash)},
                       {"threads", options_.threads},
                       {"step", c.step},
                       {"updates", c.updates},
                       {"loss_sum", c.loss_sum},
                       {"correct", c.correct},
                       {"counted", c.counted},
                       {"loss_scale", scale.scale},
                       {"good_steps", scale.good_steps},
                       {"skips_in_row", scale.skips_in_row},
                       {"skipped", scale.skipped},
                       {"history", to_json(history_)}};
  if (dumped_) checkpoint.header["exported"] = this_export();
  for (const auto& [name, tensor] : saved_tensors()) {
    Array array = to_array(tensor);
    checkpoint.tensors.push_back({name, std::move(array.shape), std::move(array.values)});
  }
  folder_->save(checkpoint);
  saved_at_ = std::chrono::steady_clock::now();
  save_due_ = false;
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
    const uint64_t step = header.at("step");
    counters_ = {
        step,
        header.at("updates"),
        header.at("loss_sum"),
        header.at("correct"),
        // Older checkpoints have no such entry: they counted every step.
        header.value("counted", step % steps_per_epoch_),
        {header.at("loss_scale"), header.at("good_steps"), header.at("skips_in_row"), header.at("skipped")}};
    history_ = history_of(header.at("history"));
    dumped_ = !options_.export_folder.empty() && header.contains("exported") &&
              header.at("exported") == this_export() &&
              std::filesystem::exists(std::filesystem::path(options_.export_folder) / "workload.json");
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

// Untrained, or resumed behind the dumped step: one more batch, without an update.
void Trainer::export_one_more() {
  if (options_.epochs > 0)
    hooks_.warn("the step to dump was over already: exporting one after the last update");
  network_->refresh_masks(counters_.step == 0);
  const Batch batch = training_batch(counters_.step);
  forward_backward(batch, true);
  for (; !optimiser_.overflowing().empty() && counters_.loss_scale.scale > 1; forward_backward(batch, true))
    counters_.loss_scale.scale /= 2;
  export_captured();
}

void Trainer::export_captured() {
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

// While steps are skipped no checkpoint replaces the last good one, unless the training ends.
void Trainer::after_step() {
  const uint64_t in_epoch = (counters_.step - 1) % steps_per_epoch_ + 1, done = counters_.step;
  if (in_epoch == steps_per_epoch_) test_epoch();
  if (folder_ == nullptr) return;
  const bool asked = options_.checkpoint_every != 0 && done % options_.checkpoint_every == 0;
  save_due_ = save_due_ || asked || in_epoch == steps_per_epoch_ ||
              std::chrono::steady_clock::now() - saved_at_ >= kCheckpointTime;
  if (save_due_ && (counters_.loss_scale.skips_in_row == 0 || done == total_steps())) save();
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
    const auto counted = static_cast<double>(counters_.counted);
    hooks_.progress(
        {(counters_.step - 1) / steps_per_epoch_ + 1, options_.epochs, in_epoch, steps_per_epoch_,
         share(counters_.loss_sum, counted),
         share(static_cast<double>(counters_.correct), counted * static_cast<double>(options_.batch)),
         counters_.step - begin, total_steps() - counters_.step});
    after_step();
    if (in_epoch == steps_per_epoch_) hooks_.epoch_end(history_.back(), history_);
  }
  if (!options_.export_folder.empty() && !dumped_) export_one_more();
  const std::vector<LayerShape> shapes = network_->shapes();
  return {history_, shapes, op_reduction(shapes, options_), begin};
}

}  // namespace

Trained train(const Options& options, const DataSet& data, const RunFolder* folder, const Hooks& hooks) {
  at::set_num_threads(options.threads);
  try {
    return Trainer(options, data, folder, hooks).run();
  } catch (const c10::Error& error) {
    throw std::runtime_error(error.what_without_backtrace());
  }
}

}  // namespace nonzero::train
