#include "nonzero/codesign/network_flip.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nonzero/base/error.h"
#include "nonzero/base/parallel.h"
#include "nonzero/base/random.h"

namespace nonzero {
namespace {

constexpr double kPoints = 100;

}  // namespace

NetworkFlips::NetworkFlips(const IntegerNetwork& network, uint32_t group, FlipMode mode)
    : group_(group), mode_(mode), layers_(network.layers.size()) {
  for (auto& settings : layers_) settings.resize(kMostZeroColumns + 1);
  parallel_for(layers_.size() * (kMostZeroColumns + 1), [&](uint64_t job) {
    const IntegerLayer& layer = network.layers[job / (kMostZeroColumns + 1)];
    const auto z = static_cast<uint32_t>(job % (kMostZeroColumns + 1));
    Flipped& flipped = layers_[job / (kMostZeroColumns + 1)][z];
    GroupedWeights grouped = grouped_weights(layer, group);
    flipped.report = flip(grouped, z, mode);
    flipped.statistics = bit_column_statistics(grouped);
    flipped.weights = weight_order(grouped);
  });
}

double NetworkFlips::compressed_bytes(uint64_t layer, uint32_t z) const {
  return static_cast<double>(statistics(layer, z).compressed_bits) / 8;
}

IntegerNetwork flipped_network(const IntegerNetwork& network, const NetworkFlips& flips,
                               std::span<const uint32_t> z) {
  if (z.size() != network.layers.size())
    throw InputError(fmt::format("{} numbers of zero columns", z.size()),
                     fmt::format("expected: {}, one per layer", network.layers.size()));
  IntegerNetwork flipped = network;
  for (uint64_t layer = 0; layer < z.size(); ++layer)
    flipped.layers[layer].weights = flips.weights(layer, z[layer]);
  return flipped;
}

std::vector<ProxyLoss::Errors> proxy_errors(const NetworkFlips& flips) {
  std::vector<ProxyLoss::Errors> errors(flips.layers());
  for (uint64_t layer = 0; layer < errors.size(); ++layer)
    for (uint32_t z = 0; z <= kMostSearchedZeroColumns; ++z)
      errors[layer][z] = flips.report(layer, z).relative_error();
  return errors;
}

double Accuracy::share() const {
  return images == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(images);
}

double Accuracy::standard_error() const {
  return images == 0 ? 0 : std::sqrt(share() * (1 - share()) / static_cast<double>(images));
}

Accuracy accuracy(std::span<const int8_t> logits, std::span<const uint32_t> labels, uint64_t classes) {
  const std::vector<uint32_t> answers = labels_of(logits, classes);
  if (answers.size() != labels.size())
    throw InputError(fmt::format("{} labels", labels.size()), fmt::format("expected: {}", answers.size()));
  Accuracy measured{0, answers.size()};
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= classes)
      throw InputError(fmt::format("label {} of image {}", labels[i], i),
                       fmt::format("allowed: 0 to {}, the network's classes", classes - 1));
    measured.correct += answers[i] == labels[i];
  }
  return measured;
}

double sqnr_db(std::span<const int8_t> before, std::span<const int8_t> after,
               const Quantisation& quantisation) {
  uint64_t signal = 0, noise = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    const int64_t value = before[i] - int64_t{quantisation.zero_point},
                  change = before[i] - int64_t{after[i]};
    signal += static_cast<uint64_t>(value * value);
    noise += static_cast<uint64_t>(change * change);
  }
  if (noise == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(static_cast<double>(signal) / static_cast<double>(noise));
}

std::vector<int8_t> gaussian_codes(uint64_t images, uint64_t elements, uint64_t seed) {
  constexpr double kMiddle = -0.5, kDeviation = 255.0 / 4;
  Random random(seed);
  std::vector<int8_t> codes(images * elements);
  for (int8_t& code : codes)
    code = static_cast<int8_t>(
        std::clamp(std::nearbyint(kMiddle + kDeviation * random.normal()), -128.0, 127.0));
  return codes;
}

MeasuredLoss::MeasuredLoss(CachedInference& inference, std::span<const uint32_t> labels,
                           const NetworkFlips& flips, const Progress* progress)
    : inference_(inference),
      labels_(labels),
      flips_(flips),
      progress_(progress),
      classes_(inference.network().logits().elements),
      z_(flips.layers(), 0),
      unflipped_(accuracy(inference.logits(), labels, classes_)) {}

Accuracy MeasuredLoss::current() const { return accuracy(inference_.logits(), labels_, classes_); }

double MeasuredLoss::loss_of(std::span<const int8_t> logits) const {
  return kPoints * (unflipped_.share() - accuracy(logits, labels_, classes_).share());
}

void MeasuredLoss::move_to(std::span<const uint32_t> z) {
  for (uint64_t layer = 0; layer < z_.size(); ++layer) {
    if (z_[layer] == z[layer]) continue;
    inference_.set_weights(layer, flips_.weights(layer, z[layer]));
    z_[layer] = z[layer];
  }
}

double MeasuredLoss::total(std::span<const uint32_t> z) {
  move_to(z);
  return loss_of(inference_.logits());
}

std::vector<double> MeasuredLoss::raised(std::span<const uint32_t> z, std::span<const uint32_t> layers) {
  move_to(z);
  ++rounds_;
  std::vector<double> totals;
  totals.reserve(layers.size());
  for (const uint32_t layer : layers) {
    if (progress_ != nullptr)
      progress_->step(fmt::format("search, round {}", rounds_), totals.size(), layers.size());
    totals.push_back(loss_of(inference_.logits_with(layer, flips_.weights(layer, z[layer] + 1))));
  }
  return totals;
}

std::vector<LayerPoint> layer_curves(const CachedInference& inference, std::span<const uint32_t> labels,
                                     const NetworkFlips& flips, const Progress* progress) {
  const inference::PlanTensor& logits = inference.network().logits();
  std::vector<LayerPoint> points;
  points.reserve(flips.layers() * (kMostSearchedZeroColumns + 1));
  for (uint64_t layer = 0; layer < flips.layers(); ++layer)
    for (uint32_t z = 0; z <= kMostSearchedZeroColumns; ++z) {
      if (progress != nullptr)
        progress->step("curves", points.size(), flips.layers() * (kMostSearchedZeroColumns + 1));
      const std::vector<int8_t>& weights = flips.weights(layer, z);
      const std::vector<int8_t> answers = inference.logits_with(layer, weights);
      const BitColumnStatistics& statistics = flips.statistics(layer, z);
      LayerPoint point;
      point.layer = layer;
      point.z = z;
      point.mean_zero_columns = statistics.mean_zero_columns();
      point.compressed_bytes = flips.compressed_bytes(layer, z);
      point.relative_error = flips.report(layer, z).relative_error();
      point.layer_sqnr_db =
          output_sqnr_db(flips.weights(layer, 0), weights, inference.network().channels(layer));
      point.sqnr_db = sqnr_db(inference.logits(), answers, logits.quantisation);
      if (!labels.empty()) point.accuracy = accuracy(answers, labels, logits.elements);
      points.push_back(point);
    }
  return points;
}

}  // namespace nonzero
