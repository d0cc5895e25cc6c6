#include "nonzero/codesign/layer_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "nonzero/base/error.h"

namespace nonzero {
namespace {

constexpr double kLeastLoss = 1e-9;

void check_budget(double budget) {
  if (!(budget >= 0)) throw InputError(fmt::format("a loss budget of {}", budget), "allowed: 0 or more");
}

class Search {
 public:
  Search(uint32_t layers, const FlipCost& cost, FlipLoss& loss, const SearchOptions& options)
      : cost_(cost), loss_(loss), budget_(options.budget), open_(layers, true), raised_(layers) {
    check_budget(budget_);
    result_.start = options.z.empty() ? std::vector<uint32_t>(layers, 0) : options.z;
    check_start(layers);
    result_.z = result_.start;
    result_.loss = result_.start_loss = loss_.total(result_.z);
    ++result_.evaluations;
    if (result_.loss > budget_)
      throw InputError(fmt::format("a search that starts with a loss of {}", result_.loss),
                       fmt::format("allowed: up to the budget of {}", budget_));
    for (uint32_t layer = 0; layer < layers; ++layer) {
      open_[layer] = result_.z[layer] < kMostSearchedZeroColumns;
      gains_.push_back(gain_of(layer));
    }
  }

  SearchResult run() {
    while (const auto best = best_step()) take(*best);
    return std::move(result_);
  }

 private:
  void check_start(uint32_t layers) const {
    if (result_.start.size() != layers)
      throw InputError(fmt::format("a start of {} layers", result_.start.size()),
                       fmt::format("allowed: {}", layers));
    for (const uint32_t z : result_.start)
      if (z > kMostSearchedZeroColumns)
        throw InputError(fmt::format("a search that starts at {} zero columns", z), "allowed: 0 to 7");
  }

  [[nodiscard]] double gain_of(uint32_t layer) const {
    const uint32_t z = result_.z[layer];
    return open_[layer] ? cost_(layer, z) - cost_(layer, z + 1) : 0;
  }

  // What each open layer's next step adds, asked only where it is not known of this setting.
  void evaluate() {
    std::vector<uint32_t> unknown;
    for (uint32_t layer = 0; layer < open_.size(); ++layer)
      if (open_[layer] && !raised_[layer]) unknown.push_back(layer);
    if (unknown.empty()) return;
    const std::vector<double> totals = loss_.raised(result_.z, unknown);
    result_.evaluations += unknown.size();
    for (size_t i = 0; i < unknown.size(); ++i) raised_[unknown[i]] = totals[i] - result_.loss;
  }

  [[nodiscard]] double ratio(uint32_t layer) const {
    return gains_[layer] / std::max(*raised_[layer], kLeastLoss);
  }

  std::optional<uint32_t> best_step() {
    evaluate();
    std::optional<uint32_t> best;
    for (uint32_t layer = 0; layer < open_.size(); ++layer) {
      if (!open_[layer]) continue;
      if (!best || ratio(layer) > ratio(*best) ||
          (ratio(layer) == ratio(*best) && gains_[layer] > gains_[*best]))
        best = layer;
    }
    return best;
  }

  void take(uint32_t layer) {
    const double total = result_.loss + *raised_[layer];
    const SearchStep step{layer, result_.z[layer] + 1, gains_[layer], *raised_[layer],
                          total, total <= budget_};
    result_.steps.push_back(step);
    if (!step.accepted) {
      open_[layer] = false;
      return;
    }
    result_.z[layer] = step.z;
    result_.gain += step.gain;
    result_.loss = total;
    open_[layer] = step.z < kMostSearchedZeroColumns;
    gains_[layer] = gain_of(layer);
    if (loss_.separable())
      raised_[layer].reset();
    else
      std::fill(raised_.begin(), raised_.end(), std::nullopt);
  }

  const FlipCost& cost_;
  FlipLoss& loss_;
  double budget_;
  std::vector<bool> open_;
  std::vector<double> gains_;                  // of each layer's next step
  std::vector<std::optional<double>> raised_;  // its loss, where known of this setting
  SearchResult result_;
};

}  // namespace

std::vector<double> FlipLoss::raised(std::span<const uint32_t> z, std::span<const uint32_t> layers) {
  std::vector<uint32_t> setting(z.begin(), z.end());
  std::vector<double> totals;
  totals.reserve(layers.size());
  for (const uint32_t layer : layers) {
    ++setting[layer];
    totals.push_back(total(setting));
    --setting[layer];
  }
  return totals;
}

ProxyLoss::ProxyLoss(std::vector<Errors> errors, std::vector<double> weights) : losses_(std::move(errors)) {
  if (weights.empty()) return;
  if (weights.size() != losses_.size())
    throw InputError(fmt::format("{} weights of the proxy", weights.size()),
                     fmt::format("allowed: {}, one per layer", losses_.size()));
  for (size_t layer = 0; layer < weights.size(); ++layer) {
    if (!(weights[layer] >= 0) || std::isinf(weights[layer]))
      throw InputError(fmt::format("the proxy's weight of layer {} is {}", layer, weights[layer]),
                       "allowed: finite, 0 or more");
    for (double& error : losses_[layer]) error *= weights[layer];
  }
}

double ProxyLoss::total(std::span<const uint32_t> z) {
  double sum = 0;
  for (size_t layer = 0; layer < losses_.size(); ++layer) sum += losses_[layer][z[layer]];
  return sum;
}

SearchResult search_layers(uint32_t layers, const FlipCost& cost, FlipLoss& loss,
                           const SearchOptions& options) {
  return Search(layers, cost, loss, options).run();
}

std::vector<uint32_t> warm_start(std::span<const uint64_t> weights, FlipLoss& loss, double budget,
                                 const WarmStart& policy) {
  check_budget(budget);
  if (policy.heavy_z > kMostSearchedZeroColumns)
    throw InputError(fmt::format("a warm start at {} zero columns", policy.heavy_z), "allowed: 0 to 7");
  std::vector<uint32_t> by_weights(weights.size());
  std::iota(by_weights.begin(), by_weights.end(), 0U);
  std::stable_sort(by_weights.begin(), by_weights.end(),
                   [&](uint32_t a, uint32_t b) { return weights[a] < weights[b]; });
  const uint64_t all = std::accumulate(weights.begin(), weights.end(), uint64_t{0});
  const double light = policy.light_share * static_cast<double>(all);
  std::vector<uint32_t> z(weights.size(), policy.heavy_z);
  uint64_t held = 0;
  for (const uint32_t layer : by_weights) {
    held += weights[layer];
    if (static_cast<double>(held) > light) break;
    z[layer] = 0;
  }
  if (loss.total(z) > budget) std::fill(z.begin(), z.end(), 0U);
  return z;
}

}  // namespace nonzero
