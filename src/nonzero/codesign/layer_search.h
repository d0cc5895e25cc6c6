#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "nonzero/codesign/bit_flip.h"

namespace nonzero {

// The greedy search for each layer's number z of forced zero columns (BitWave spec, "Layer search" [choice];
// the paper's own is not at hand).

// What a setting of all layers loses beside the unflipped network: points of accuracy, or the proxy.
class FlipLoss {
 public:
  FlipLoss() = default;
  FlipLoss(const FlipLoss&) = delete;
  FlipLoss& operator=(const FlipLoss&) = delete;
  virtual ~FlipLoss() = default;

  [[nodiscard]] virtual double total(std::span<const uint32_t> z) = 0;
  // The totals with one of `layers` at a time one z higher. One by one unless overridden; a network that
  // keeps the activations before a layer can do better.
  [[nodiscard]] virtual std::vector<double> raised(std::span<const uint32_t> z,
                                                   std::span<const uint32_t> layers);
  // Whether what a layer adds does not depend on the other layers: it is then asked once per step of a layer.
  [[nodiscard]] virtual bool separable() const { return false; }
};

// sum over layers of weight_l * |W - W'|^2 / |W|^2. Throws InputError where the sizes differ or a weight is
// negative or not finite.
class ProxyLoss : public FlipLoss {
 public:
  using Errors = std::array<double, kMostSearchedZeroColumns + 1>;  // relative, by z
  explicit ProxyLoss(std::vector<Errors> errors, std::vector<double> weights = {});

  double total(std::span<const uint32_t> z) override;
  bool separable() const override { return true; }

 private:
  std::vector<Errors> losses_;
};

// Cost of a layer at z: cycles or compressed bytes.
using FlipCost = std::function<double(uint32_t layer, uint32_t z)>;

struct SearchOptions {
  double budget = 0;        // the most that may be lost
  std::vector<uint32_t> z;  // where the search starts; none: every layer unflipped
};

struct SearchStep {
  uint32_t layer = 0, z = 0;  // the z that was tried
  double gain = 0, loss = 0;  // of this step
  double total_loss = 0;      // with this step
  bool accepted = false;      // or the layer closed
};

struct SearchResult {
  std::vector<uint32_t> start, z;
  double gain = 0;  // cost(start) - cost(z)
  double start_loss = 0, loss = 0;
  std::vector<SearchStep> steps;
  uint64_t evaluations = 0;  // losses asked for
};

// While a layer is open, takes the step of the largest gain / max(loss, 1e-9), among equals of more gain, then
// of the lower layer; accepts it where the total stays within the budget, else closes the layer; z = 7 closes
// too. Throws InputError on a negative or NaN budget, a start of another size, above 7 or over the budget.
SearchResult search_layers(uint32_t layers, const FlipCost& cost, FlipLoss& loss,
                           const SearchOptions& options);

// After the paper's policy (light layers 0-4, heavy ones 4-7): the lightest layers that together hold
// `light_share` of all weights start unflipped, the others at `heavy_z`, where that stays within the budget;
// else all start unflipped.
struct WarmStart {
  double light_share = 0.2;
  uint32_t heavy_z = 4;
};
std::vector<uint32_t> warm_start(std::span<const uint64_t> weights, FlipLoss& loss, double budget,
                                 const WarmStart& policy = {});

}  // namespace nonzero
